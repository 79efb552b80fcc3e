package io.fenceline.benchmarks;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One connector in the worker, from its post to its deletion. How much has arrived is looked at again and again, and the window
 * goes from the first look that saw any to the first that saw it all.
 *
 * @param profile record the worker with the JVM's flight recorder
 * @param threads tell what the worker's threads use
 */
record ConnectorRun(Lab lab, boolean profile, boolean threads) {

    static final Duration LOOK_EVERY = Duration.ofMillis(50);
    /** A look costs the worker CPU, so a long window is looked at less often: a hundredth of it is as fine as a figure is. */
    private static final int LOOKS_PER_WINDOW = 100;

    private static final Duration STALLED_AFTER = Duration.ofSeconds(60);

    /** What a connector's work is seen by. Called by one thread. */
    interface Arrivals {

        /** How much has arrived by now. */
        long look(WorkerJvm worker);

        /** Whether nothing is left to do; asked once everything has arrived. */
        default boolean isSettled() {
            return true;
        }

        /**
         * How long not to look.
         *
         * @param begun something has arrived
         * @param seen  what the last look saw
         */
        default Duration pause(boolean begun, long seen) {
            return LOOK_EVERY;
        }

        /** Adds to a window that is over what else was seen; the connector is still there. */
        default Measurement complete(Measurement window, WorkerJvm worker) {
            return window;
        }
    }

    /**
     * @param what  arrives, for people: "records"
     * @param limit how many of them there are
     */
    Measurement measure(
            String name, Map<String, String> config, CpuWindow.Pids pids, String what, long limit, Arrivals arrivals) {
        ConnectRest rest = lab.worker().rest();
        AtomicLong seen = new AtomicLong();
        try (ProgressTicker ignored = ProgressTicker.on(name, () -> seen + " of " + limit + " " + what);
                WorkerJvm jvm = WorkerJvm.of(pids.client())) {
            rest.put(name, config);
            if (profile) {
                FlightRecording.start(pids.client(), name);
            }
            @Nullable CpuWindow window = null;
            ThreadCpu threadsBefore = ThreadCpu.of(pids.client());
            long before = 0;
            long allocatedBefore = 0;
            long lastProgress = System.nanoTime();
            long opened = 0;
            while (seen.get() < limit || !arrivals.isSettled()) {
                Await.sleep(arrivals.pause(window != null, seen.get()));
                if (window != null) {
                    Await.sleep(Duration.ofNanos((System.nanoTime() - opened) / LOOKS_PER_WINDOW));
                }
                // before looking: a look may take its time
                CpuWindow fromHere = window == null ? CpuWindow.open(pids) : window;
                long allocatedFromHere = window == null ? jvm.allocatedBytes() : allocatedBefore;
                long now = arrivals.look(jvm);
                if (now > seen.get()) {
                    lastProgress = System.nanoTime();
                } else if (System.nanoTime() - lastProgress > STALLED_AFTER.toNanos()) {
                    throw new IllegalStateException(
                            name + " stands still at " + now + " of " + limit + " " + what + "; " + rest.status(name));
                }
                seen.set(now);
                if (window == null && now > 0) {
                    allocatedBefore = allocatedFromHere;
                    window = fromHere;
                    opened = System.nanoTime();
                    threadsBefore = ThreadCpu.of(pids.client());
                    before = now;
                }
            }
            if (window == null || seen.get() <= before) {
                throw new IllegalStateException("all " + what + " arrived between two looks; take more of them");
            }
            long counted = seen.get() - before;
            Measurement measurement = arrivals.complete(
                    window.close(counted)
                            .with(
                                    Double.NaN,
                                    Double.NaN,
                                    jvm.allocatedBytes() - allocatedBefore,
                                    Double.NaN,
                                    Double.NaN),
                    jvm);
            if (threads) {
                ProgressTicker.say(ThreadCpu.of(pids.client()).since(threadsBefore, counted));
            }
            if (profile) {
                FlightRecording.stop(pids.client(), name, recording(name));
            }
            rest.delete(name);
            Await.until(
                    name + " is gone",
                    Duration.ofSeconds(60),
                    () -> rest.get("/connectors/" + name + "/status").status() == 404);
            return measurement;
        }
    }

    /** A file that is not there: the same connector may be measured again. */
    private Path recording(String name) {
        Path file = lab.output().resolve(name + ".jfr");
        for (int i = 2; Files.exists(file); i++) {
            file = lab.output().resolve(name + "-" + i + ".jfr");
        }
        return file;
    }
}
