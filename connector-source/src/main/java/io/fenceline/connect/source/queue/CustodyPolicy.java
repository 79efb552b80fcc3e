package io.fenceline.connect.source.queue;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;

/**
 * What queue and configuration say about receiving from it. Immutable.
 *
 * @param fifo          whether it is a FIFO queue
 * @param visibility    how long what was received stays hidden, above zero
 * @param waitTime      of a long poll
 * @param receivers     long polls at a time
 * @param maxHeld       messages received and not yet deleted, 10 to {@link Slot#MOST}
 * @param retries       pauses between attempts, and how long receiving or deleting may go without success
 * @param onUnconfirmed what becomes of a message whose record was dropped
 */
public record CustodyPolicy(
        boolean fifo,
        Duration visibility,
        Duration waitTime,
        int receivers,
        int maxHeld,
        RetrySettings retries,
        OnUnconfirmed onUnconfirmed) {}
