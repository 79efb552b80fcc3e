package io.fenceline.sqs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message as a queue handed it out once. Received again it has the same id and another handle. Immutable.
 *
 * @param messageId      SQS's own, never used twice
 * @param receiptHandle  of this receive; deletes it and changes its visibility
 * @param attributes     those of the sender, by name; SQS keeps no order. The label of a type ({@code String.json},
 *                       {@code Number.int}) is dropped: they come as text, number or binary
 * @param groupId        null without one, as on most standard queues
 * @param sequenceNumber FIFO only, and not every server gives it
 * @param sentAt         milliseconds since 1970; null if the server does not say
 * @param receiveCount   receives so far with this one, at least 1. Approximate on standard queues (API reference,
 *                       {@code ApproximateReceiveCount})
 */
public record ReceivedMessage(
        String messageId,
        String receiptHandle,
        String body,
        List<MessageAttribute> attributes,
        @Nullable String groupId,
        @Nullable String sequenceNumber,
        @Nullable Long sentAt,
        int receiveCount) {

    public ReceivedMessage {
        attributes = List.copyOf(attributes);
    }

    /** Bytes as SQS counts them: body and attributes, in UTF-8. */
    public int size() {
        int size = MessageText.utf8Length(body);
        for (MessageAttribute attribute : attributes) {
            size += attribute.size();
        }
        return size;
    }
}
