package io.fenceline.s2;

import io.fenceline.s2.http.TransportFailure;
import org.jspecify.annotations.Nullable;

/** A unary call that did not succeed: the service refused it ({@link #serverError}) or no answer came ({@link #failure}). */
public final class S2Exception extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient @Nullable ServerError serverError;
    private final transient @Nullable TransportFailure failure;

    public S2Exception(ServerError error) {
        super("S2 answered " + error.describe());
        this.serverError = error;
        this.failure = null;
    }

    public S2Exception(TransportFailure failure) {
        super(failure.message(), failure.cause());
        this.serverError = null;
        this.failure = failure;
    }

    /** The service's answer, or null if there was none. */
    public @Nullable ServerError serverError() {
        return serverError;
    }

    /** Why no answer came, or null if one came. */
    public @Nullable TransportFailure failure() {
        return failure;
    }
}
