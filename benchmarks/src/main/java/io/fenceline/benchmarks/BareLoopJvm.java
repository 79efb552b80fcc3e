package io.fenceline.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The JVM of {@link BareLoop}, which ends with this one. Not thread-safe. */
final class BareLoopJvm implements AutoCloseable {

    private final Process process;
    private final BufferedWriter orders;
    private final BufferedReader results;
    private final Path log;

    private BareLoopJvm(Process process, Path log) {
        this.process = process;
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
        this.results = process.inputReader(StandardCharsets.UTF_8);
        this.log = log;
    }

    /** @param log for what it says of failures */
    static BareLoopJvm start(String endpoint, int threads, Set<String> jvmOptions, Path log) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmOptions);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                BareLoop.class.getName(),
                endpoint,
                Integer.toString(threads)));
        try {
            return new BareLoopJvm(
                    new ProcessBuilder(command).redirectError(log.toFile()).start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Has it take all out of a queue; returns when that is done. */
    BareResult drain(String queueUrl, int messages) {
        try {
            orders.write(queueUrl + " " + messages + "\n");
            orders.flush();
            for (String line = results.readLine(); line != null; line = results.readLine()) {
                Optional<BareResult> result = BareResult.read(line);
                if (result.isPresent()) {
                    return result.get();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the bare loop has ended; see " + log, e);
        }
        throw new IllegalStateException("the bare loop has ended; see " + log);
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroy();
    }
}
