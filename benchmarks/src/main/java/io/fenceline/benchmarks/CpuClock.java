package io.fenceline.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

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
