package io.fenceline.connect.sink.stream;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.sink.claim.ClaimTiming;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says about streams; the same for all of a task. Immutable.
 *
 * @param connector   the connector's name, for messages
 * @param basin       the basin's name, for messages
 * @param exactlyOnce claim, token, positions and seeks; otherwise records are written as they come
 * @param autoCreate  create missing streams
 * @param claimTiming back-off and limits, for claims and sessions alike
 */
public record StreamPolicy(
        String connector,
        String basin,
        boolean exactlyOnce,
        boolean autoCreate,
        Claims claims,
        Batching batching,
        Sessions sessions,
        ClaimTiming claimTiming) {

    /**
     * @param encrypted      records are encrypted with a key of ours
     * @param maxTakeovers   re-claims within ten minutes after losing the fence
     * @param checkpointIdle idle time after which the token is renewed; zero: never
     */
    public record Claims(boolean encrypted, int maxTakeovers, Duration checkpointIdle) {

        /** Name of the configuration key for {@code maxTakeovers}. */
        public static final String MAX_TAKEOVERS_KEY = "claim.max.takeovers";
    }

    /**
     * @param maxRecords one append
     * @param maxBytes   one append, metered
     * @param linger     how long an open batch waits for more while an earlier one is in flight
     */
    public record Batching(int maxRecords, int maxBytes, Duration linger) {}

    /**
     * @param retryPolicy      what to do about open outcomes
     * @param inflightMaxBytes most unacknowledged metered bytes per stream, however slow its acks
     * @param ackTimeout       silence after which a session is taken as broken
     * @param openTimeout      first sign of life of a session
     * @param idleTimeout      idle time after which a session gives back its connection
     */
    public record Sessions(
            RetryPolicy retryPolicy,
            int inflightMaxBytes,
            Duration ackTimeout,
            Duration openTimeout,
            Duration idleTimeout) {}

    /** @param guard token and position to write under, null without a claim */
    AppendSessionConfig session(@Nullable Guard guard) {
        return AppendSessionConfig.of(sessions.retryPolicy, guard)
                .withInflightMaxBytes(sessions.inflightMaxBytes)
                .withTimeouts(sessions.ackTimeout, sessions.openTimeout, sessions.idleTimeout)
                .withRetries(claimTiming.retries());
    }
}
