package io.fenceline.sqs;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One attempt at a call, and how far it came. What became of a request that failed follows from that and not from the kind of
 * exception: SQS cannot have done anything before it has the first byte of the body.
 *
 * <p>Owned by the calling thread, but for {@link #abortIfOverdue} and {@link #abort}, which any thread may call.
 */
final class CallAttempt {

    /** How an exchange broke after the body was begun. */
    enum Break {
        /** It did not. */
        NONE,
        /** The connection did: reset, closed without an answer, silent for too long. */
        CONNECTION,
        /** What came is not HTTP, or ends before the length it gave. */
        FORM
    }

    private final BooleanSupplier gate;
    private final LongSupplier nanoTime;
    private final long connectNanos;
    private final long requestNanos;

    // ---- read by whoever aborts
    private volatile @Nullable Runnable request;
    private volatile long deadline;
    private volatile boolean overdue;
    private volatile boolean ended;

    // ---- the calling thread's
    private boolean begun;
    private boolean heldBack;
    private @Nullable RuntimeException gateFailure;
    private int status;
    private boolean object;
    private Break broken = Break.NONE;
    private @Nullable Object supply;
    private @Nullable RuntimeException credentialsFailure;

    CallAttempt(BooleanSupplier gate, LongSupplier nanoTime, long connectNanos, long requestNanos) {
        this.gate = gate;
        this.nanoTime = nanoTime;
        this.connectNanos = connectNanos;
        this.requestNanos = requestNanos;
    }

    // ------------------------------------------------------------ steps, in their order

    /** The credentials of the request came from {@code from}. */
    void signedBy(Object from) {
        supply = from;
    }

    void withoutCredentials(RuntimeException failure) {
        credentialsFailure = failure;
    }

    /**
     * The request is ready and a connection is looked for.
     *
     * @param abort ends the exchange, from any thread and at any time; does nothing to one that is over
     * @throws IllegalStateException if the attempt had its request: somebody below retries, and must not
     */
    void connecting(Runnable abort) {
        if (request != null) {
            throw new IllegalStateException("a second request in one attempt");
        }
        deadline = nanoTime.getAsLong() + connectNanos;
        request = abort;
        if (ended) {
            abort.run();
        }
    }

    /**
     * The connection stands, and nothing of the request has left: the last moment to hold it back. Asks the gate.
     *
     * @return false, and the request must not be sent
     */
    boolean mayBegin() {
        if (begun || heldBack || overdue || ended) {
            return false;
        }
        try {
            heldBack = !gate.getAsBoolean();
        } catch (RuntimeException e) {
            heldBack = true;
            gateFailure = e;
        }
        if (heldBack) {
            return false;
        }
        deadline = nanoTime.getAsLong() + requestNanos;
        begun = true;
        return true;
    }

    /** The head of an answer has come. */
    void answered(int httpStatus) {
        status = httpStatus;
    }

    /** The first byte of the answer's body that is not blank has come. */
    void bodyBegan(int first) {
        object = first == '{';
    }

    void broken(Break how) {
        broken = how;
    }

    // ------------------------------------------------------------ from outside

    /** Any thread. An attempt past its deadline is ended where it stands. */
    void abortIfOverdue(long now) {
        if (!overdue && request != null && now - deadline >= 0) {
            overdue = true;
            abort();
        }
    }

    /** Any thread. Ends the exchange; the calling thread sees its connection break. Does nothing to one that is over. */
    void abort() {
        ended = true;
        Runnable open = request;
        if (open != null) {
            open.run();
        }
    }

    // ------------------------------------------------------------ how far it came

    /** Whether a byte of the body may have left. */
    boolean begun() {
        return begun;
    }

    boolean heldBack() {
        return heldBack;
    }

    @Nullable
    RuntimeException gateFailure() {
        return gateFailure;
    }

    boolean overdue() {
        return overdue;
    }

    /** Whether it was ended from outside, whatever the calling thread saw of it. */
    boolean aborted() {
        return ended;
    }

    /** From the moment the connection stands to the last byte of the answer. */
    Duration requestTimeout() {
        return Duration.ofNanos(requestNanos);
    }

    /** Of the answer; 0 without one. */
    int status() {
        return status;
    }

    /** Whether the answer's body begins like every one of SQS's. */
    boolean isObject() {
        return object;
    }

    Break broken() {
        return broken;
    }

    /** What the credentials came from; null before any. */
    @Nullable
    Object supply() {
        return supply;
    }

    @Nullable
    RuntimeException credentialsFailure() {
        return credentialsFailure;
    }
}
