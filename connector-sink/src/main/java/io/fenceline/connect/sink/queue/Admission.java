package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.OutgoingMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps the messages of a lane that may not be sent before the next commit, and hands on those that may, in their order and as
 * many at a time as go in a request.
 *
 * <p>Pure; belongs to the task thread.
 */
final class Admission {

    private final CommitBound bound;
    private final Consumer<List<OutboxMessage>> handOn;

    private List<OutboxMessage> admitted = new ArrayList<>(OutgoingMessage.MAX_PER_REQUEST);
    private long admittedBytes;
    /** In order. */
    private final ArrayDeque<OutboxMessage> beyond = new ArrayDeque<>();

    /** @param handOn takes messages that may be sent */
    Admission(CommitBound bound, Consumer<List<OutboxMessage>> handOn) {
        this.bound = bound;
        this.handOn = handOn;
    }

    /** A record came from Kafka, whether a message is made of it or not. */
    void handedOver(long offset, long now) {
        bound.handedOver(offset, now);
    }

    void add(OutboxMessage message) {
        if (beyond.isEmpty() && bound.admits(message.offset)) {
            admit(message);
        } else {
            beyond.addLast(message);
        }
    }

    /** The lane gave this offset to {@code preCommit}. */
    void commitGiven(long offset, long now) {
        bound.given(offset, now);
        handOnAll();
    }

    /** Hands on everything that may be sent now. */
    void handOnAll() {
        for (OutboxMessage next = beyond.peekFirst();
                next != null && bound.admits(next.offset);
                next = beyond.peekFirst()) {
            admit(beyond.removeFirst());
        }
        handOnAdmitted();
    }

    /** See {@link CommitBound#wantsCommit}. */
    boolean wantsCommit(long settledBelow, long now) {
        return bound.wantsCommit(settledBelow, !beyond.isEmpty(), now);
    }

    /** Messages that wait for a commit. */
    int waiting() {
        return beyond.size();
    }

    /** Forgets what was not handed on. */
    void drop() {
        admitted.clear();
        admittedBytes = 0;
        beyond.clear();
    }

    private void admit(OutboxMessage message) {
        admitted.add(message);
        admittedBytes += message.message.size();
        if (admitted.size() >= OutgoingMessage.MAX_PER_REQUEST || admittedBytes >= RequestPacker.MAX_REQUEST_BYTES) {
            handOnAdmitted();
        }
    }

    private void handOnAdmitted() {
        if (!admitted.isEmpty()) {
            List<OutboxMessage> all = admitted;
            admitted = new ArrayList<>(OutgoingMessage.MAX_PER_REQUEST);
            admittedBytes = 0;
            handOn.accept(all);
        }
    }
}
