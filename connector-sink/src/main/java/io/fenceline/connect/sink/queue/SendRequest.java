package io.fenceline.connect.sink.queue;

import io.fenceline.retry.Patience;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueUrl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages that are sent together, and sent again together: none is added, and one leaves only when it is settled or its lane
 * was dropped. Belongs to the {@link Outbox}; {@link #queue} and {@link #messages} may be read by who took it.
 */
final class SendRequest {

    final QueueLines lines;
    ArrayList<OutboxMessage> members = new ArrayList<>(OutgoingMessage.MAX_PER_REQUEST);

    /** When it was made. */
    final long packedAt;

    /** Moment of the next attempt, while it waits for one. */
    long dueAt;

    int attempts;

    @Nullable
    Patience patience;

    /** What it last failed with. */
    @Nullable
    String lastCode;

    String lastMessage = "";

    int denials;
    int senseless;

    SendRequest(QueueLines lines, long packedAt) {
        this.lines = lines;
        this.packedAt = packedAt;
    }

    /** Of its messages, as SQS counts them. */
    long bytes() {
        long bytes = 0;
        for (OutboxMessage member : members) {
            bytes += member.message.size();
        }
        return bytes;
    }

    QueueUrl queue() {
        return lines.queue;
    }

    /** What goes over the wire, in its order. */
    List<OutgoingMessage> messages() {
        List<OutgoingMessage> messages = new ArrayList<>(members.size());
        for (OutboxMessage member : members) {
            messages.add(member.message);
        }
        return messages;
    }
}
