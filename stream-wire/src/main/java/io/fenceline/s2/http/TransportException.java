package io.fenceline.s2.http;

/** What the future of an answer fails with when none came. */
public final class TransportException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient TransportFailure failure;

    TransportException(TransportFailure failure) {
        super(failure.message(), failure.cause());
        this.failure = failure;
    }

    /** Why no answer came. */
    public TransportFailure failure() {
        return failure;
    }
}
