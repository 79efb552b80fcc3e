package io.fenceline.connect.sink.lane;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;

/** How the task thread waits, for a bounded time, for what lanes leave behind for the next owner of their partitions. */
@FunctionalInterface
public interface PartingWait {

    /** By blocking; an interrupt ends the wait and stays set. */
    PartingWait BLOCKING = (parting, longest) -> {
        try {
            parting.get(longest.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | CancellationException | TimeoutException e) {
            // Best effort: the next owner finds out by itself, which takes longer.
            LoggerFactory.getLogger(PartingWait.class)
                    .debug("what a lane left for its next owner was not confirmed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    };

    /** Returns when that is done, however it ended, or after that time. Never throws. */
    void await(CompletableFuture<?> parting, Duration longest);
}
