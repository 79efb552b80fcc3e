package io.fenceline.sqs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message as it is sent, and sent again: nothing of it changes after it was made. Immutable.
 *
 * @param body            text that {@link MessageText#isAllowed SQS allows}, not empty
 * @param attributes      at most ten, names differ
 * @param groupId         message group; null on a standard queue if none is wanted
 * @param deduplicationId null on a standard queue
 * @param size            bytes of body and attributes as SQS counts them
 */
public record OutgoingMessage(
        String body,
        List<MessageAttribute> attributes,
        @Nullable String groupId,
        @Nullable String deduplicationId,
        int size) {

    /** Most messages in one request (SendMessageBatch). */
    public static final int MAX_PER_REQUEST = 10;

    /** Most attributes of one message. */
    public static final int MAX_ATTRIBUTES = 10;
}
