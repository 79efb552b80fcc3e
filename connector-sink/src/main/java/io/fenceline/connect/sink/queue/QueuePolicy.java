package io.fenceline.connect.sink.queue;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;

/**
 * What the configuration says about sending to queues; the same for all of a task.
 *
 * @param connector     name of the connector
 * @param retries       pauses between attempts, and when to give up
 * @param linger        how long a request that is not full waits for more messages
 * @param maxInFlight   requests to one queue whose messages are not all settled
 * @param maxPerGroup   messages of one group in one request to a FIFO queue
 * @param attempt       how long one attempt takes at most: connecting, sending, and waiting for the answer
 * @param inDoubt       what becomes of messages whose fate cannot be learned any more
 * @param onRestart     what becomes of old records that an earlier task may have sent
 */
public record QueuePolicy(
        String connector,
        RetrySettings retries,
        Duration linger,
        int maxInFlight,
        int maxPerGroup,
        Duration attempt,
        InDoubtPolicy inDoubt,
        InDoubtOnRestart onRestart) {}
