package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request a server has read to its end. Immutable.
 *
 * @param number    counts all requests of the server from 1 on, in the order in which they were read
 * @param operation {@code SendMessageBatch} and so on
 * @param queue     the queue's name, empty if the request names none
 * @param entries   of a {@code SendMessageBatch}, in their order
 * @param json      the body as it came
 * @param at        by the server's clock
 * @param struck    what went wrong with the request as a whole, or with entries of it
 */
public record SqsRequest(
        int number,
        String operation,
        String queue,
        List<SentEntry> entries,
        JsonNode json,
        Instant at,
        @Nullable SqsFault struck) {

    /** Of a {@code DeleteMessageBatch} or {@code ChangeMessageVisibilityBatch}, in their order; empty of others. */
    public List<HandleEntry> handles() {
        return operation.equals("DeleteMessageBatch") || operation.equals("ChangeMessageVisibilityBatch")
                ? HandleEntry.readAll(json)
                : List.of();
    }
}
