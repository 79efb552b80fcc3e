package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ProjectRoot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/** Where the servers of one run of a benchmark keep their data and logs, and what becomes of it. */
record RunFolder(Path path) {

    static RunFolder ofThisProcess() {
        return new RunFolder(ProjectRoot.find()
                .resolve(
                        "benchmarks/target/bench/run-" + ProcessHandle.current().pid()));
    }

    /**
     * Removes the folder after a run that went well, and says where the logs are after one that did not.
     *
     * @return code to exit with
     */
    int run(Runnable benchmark, boolean keep) {
        try {
            benchmark.run();
            if (!keep) {
                remove(path);
            }
            return 0;
        } catch (RuntimeException | AssertionError e) {
            System.err.println("bench: did not run: " + e.getMessage());
            e.printStackTrace();
            System.err.println("bench: logs are in " + path);
            return 1;
        }
    }

    /** A gigabyte nobody wants to find after Ctrl-C; the broker is killed by a hook of its own, which has no order to ours. */
    void removeDataAtExit() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::removeData, "remove-data"));
    }

    private void removeData() {
        Path data = path.resolve("broker");
        for (int attempt = 0; attempt < 5 && Files.isDirectory(data); attempt++) {
            Await.sleep(Duration.ofMillis(200));
            remove(data);
        }
    }

    private static void remove(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            ProgressTicker.say("cannot remove " + folder + ": " + e);
        }
    }
}
