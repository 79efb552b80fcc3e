package io.fenceline.benchmarks;

import java.util.function.Supplier;

/** Tells people what is going on, every two seconds while it lasts. On stderr: stdout is for the result. */
final class ProgressTicker implements AutoCloseable {

    private static final long EVERY_MILLIS = 2000;

    private final String what;
    private final Supplier<String> state;
    private final long start = System.nanoTime();
    private final Thread thread = new Thread(this::run, "progress");

    private ProgressTicker(String what, Supplier<String> state) {
        this.what = what;
        this.state = state;
        thread.setDaemon(true);
        thread.start();
    }

    static ProgressTicker on(String what) {
        return new ProgressTicker(what, () -> "");
    }

    /** @param state asked on another thread */
    static ProgressTicker on(String what, Supplier<String> state) {
        return new ProgressTicker(what, state);
    }

    static void say(String text) {
        System.err.println("bench: " + text);
    }

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(EVERY_MILLIS);
                String now = state.get();
                say(what + ": " + Math.round(seconds()) + " s" + (now.isEmpty() ? "" : ", " + now));
            }
        } catch (InterruptedException e) {
            // closed
        }
    }
}
