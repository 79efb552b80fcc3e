package io.fenceline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Checks that a simulation gives the same run every time, in other JVMs too: the order of hashed sets and maps, and identity
 * hashes, change from one JVM to the next, and rarely within one.
 */
public final class SameRun {

    private static final int OTHER_JVMS = 2;
    private static final int MINUTES = 5;

    private SameRun() {}

    /**
     * Fails with the first line that differs.
     *
     * @param here what happened in this JVM, a line each
     * @param main prints the same from its {@code main}; of this JVM's class path, and without a line of its own
     */
    public static void inOtherJvms(List<String> here, Class<?> main) {
        for (int jvm = 1; jvm <= OTHER_JVMS; jvm++) {
            compare("other JVM " + jvm, here, output(main));
        }
    }

    /** The same for two runs within this JVM. */
    public static void compare(String where, List<String> expected, List<String> actual) {
        if (expected.isEmpty()) {
            throw new AssertionError("nothing happened at all");
        }
        int lines = Math.max(expected.size(), actual.size());
        for (int line = 0; line < lines; line++) {
            String wanted = line < expected.size() ? expected.get(line) : "(the end)";
            String found = line < actual.size() ? actual.get(line) : "(the end)";
            if (!wanted.equals(found)) {
                throw new AssertionError("%s, line %d of %d: %s%n  instead of: %s%n  behind:%n    %s"
                        .formatted(
                                where,
                                line + 1,
                                expected.size(),
                                found,
                                wanted,
                                String.join("\n    ", expected.subList(Math.max(0, line - 10), line))));
            }
        }
    }

    private static List<String> output(Class<?> main) {
        try {
            Path out = Files.createTempFile("same-run", ".out");
            Path err = Files.createTempFile("same-run", ".err");
            try {
                run(main, out, err);
                return Files.readAllLines(out);
            } finally {
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(Class<?> main, Path out, Path err) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Objects.requireNonNull(System.getProperty("java.class.path")),
                        "-ea",
                        "-XX:TieredStopAtLevel=1",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off",
                        main.getName())
                .redirectOutput(Redirect.to(out.toFile()))
                .redirectError(Redirect.to(err.toFile()))
                .start();
        try {
            if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                throw new AssertionError(main.getName() + " is not through within " + MINUTES + " minutes");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while " + main.getName() + " runs", e);
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new AssertionError(
                    main.getName() + " ended with " + process.exitValue() + ":\n" + Files.readString(err));
        }
    }
}
