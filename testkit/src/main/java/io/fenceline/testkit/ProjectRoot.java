package io.fenceline.testkit;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the checkout is: system property {@code fenceline.root}, else the nearest parent folder that looks like it. */
public final class ProjectRoot {

    private ProjectRoot() {}

    public static Path find() {
        String configured = System.getProperty("fenceline.root");
        if (configured != null && !configured.isBlank()) {
            return Path.of(configured).toAbsolutePath().normalize();
        }
        Path start = Path.of("").toAbsolutePath();
        for (Path folder = start; folder != null; folder = folder.getParent()) {
            if (Files.isRegularFile(folder.resolve("bin/s2")) && Files.isDirectory(folder.resolve("kafka-runtime"))) {
                return folder;
            }
        }
        throw new IllegalStateException("cannot find the project above " + start + "; set -Dfenceline.root=<checkout>");
    }
}
