package io.fenceline.append.machine;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ReadBatch;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to a session. Events of an exchange or a read carry its generation; those of an older one change nothing.
 */
public sealed interface SessionEvent {

    /** The owner submitted a batch. */
    record Submitted(PendingAppend append) implements SessionEvent {}

    /** The service accepted the exchange. */
    record Established(long generation) implements SessionEvent {}

    /** The service says the oldest batch of the exchange is durable. */
    record Acked(long generation, AppendAck ack, boolean reconnectAdvised) implements SessionEvent {}

    /** The peer asks to move to a new connection; what was sent is still answered. */
    record Advised(long generation) implements SessionEvent {}

    /** The service ended the exchange with an error. */
    record Refused(long generation, ServerError error) implements SessionEvent {}

    /** The service ended the exchange without an error. */
    record Ended(long generation) implements SessionEvent {}

    /** The exchange broke. */
    record Broken(long generation, TransportFailure failure) implements SessionEvent {}

    /** A page of the read-back. */
    record PageRead(long generation, ReadBatch page) implements SessionEvent {}

    /** The read-back failed; {@code error} is null if no answer came. */
    record ReadFailed(long generation, @Nullable ServerError error, String message) implements SessionEvent {}

    /** Time has passed. */
    record Tick() implements SessionEvent {}

    /** The owner wants everything acknowledged, then the end. */
    record CloseRequested() implements SessionEvent {}

    /** The owner wants the end now. */
    record AbortRequested() implements SessionEvent {}
}
