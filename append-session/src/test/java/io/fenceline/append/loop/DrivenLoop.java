package io.fenceline.append.loop;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A session loop that the test drives, on a clock that it advances. */
final class DrivenLoop implements LoopDriver {

    private final AtomicLong nanos = new AtomicLong();
    private final SessionLoop loop = new SessionLoop("loop-under-test", nanos::get, () -> 0.5, () -> {});

    @Override
    public SessionLoop loop() {
        return loop;
    }

    /** Until there is nothing to do without time or answers. */
    void settle() {
        for (int laps = 0; loop.work(); laps++) {
            if (laps == 100_000) {
                throw new AssertionError("the loop does not come to rest");
            }
        }
    }

    /** Does a task on the loop, and all that follows from it. */
    void run(Runnable task) {
        loop.execute(task);
        settle();
    }

    void advance(Duration time) {
        nanos.addAndGet(time.toNanos());
        settle();
    }

    @Override
    public void close() {
        loop.close();
    }
}
