package io.fenceline.connect.sink.queue;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Messages that wait, in order: of one message group of a FIFO queue, of which never two requests are open; or of one lane of a
 * standard queue, where each may go at any time. Belongs to the {@link RequestPacker}.
 */
final class MessageLine {

    final QueueLines queue;
    /** The message group, or the lane. */
    final Object key;
    /** Most messages of it in one request. */
    final int maxPerRequest;

    final ArrayDeque<OutboxMessage> waiting = new ArrayDeque<>();
    long bytes;

    /** FIFO: the open request with messages of it. */
    @Nullable
    SendRequest open;

    /** In {@link QueueLines#ready}, since then. */
    boolean ready;

    long readyAt;
    /** Its first message has waited for others before. */
    boolean waited;

    MessageLine(QueueLines queue, Object key, int maxPerRequest) {
        this.queue = queue;
        this.key = key;
        this.maxPerRequest = maxPerRequest;
    }

    /** How many of its messages could go in one request. */
    int available() {
        return Math.min(waiting.size(), maxPerRequest);
    }
}
