package io.fenceline.append.machine;

import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import org.jspecify.annotations.Nullable;

/**
 * What can happen to a session. Events of an exchange or a read carry its generation; those of an older one change nothing.
 */
public sealed interface SessionEvent {

    /** Calls the method for this event. */
    void tell(Cases cases);

    /** One method for each event, so that a new event does not compile before it is handled. */
    interface Cases {

        void submitted(Submitted submitted);

        void established(Established established);

        void acked(Acked acked);

        void advised(Advised advised);

        void refused(Refused refused);

        void ended(Ended ended);

        void broken(Broken broken);

        void pageRead(PageRead pageRead);

        void readFailed(ReadFailed readFailed);

        void tick(Tick tick);

        void closeRequested(CloseRequested closeRequested);

        void abortRequested(AbortRequested abortRequested);
    }

    /** The owner submitted a batch. */
    record Submitted(PendingAppend append) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.submitted(this);
        }
    }

    /** The service accepted the exchange. */
    record Established(long generation) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.established(this);
        }
    }

    /** The service says the oldest batch of the exchange is durable. */
    record Acked(long generation, AppendAck ack, boolean reconnectAdvised) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.acked(this);
        }
    }

    /** The peer asks to move to a new connection; what was sent is still answered. */
    record Advised(long generation) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.advised(this);
        }
    }

    /** The service ended the exchange with an error. */
    record Refused(long generation, ServerError error) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.refused(this);
        }
    }

    /** The service ended the exchange without an error. */
    record Ended(long generation) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.ended(this);
        }
    }

    /** The exchange broke. */
    record Broken(long generation, TransportFailure failure) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.broken(this);
        }
    }

    /** A page of the read-back. */
    record PageRead(long generation, ReadBatch page) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.pageRead(this);
        }
    }

    /** The read-back failed; {@code error} is null if no answer came. */
    record ReadFailed(long generation, @Nullable ServerError error, String message) implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.readFailed(this);
        }
    }

    /** Time has passed. */
    record Tick() implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.tick(this);
        }
    }

    /** The owner wants everything acknowledged, then the end. */
    record CloseRequested() implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.closeRequested(this);
        }
    }

    /** The owner wants the end now. */
    record AbortRequested() implements SessionEvent {
        @Override
        public void tell(Cases cases) {
            cases.abortRequested(this);
        }
    }
}
