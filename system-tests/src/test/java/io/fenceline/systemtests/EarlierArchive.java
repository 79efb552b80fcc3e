package io.fenceline.systemtests;

import io.fenceline.testkit.PluginArchive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The archive before the one under test, installed: that of system property {@code archive.before}, a file. Without it there is none yet,
 * and the one under test stands in, with a lower version in its jar: Connect and the tests then see two versions, with equal code.
 *
 * @param pluginPath for {@code plugin.path}
 */
record EarlierArchive(Path pluginPath, String version) {

    private static final String STAND_IN = "0.0.9";
    private static final String VERSION_FILE = "io/fenceline/connect/version.properties";

    static EarlierArchive install(Path folder) {
        String given = System.getProperty("archive.before", "");
        if (!given.isBlank()) {
            Path archive = Path.of(given);
            Cluster.say("the archive before is " + archive.getFileName());
            return new EarlierArchive(PluginArchive.install(archive, folder), PluginArchive.version(archive));
        }
        Cluster.say("no -Darchive.before: the archive under test stands in for the one before, as version " + STAND_IN);
        PluginArchive.install(PluginArchive.find(), folder);
        try {
            setVersion(jar(folder), STAND_IN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new EarlierArchive(folder, STAND_IN);
    }

    private static Path jar(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> jars = files.filter(
                            file -> file.getFileName().toString().matches("fenceline-connector-common-.*\\.jar"))
                    .toList();
            if (jars.size() != 1) {
                throw new IllegalStateException("one jar with the version is expected in " + folder + ": " + jars);
            }
            return jars.get(0);
        }
    }

    private static void setVersion(Path jar, String version) throws IOException {
        try (FileSystem zip = FileSystems.newFileSystem(jar)) {
            Path file = zip.getPath(VERSION_FILE);
            String before = Files.readString(file);
            String after = before.replaceFirst("(?m)^version=.*$", "version=" + version);
            if (after.equals(before)) {
                throw new IllegalStateException(VERSION_FILE + " of " + jar + " has no version: " + before);
            }
            Files.writeString(file, after);
        }
    }
}
