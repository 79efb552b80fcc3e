package io.fenceline.append;

import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Where an append session stands; in the order a session usually meets them. */
public enum SessionState {
    /** No exchange and nothing to send. */
    IDLE,
    /** An exchange was opened and is being fed; the service has not answered yet, and nothing is in doubt from before. */
    CONNECTING,
    /** The exchange is alive and takes fresh batches. */
    OPEN,
    /** The request body was ended, after idleness or on the service's advice; the remaining acks are taken, nothing is sent. */
    DRAINING,
    /** An attempt failed; the next one waits for its time. */
    BACKING_OFF,
    /** Batches may have been written by an earlier attempt; they are sent again, the oldest alone first, and nothing fresh. */
    RESOLVING,
    /** The service found our position taken; the stream is read back to learn by what. */
    RECONCILING,
    /** Closing: everything is acknowledged and the body ended; waits for the service to end its side. */
    CLOSING,
    /** Final: closed or aborted by the owner. */
    CLOSED,
    /** Final: another writer has fenced the stream. */
    FENCED,
    /** Final: ended for any other reason. */
    FAILED;

    private static final Map<SessionState, Set<SessionState>> NEXT = new EnumMap<>(SessionState.class);

    static {
        allow(IDLE, CONNECTING, CLOSED, FAILED);
        allow(CONNECTING, CONNECTING, OPEN, DRAINING, BACKING_OFF, RESOLVING, RECONCILING, CLOSED, FENCED, FAILED);
        allow(OPEN, IDLE, CONNECTING, DRAINING, BACKING_OFF, RESOLVING, RECONCILING, CLOSING, CLOSED, FENCED, FAILED);
        allow(DRAINING, IDLE, CONNECTING, BACKING_OFF, RESOLVING, RECONCILING, CLOSING, CLOSED, FENCED, FAILED);
        allow(BACKING_OFF, CONNECTING, RESOLVING, CLOSED, FAILED);
        allow(RESOLVING, CONNECTING, OPEN, DRAINING, BACKING_OFF, RESOLVING, RECONCILING, CLOSED, FENCED, FAILED);
        allow(RECONCILING, IDLE, CONNECTING, BACKING_OFF, RESOLVING, CLOSED, FAILED);
        allow(CLOSING, CLOSED, FAILED);
        allow(CLOSED);
        allow(FENCED);
        allow(FAILED);
    }

    /** True for the states a session never leaves. */
    public boolean isFinal() {
        return this == CLOSED || this == FENCED || this == FAILED;
    }

    /** Whether a session in this state may go to {@code next}; anything else is a bug of the machine. */
    public boolean mayBecome(SessionState next) {
        return Objects.requireNonNull(NEXT.get(this)).contains(next);
    }

    /** True if an exchange is open in this state. */
    public boolean hasExchange() {
        return switch (this) {
            case CONNECTING, OPEN, DRAINING, RESOLVING, CLOSING -> true;
            case IDLE, BACKING_OFF, RECONCILING, CLOSED, FENCED, FAILED -> false;
        };
    }

    private static void allow(SessionState from, SessionState... next) {
        Set<SessionState> set = EnumSet.noneOf(SessionState.class);
        Collections.addAll(set, next);
        NEXT.put(from, set);
    }
}
