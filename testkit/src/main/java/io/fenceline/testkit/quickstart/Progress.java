package io.fenceline.testkit.quickstart;

import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says what happens: one line when a step begins, one when it ends, and one every two seconds in between. A daemon
 * thread prints the latter.
 */
final class Progress implements AutoCloseable {

    private final long start = System.nanoTime();
    private final Thread ticker;
    private volatile @Nullable Step step;

    private record Step(String what, long since, Supplier<String> detail) {}

    Progress() {
        ticker = new Thread(this::tick, "progress");
        ticker.setDaemon(true);
        ticker.start();
    }

    void say(String line) {
        synchronized (this) {
            System.out.println(line);
        }
    }

    <T> T step(String what, Callable<T> work) throws Exception {
        return step(what, () -> "", work);
    }

    /** @param detail asked every two seconds: how far it is */
    <T> T step(String what, Supplier<String> detail, Callable<T> work) throws Exception {
        long since = System.nanoTime();
        say(String.format(Locale.ROOT, "[%5.1f s] %s", seconds(start), what));
        step = new Step(what, since, detail);
        try {
            return work.call();
        } finally {
            step = null;
        }
    }

    void detail(String line) {
        say("          " + line);
    }

    double elapsed() {
        return seconds(start);
    }

    @Override
    public void close() {
        ticker.interrupt();
    }

    private void tick() {
        try {
            while (true) {
                Thread.sleep(2_000);
                Step now = step;
                if (now != null && seconds(now.since()) >= 1.9) {
                    String detail;
                    try {
                        detail = now.detail().get();
                    } catch (RuntimeException e) {
                        detail = "";
                    }
                    say(String.format(
                            Locale.ROOT,
                            "          … %.0f s%s",
                            seconds(now.since()),
                            detail.isEmpty() ? "" : ": " + detail));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
