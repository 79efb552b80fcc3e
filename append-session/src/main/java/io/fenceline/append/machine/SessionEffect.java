package io.fenceline.append.machine;

import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.s2.wire.AppendAck;

/** What a session wants done, in this order. The loop does it and tells the machine only what comes of it. */
public sealed interface SessionEffect {

    /** Calls the method for this effect. */
    void tell(Cases cases);

    /** One method for each effect, so that a new effect does not compile before it is done. */
    interface Cases {

        void openExchange(OpenExchange openExchange);

        void send(Send send);

        void endBody(EndBody endBody);

        void discard(Discard discard);

        void readPage(ReadPage readPage);

        void complete(Complete complete);

        void fail(Fail fail);

        void stateChanged(StateChanged stateChanged);

        void retrying(Retrying retrying);

        void resent(Resent resent);

        void reconciled(Reconciled reconciled);

        void finished(Finished finished);
    }

    /** Open an exchange; its events carry this generation. */
    record OpenExchange(long generation) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.openExchange(this);
        }
    }

    /** Hand a batch to the exchange. It is marked as maybe sent already. */
    record Send(long generation, PendingAppend append) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.send(this);
        }
    }

    /** End the request body behind what was sent. */
    record EndBody(long generation) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.endBody(this);
        }
    }

    /** Cut the exchange if it still stands, and forget it. */
    record Discard(long generation) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.discard(this);
        }
    }

    /** Read that many records from that position on. */
    record ReadPage(long generation, long seqNum, int count) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.readPage(this);
        }
    }

    /** Tell the submitter where its batch is. */
    record Complete(PendingAppend append, AppendAck ack) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.complete(this);
        }
    }

    /** Tell the submitter that the session ended, and whether its batch may be in the stream. */
    record Fail(PendingAppend append, SessionEnd end, boolean inDoubt) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.fail(this);
        }
    }

    /** Tell that the state changed. */
    record StateChanged(SessionState from, SessionState to, String reason) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.stateChanged(this);
        }
    }

    /**
     * Tell that an attempt failed and when the next one starts.
     *
     * @param throttled the service put it off because there was too much to do
     */
    record Retrying(int attempt, long delayNanos, String failure, boolean throttled) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.retrying(this);
        }
    }

    /** Tell that batches were handed over again that an earlier exchange may have brought to the service. */
    record Resent(int batches) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.resent(this);
        }
    }

    /** Tell that open batches of a broken exchange are settled. */
    record Reconciled(int landed, int lost) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.reconciled(this);
        }
    }

    /** Tell that the session is over; nothing follows but refusals of later submits. */
    record Finished(SessionEnd end) implements SessionEffect {
        @Override
        public void tell(Cases cases) {
            cases.finished(this);
        }
    }
}
