package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.QueueUrl;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** What waits for one queue. Belongs to the {@link RequestPacker}. */
final class QueueLines {

    final QueueUrl queue;
    final Map<Object, MessageLine> lines = new HashMap<>();
    /** How many of them {@link OutboxFigures} shows. */
    int shown;

    /** Lines with messages that could go now, in the order in which they became so. */
    final ArrayDeque<MessageLine> ready = new ArrayDeque<>();
    /** How many messages those could give to requests. */
    int readyMessages;

    long readyBytes;
    /** How many of {@link #ready} have waited for others before. */
    int waited;

    /** Messages up to this {@link OutboxMessage#number} wait for no others. */
    long flushedThrough;

    /** The outbox looks at it for requests. */
    boolean listed;

    /** Requests taken whose messages are not all settled. */
    int open;

    QueueLines(QueueUrl queue) {
        this.queue = queue;
    }
}
