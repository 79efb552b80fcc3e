package io.fenceline.connect.source.queue;

import io.fenceline.sqs.ReceiveRequest;
import org.jspecify.annotations.Nullable;

/**
 * One long poll to make. Immutable.
 *
 * @param number      rises with each; of two receives the later one has the higher
 * @param maxMessages to ask for
 * @param attempt     FIFO only: the attempt id and what it was first used for
 * @param begun       when it was ordered: nothing of its answer can become visible again before that and the visibility timeout
 * @param slots       reserved for it; none if it only looks for newer handles
 * @param bytes       reserved for it
 */
record ReceiveOrder(long number, int maxMessages, @Nullable Attempt attempt, long begun, int slots, long bytes) {

    /**
     * @param id      never used for another poll
     * @param first   when it was first used
     * @param changes deletes and changes of visibility begun by then
     */
    record Attempt(String id, long first, long changes) {}

    /** As it goes over the wire. */
    ReceiveRequest request(CustodyPolicy policy) {
        return new ReceiveRequest(
                maxMessages, policy.waitTime(), policy.visibility(), attempt == null ? null : attempt.id());
    }
}
