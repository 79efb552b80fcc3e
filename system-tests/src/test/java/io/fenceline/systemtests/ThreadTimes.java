package io.fenceline.systemtests;

import io.fenceline.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * CPU time of the single threads of a process, to the nanosecond, from the kernel's scheduler; empty where there is none to
 * ask. A thread's name is cut to 15 characters.
 *
 * @param nanos by thread, "id name"
 */
record ThreadTimes(Map<String, Long> nanos) {

    private static final Duration INTERVAL = Duration.ofSeconds(5);

    static ThreadTimes of(long pid) {
        Map<String, Long> nanos = new HashMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads.toList()) {
                try {
                    String name = Files.readString(thread.resolve("comm")).strip();
                    String[] words =
                            Files.readString(thread.resolve("schedstat")).split(" ");
                    nanos.put(thread.getFileName() + " " + name, Long.valueOf(words[0]));
                } catch (IOException e) {
                    // it has ended
                }
            }
        } catch (IOException e) {
            return new ThreadTimes(Map.of());
        }
        return new ThreadTimes(nanos);
    }

    /** What each thread uses from now on; threads that begin and end meanwhile are there too, to within the last seconds. */
    static ThreadTimes during(Duration time, long pid) {
        ThreadTimes start = of(pid);
        Map<String, Long> used = new HashMap<>();
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            Await.sleep(Duration.ofNanos(Math.min(left, INTERVAL.toNanos())).plusMillis(1));
            of(pid).nanos.forEach((thread, now) -> used.put(thread, now - start.nanos.getOrDefault(thread, 0L)));
        }
        return new ThreadTimes(used);
    }

    Set<String> threads() {
        return nanos.keySet();
    }

    /** Only these threads. */
    ThreadTimes only(Set<String> wanted) {
        Map<String, Long> some = new HashMap<>(nanos);
        some.keySet().retainAll(wanted);
        return new ThreadTimes(some);
    }

    /** Only threads whose names begin with one of these. */
    ThreadTimes named(String... beginnings) {
        Map<String, Long> some = new HashMap<>();
        nanos.forEach((thread, used) -> {
            if (Stream.of(beginnings).anyMatch(nameOf(thread)::startsWith)) {
                some.put(thread, used);
            }
        });
        return new ThreadTimes(some);
    }

    double seconds() {
        return nanos.values().stream().mapToLong(used -> used).sum() / 1e9;
    }

    /** Seconds by name, numbers at its end left out; what is next to nothing is left out. */
    @Override
    public String toString() {
        Map<String, Double> byName = new TreeMap<>();
        nanos.forEach(
                (thread, used) -> byName.merge(nameOf(thread).replaceAll("[-# 0-9]+$", ""), used / 1e9, Double::sum));
        StringBuilder text = new StringBuilder();
        byName.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .filter(each -> each.getValue() > 0.001)
                .forEach(each -> text.append(text.isEmpty() ? "" : ", ")
                        .append(String.format("%s %.3f s", each.getKey(), each.getValue())));
        return text.toString();
    }

    private static String nameOf(String thread) {
        return thread.substring(thread.indexOf(' ') + 1);
    }
}
