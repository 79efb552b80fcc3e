package io.fenceline.sqs;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One long poll. Times are sent in whole seconds, rounded down. Immutable.
 *
 * @param maxMessages 1 to {@link #MOST_MESSAGES}
 * @param waitTime    how long the queue may wait for a message, 0 to 20 s; the call may take that long on top of its timeout
 * @param visibility  how long what is received stays hidden, 0 to 12 h
 * @param attemptId   FIFO only: repeated within five minutes it gives the same messages (API reference,
 *                    {@code ReceiveRequestAttemptId}); 1 to 128 letters, digits and signs, no space; null without one
 */
public record ReceiveRequest(
        int maxMessages,
        Duration waitTime,
        Duration visibility,
        @Nullable String attemptId) {

    /** Most messages in one answer, and most handles in one change. */
    public static final int MOST_MESSAGES = 10;
}
