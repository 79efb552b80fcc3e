package io.fenceline.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * CPU time: of one process, and, on Linux, of the whole machine, so that a measurement can tell how much of it went to
 * others. Stateless.
 */
final class CpuClock {

    private static final Path MACHINE = Path.of("/proc/stat");
    /** Linux reports the machine in these, whatever its kernel's own tick is. */
    private static final double TICKS_PER_SECOND = 100;

    private CpuClock() {}

    /** Seconds the process has used in all its threads; 0 for one that is gone. */
    static double seconds(long pid) {
        return ProcessHandle.of(pid)
                .flatMap(process -> process.info().totalCpuDuration())
                .map(CpuClock::seconds)
                .orElse(0.0);
    }

    /**
     * Seconds the JVM's compiler threads have used, NaN where nobody tells. Meaningful over time only if their number is
     * fixed ({@code -XX:-UseDynamicNumberOfCompilerThreads}).
     */
    static double compilerSeconds(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return threads.mapToLong(CpuClock::compilerTicks).sum() / TICKS_PER_SECOND;
        } catch (IOException | RuntimeException e) {
            return Double.NaN;
        }
    }

    private static long compilerTicks(Path thread) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            // id (name) state …; the name is cut to 15 characters and may contain anything
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            if (!name.startsWith("C1 Compiler") && !name.startsWith("C2 Compiler")) {
                return 0;
            }
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return Long.parseLong(words[11]) + Long.parseLong(words[12]);
        } catch (IOException e) {
            return 0;
        }
    }

    static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }

    static double seconds(List<Long> pids) {
        return pids.stream().mapToDouble(CpuClock::seconds).sum();
    }

    /** Seconds all processes have used, and what a hypervisor took away; NaN where nobody tells. */
    static double machineSeconds() {
        try {
            // cpu user nice system idle iowait irq softirq steal
            String[] words = Files.readAllLines(MACHINE).get(0).trim().split("\\s+");
            long busy = 0;
            for (int i = 1; i <= 8; i++) {
                busy += i == 4 || i == 5 ? 0 : Long.parseLong(words[i]);
            }
            return busy / TICKS_PER_SECOND;
        } catch (IOException | RuntimeException e) {
            return Double.NaN;
        }
    }
}
