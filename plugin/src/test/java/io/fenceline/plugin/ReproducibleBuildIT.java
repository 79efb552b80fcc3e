package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds the archive a second time: another folder, another time zone and language, newer files. */
class ReproducibleBuildIT {

    private static final Set<String> NOT_SOURCES = Set.of("target", ".git", ".idea", ".vscode");

    @TempDir
    Path folder;

    @Test
    void aBuildElsewhereGivesTheSameBytes() throws Exception {
        Path copy = Files.createDirectory(folder.resolve("fenceline copy"));
        copySources(HubArchive.ROOT, copy);
        Path log = folder.resolve("build.log");
        Process build = new ProcessBuilder(List.of(
                        Path.of(HubArchive.required("maven.home"), "bin", "mvn").toString(),
                        "-B",
                        "-o",
                        "-Dquick",
                        "-DskipTests",
                        "-Dmaven.repo.local=" + HubArchive.required("maven.repo.local"),
                        "-Duser.timezone=Asia/Kathmandu",
                        "-Duser.language=tr",
                        "-pl",
                        "plugin",
                        "-am",
                        "package"))
                .directory(copy.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(build.waitFor(10, TimeUnit.MINUTES))
                    .as("the second build ends")
                    .isTrue();
        } finally {
            build.descendants().forEach(ProcessHandle::destroyForcibly);
            build.destroyForcibly();
        }
        assertThat(build.exitValue()).as(Files.readString(log)).isZero();

        Path second = copy.resolve(HubArchive.ROOT.toRealPath().relativize(HubArchive.ZIP.toRealPath()));
        assertThat(fingerprints(Files.readAllBytes(second)))
                .as("the second build against target/, which may hold leftovers: see whether mvn clean helps")
                .isEqualTo(fingerprints(Files.readAllBytes(HubArchive.ZIP)));
        assertThat(second).hasSameBinaryContentAs(HubArchive.ZIP);
    }

    /** One line an entry, those of the jars inside included, so that a difference names the file. */
    private static List<String> fingerprints(byte[] zip) {
        return HubArchive.entries(zip).stream()
                .flatMap(entry -> Stream.concat(
                        Stream.of(entry.name() + " " + entry.time() + " " + Arrays.hashCode(entry.bytes())),
                        entry.name().endsWith("-" + HubArchive.VERSION + ".jar")
                                ? fingerprints(entry.bytes()).stream()
                                : Stream.empty()))
                .toList();
    }

    private static void copySources(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path source, BasicFileAttributes attributes) throws IOException {
                if (NOT_SOURCES.contains(source.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(source)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path source, BasicFileAttributes attributes) throws IOException {
                Files.copy(source, to.resolve(from.relativize(source)));
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
