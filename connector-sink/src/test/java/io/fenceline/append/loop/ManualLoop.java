package io.fenceline.append.loop;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/** A session loop whose time is a clock that the test advances, and that can be waited for. */
public final class ManualLoop {

    private final SessionLoop loop;

    public ManualLoop(String name, LongSupplier clock, DoubleSupplier jitter) {
        this.loop = new SessionLoop(name, clock, jitter);
    }

    public SessionLoop loop() {
        return loop;
    }

    /** Returns when everything posted so far is done and due timers have run. */
    public void await() {
        // The second pass comes behind the timers that were due in the first.
        for (int pass = 0; pass < 2; pass++) {
            CountDownLatch done = new CountDownLatch(1);
            if (!loop.offer(done::countDown)) {
                return;
            }
            try {
                if (!done.await(10, TimeUnit.SECONDS)) {
                    throw new AssertionError("the session loop hangs");
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
