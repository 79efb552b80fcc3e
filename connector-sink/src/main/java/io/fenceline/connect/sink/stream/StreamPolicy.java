package io.fenceline.connect.sink.stream;

import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.sink.claim.ClaimTiming;
import java.time.Duration;

/**
 * What the configuration says about streams; the same for all of a task.
 *
 * @param connector       the connector's name, for messages
 * @param basin           the basin's name, for messages
 * @param exactlyOnce     claim, token, positions and seeks; otherwise records are written as they come
 * @param retryPolicy     of the append sessions
 * @param autoCreate      create missing streams
 * @param encrypted       records are encrypted with a key of ours
 * @param maxTakeovers    re-claims within ten minutes after losing the fence
 * @param batchMaxRecords one append
 * @param batchMaxBytes   one append, metered
 * @param linger          how long an open batch waits for more while an earlier one is in flight
 * @param inflightMaxBytes most unacknowledged metered bytes per stream, however slow its acks
 * @param checkpointIdle  idle time after which the token is renewed; zero: never
 * @param ackTimeout      silence after which a session is taken as broken
 * @param openTimeout     first sign of life of a session
 * @param sessionIdle     idle time after which a session gives back its connection
 * @param claimTiming     back-off and limits, for claims and sessions alike
 */
public record StreamPolicy(
        String connector,
        String basin,
        boolean exactlyOnce,
        RetryPolicy retryPolicy,
        boolean autoCreate,
        boolean encrypted,
        int maxTakeovers,
        int batchMaxRecords,
        int batchMaxBytes,
        Duration linger,
        int inflightMaxBytes,
        Duration checkpointIdle,
        Duration ackTimeout,
        Duration openTimeout,
        Duration sessionIdle,
        ClaimTiming claimTiming) {}
