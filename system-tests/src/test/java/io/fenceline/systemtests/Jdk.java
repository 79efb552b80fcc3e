package io.fenceline.systemtests;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JDK on this machine.
 *
 * @param feature 17, 21 and so on
 */
record Jdk(int feature, Path home) {

    private static final int OLDEST = 17;
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)[^\"]*\"");

    /**
     * One of each feature release from 17 on but ours, in their order: of those in the folder that ours is in, and of those that
     * system property {@code compat.jdks} names, as a path does.
     */
    static List<Jdk> besideOurs() {
        Path ours = Path.of(System.getProperty("java.home"));
        List<Path> homes = new ArrayList<>();
        try (Stream<Path> neighbours = Files.list(ours.toRealPath().getParent())) {
            neighbours.sorted().forEach(homes::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Arrays.stream(System.getProperty("compat.jdks", "").split(File.pathSeparator))
                .filter(named -> !named.isBlank())
                .map(Path::of)
                .forEach(homes::add);
        TreeMap<Integer, Path> found = new TreeMap<>();
        for (Path home : homes) {
            int feature = feature(home);
            if (feature >= OLDEST && feature != Runtime.version().feature()) {
                found.putIfAbsent(feature, home);
            }
        }
        return found.entrySet().stream()
                .map(jdk -> new Jdk(jdk.getKey(), jdk.getValue()))
                .toList();
    }

    /** By the file that every JDK has; 0 if this is none. */
    private static int feature(Path home) {
        Path release = home.resolve("release");
        if (!Files.isRegularFile(release) || !Files.isExecutable(home.resolve("bin/java"))) {
            return 0;
        }
        try {
            Matcher version = VERSION.matcher(Files.readString(release));
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "JDK " + feature;
    }
}
