package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** S2's own benchmark, from the command line tool that is also the server. */
final class S2BenchTool {

    private static final Pattern WRITE = Pattern.compile(
            "Write: ([0-9.]+) MiB/s, (\\d+) records/s \\((\\d+) bytes, (\\d+) records in ([0-9.]+)s\\)\\s*$",
            Pattern.MULTILINE);
    private static final Pattern P50 = Pattern.compile("^p50\\s*:\\s*([0-9.]+)(ms|µs|s)", Pattern.MULTILINE);
    private static final Pattern P99 = Pattern.compile("^p99\\s*:\\s*([0-9.]+)(ms|µs|s)", Pattern.MULTILINE);

    /** It refuses to write smaller ones. */
    private static final int SMALLEST_RECORD = 128;

    private final Path program;

    private S2BenchTool(Path program) {
        this.program = program;
    }

    /** Fails naming what is missing: only the command line tool can do it, neither the bare server nor an image here. */
    static S2BenchTool of(S2Location location) {
        if (location instanceof S2Location.Binary binary && binary.subcommand().isPresent()) {
            return new S2BenchTool(binary.path());
        }
        throw new IllegalStateException("s2 bench needs the command line tool s2, but bin/s2 found only " + location
                + "; install s2-cli, or leave it out with --only no-op,sink,session");
    }

    String version() {
        try {
            Process process = new ProcessBuilder(program.toString(), "--version")
                    .redirectErrorStream(true)
                    .start();
            return new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).trim();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Metered bytes of the records it writes in place of such with {@code size}. */
    static int recordSize(int size) {
        return Math.max(SMALLEST_RECORD, size);
    }

    /**
     * Writes as fast as it can for that long; its live reader competes, its catch-up read afterwards is not measured.
     * CPU is that of the whole run but the catch-up, generating and hashing included.
     */
    Measurement run(S2Server server, String basin, int size, int seconds, Path log) {
        ManagedProcess process = ManagedProcess.start(
                "s2 bench",
                List.of(
                        program.toString(),
                        "bench",
                        basin,
                        "-b",
                        Integer.toString(recordSize(size)),
                        "-t",
                        "5000",
                        "-d",
                        seconds + "s",
                        "-w",
                        "0s"),
                Map.of(
                        "S2_ACCOUNT_ENDPOINT",
                        server.accountEndpoint(),
                        "S2_BASIN_ENDPOINT",
                        server.basinEndpoint(),
                        "S2_ACCESS_TOKEN",
                        "bench",
                        "NO_COLOR",
                        "1"),
                log);
        CpuWindow window = CpuWindow.open(new CpuWindow.Pids(process.pid(), Lab.pid(server.process()), -1));
        Measurement cpu;
        try (ProgressTicker ignored = ProgressTicker.on("s2 bench")) {
            Await.until("s2 bench writes", Duration.ofSeconds(seconds + 60L), () -> {
                Lab.requireAlive(process);
                return process.logTail(20).contains("Waiting");
            });
            cpu = window.close(0);
            if (!process.awaitExit(Duration.ofSeconds(120))) {
                process.kill();
                throw new IllegalStateException("s2 bench does not end; see " + log);
            }
        }
        String output = process.logTail(40);
        if (process.exitCode() != 0) {
            throw new IllegalStateException("s2 bench ended with exit code " + process.exitCode() + ":\n" + output);
        }
        Matcher write = find(WRITE, output);
        return new Measurement(
                Long.parseLong(write.group(4)),
                Double.parseDouble(write.group(5)),
                cpu.clientCpu(),
                Double.NaN,
                cpu.serverCpu(),
                Double.NaN,
                cpu.elsewhere(),
                millis(find(P50, output)),
                millis(find(P99, output)));
    }

    private static Matcher find(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        if (!matcher.find()) {
            throw new IllegalStateException("s2 bench printed something else than expected:\n" + output);
        }
        return matcher;
    }

    private static double millis(Matcher value) {
        double number = Double.parseDouble(value.group(1));
        return switch (value.group(2)) {
            case "s" -> number * 1000;
            case "µs" -> number / 1000;
            default -> number;
        };
    }
}
