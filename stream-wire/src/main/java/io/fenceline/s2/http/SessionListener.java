package io.fenceline.s2.http;

import io.fenceline.s2.wire.ServerError;

/**
 * What happens to any session. Exactly one of {@link #onRejected}, {@link #onEnded} and {@link #onBroken} is called, last,
 * unless the session was aborted first. Called on a transport thread, {@link #onRejected} on any; must not block.
 */
public interface SessionListener {

    /** The service accepted the session (response status 200). */
    void onEstablished();

    /** The service goes away once what is under way is done: move to a new connection. */
    void onReconnectAdvised();

    /** A pre-flight HTTP error, or an error in the session. */
    void onRejected(ServerError error);

    /** The service ended the session without an error. */
    void onEnded();

    /** Anything else that ended the session. */
    void onBroken(TransportFailure failure);
}
