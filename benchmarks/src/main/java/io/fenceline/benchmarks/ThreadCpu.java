package io.fenceline.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the threads of a process have used so far, by name without its number: CPU time in user and kernel mode and how
 * often they went to sleep. Linux; elsewhere empty. Immutable.
 */
final class ThreadCpu {

    private static final double MICROS_PER_TICK = 10_000;

    /** Of one thread or of all with one name. */
    private record Use(double user, double system, long sleeps) {

        Use plus(Use other) {
            return new Use(user + other.user, system + other.system, sleeps + other.sleeps);
        }

        Use minus(Use other) {
            return new Use(user - other.user, system - other.system, sleeps - other.sleeps);
        }
    }

    private static final Use NOTHING = new Use(0, 0, 0);

    private final Map<String, Use> byThread;

    private ThreadCpu(Map<String, Use> byThread) {
        this.byThread = byThread;
    }

    static ThreadCpu of(long pid) {
        Map<String, Use> uses = new HashMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads.toList()) {
                add(thread, uses);
            }
        } catch (IOException e) {
            return new ThreadCpu(Map.of());
        }
        return new ThreadCpu(uses);
    }

    private static void add(Path thread, Map<String, Use> uses) {
        try {
            String stat = Files.readString(thread.resolve("stat"));
            // id (name) state …; the name is cut to 15 characters and may contain anything
            String name = stat.substring(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
            String[] words = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long sleeps = 0;
            for (String line : Files.readAllLines(thread.resolve("status"))) {
                if (line.startsWith("voluntary_ctxt_switches:")) {
                    sleeps =
                            Long.parseLong(line.substring(line.indexOf(':') + 1).trim());
                }
            }
            uses.put(
                    name + '\0' + thread.getFileName(),
                    new Use(
                            Long.parseLong(words[11]) * MICROS_PER_TICK,
                            Long.parseLong(words[12]) * MICROS_PER_TICK,
                            sleeps));
        } catch (IOException e) {
            // it has ended
        }
    }

    /** A table of what was used since {@code start}, per record; what is next to nothing is left out. */
    String since(ThreadCpu start, long records) {
        Map<String, Use> byName = new TreeMap<>();
        byThread.forEach((thread, use) -> {
            String name = thread.substring(0, thread.indexOf('\0')).replaceAll("[-# ]*[0-9][-0-9]*$", "");
            byName.merge(name, use.minus(start.byThread.getOrDefault(thread, NOTHING)), Use::plus);
        });
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT, "%-18s %12s %12s %18s%n", "threads", "user µs/rec", "sys µs/rec", "sleeps/1000 rec"));
        List<Map.Entry<String, Use>> busiest = byName.entrySet().stream()
                .sorted((a, b) -> Double.compare(
                        b.getValue().user + b.getValue().system, a.getValue().user + a.getValue().system))
                .toList();
        for (Map.Entry<String, Use> each : busiest) {
            Use use = each.getValue();
            if ((use.user + use.system) / records >= 0.005 || use.sleeps * 1000 / records > 0) {
                table.append(String.format(
                        Locale.ROOT,
                        "%-18s %12.3f %12.3f %18.1f%n",
                        each.getKey(),
                        use.user / records,
                        use.system / records,
                        use.sleeps * 1000.0 / records));
            }
        }
        return table.toString();
    }
}
