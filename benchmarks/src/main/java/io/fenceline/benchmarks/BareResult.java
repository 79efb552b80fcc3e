package io.fenceline.benchmarks;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a JVM that works without Connect says of its own work: one line on stdout, read by the JVM that started it.
 *
 * @param seconds   length of the work
 * @param cpu       seconds of CPU of the whole process meanwhile
 * @param compilers the part of it that the JVM's compilers used; NaN where nobody tells
 * @param p50Millis median time of a request
 * @param p99Millis 99th percentile of it
 */
record BareResult(long messages, double seconds, double cpu, double compilers, double p50Millis, double p99Millis) {

    private static final String MARK = "bare-result:";

    /** Something to do in this JVM. */
    interface Work {

        /** How long each request took, in nanoseconds; in the end its order is another one. */
        long[] run() throws InterruptedException;
    }

    static BareResult of(long messages, Work work) throws InterruptedException {
        long pid = ProcessHandle.current().pid();
        double cpu = CpuClock.seconds(pid);
        double compilers = CpuClock.compilerSeconds(pid);
        long start = System.nanoTime();
        long[] latencies = work.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        Arrays.sort(latencies);
        return new BareResult(
                messages,
                seconds,
                CpuClock.seconds(pid) - cpu,
                CpuClock.compilerSeconds(pid) - compilers,
                latencies[latencies.length / 2] / 1e6,
                latencies[latencies.length * 99 / 100] / 1e6);
    }

    String line() {
        return String.format(
                Locale.ROOT,
                MARK + " %d %.6f %.3f %.3f %.3f %.3f",
                messages,
                seconds,
                cpu,
                compilers,
                p50Millis,
                p99Millis);
    }

    /** Empty for a line that is no result. */
    static Optional<BareResult> read(String line) {
        if (!line.startsWith(MARK)) {
            return Optional.empty();
        }
        String[] words = line.split("\\s+");
        return Optional.of(new BareResult(
                Long.parseLong(words[1]),
                Double.parseDouble(words[2]),
                Double.parseDouble(words[3]),
                Double.parseDouble(words[4]),
                Double.parseDouble(words[5]),
                Double.parseDouble(words[6])));
    }

    /**
     * @param serverCpu seconds of the server's CPU that the work took
     * @param elsewhere cores that others used meanwhile
     */
    Measurement with(double serverCpu, double elsewhere) {
        return new Measurement(
                messages, seconds, cpu, compilers, serverCpu, Double.NaN, elsewhere, p50Millis, p99Millis);
    }
}
