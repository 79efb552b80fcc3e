package io.fenceline.connect.source.read;

import java.time.Duration;

/**
 * What the configuration says about reading; the same for all streams of a task.
 *
 * @param continueAfterGap     records deleted before we read them are counted and passed over, else the task stops
 * @param restartWhenRecreated a stream that was deleted and made again is read from its beginning, else the task stops
 * @param forgetDeleted        a stream that is deleted is not ours any more, else the task stops
 * @param openTimeout          first sign of life of a session
 * @param silenceLimit         without a heartbeat for that long, while nothing else holds us up, a session counts as broken
 * @param backoffMin           pause before the first new attempt
 * @param backoffMax           and before later ones
 * @param retryLimit           without any sign of life for that long the task stops; negative: never
 */
public record ReadPolicy(
        boolean continueAfterGap,
        boolean restartWhenRecreated,
        boolean forgetDeleted,
        Duration openTimeout,
        Duration silenceLimit,
        Duration backoffMin,
        Duration backoffMax,
        Duration retryLimit) {}
