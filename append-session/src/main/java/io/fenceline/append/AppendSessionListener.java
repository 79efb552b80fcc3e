package io.fenceline.append;

import java.time.Duration;

/** What a session tells its owner. Called on the session loop: return soon. What it throws is logged and goes no further. */
public interface AppendSessionListener {

    /** The session changed its state. */
    default void onStateChanged(SessionState from, SessionState to, String reason) {}

    /** An attempt failed and the next one starts after {@code delay}; {@code attempt} counts failures since the last progress. */
    default void onRetry(int attempt, Duration delay, String failure) {}

    /** The service put an attempt off because there was too much to do; {@link #onRetry} tells of it as well. */
    default void onThrottled() {}

    /** Batches that an earlier exchange may have brought to the service were handed over again on a new one. */
    default void onResent(int batches) {}

    /** Batches of a broken attempt became settled: {@code landed} were in the stream already, {@code lost} had not been. */
    default void onReconciled(int landed, int lost) {}

    /**
     * The session is over. Exactly once, and the last call. Every ticket that was open is completed before; what is submitted
     * meanwhile, or later, is refused without another call.
     */
    void onFinished(SessionEnd end);
}
