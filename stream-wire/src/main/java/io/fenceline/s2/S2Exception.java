package io.fenceline.s2;

import io.fenceline.s2.http.TransportException;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.ServerError;
import java.util.concurrent.CompletionException;
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

    /** What a failed future of {@link S2Client} failed with; anything else counts as a call whose answer is not known. */
    public static S2Exception from(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof S2Exception s2) {
            return s2;
        }
        return new S2Exception(
                cause instanceof TransportException unanswered
                        ? unanswered.failure()
                        : new TransportFailure(TransportFailure.Kind.BROKEN, String.valueOf(cause), cause));
    }

    /** The service's answer, or null if there was none. */
    public @Nullable ServerError serverError() {
        return serverError;
    }

    /** The call has changed nothing at the service, and will not any more. */
    public boolean hadNoEffect() {
        return serverError != null
                ? serverError.noSideEffects()
                : failure != null && failure.kind() == TransportFailure.Kind.NOT_CONNECTED;
    }

    /** Why no answer came, or null if one came. */
    public @Nullable TransportFailure failure() {
        return failure;
    }
}
