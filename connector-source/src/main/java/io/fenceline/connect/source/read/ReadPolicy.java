package io.fenceline.connect.source.read;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;

/**
 * What the configuration says about reading; the same for all streams of a task.
 *
 * @param onGap         records were deleted before we read them
 * @param onRecreated   a stream was deleted and made again
 * @param forgetDeleted a stream that is deleted is not ours any more, else it is waited for or the task stops
 * @param openTimeout   first sign of life of a session
 * @param silenceLimit  without a sign of life for that long, while nothing else holds us up, a session counts as broken
 * @param retries       pauses between attempts, and how long without any sign of life before the task stops
 */
public record ReadPolicy(
        GapPolicy onGap,
        RecreationPolicy onRecreated,
        boolean forgetDeleted,
        Duration openTimeout,
        Duration silenceLimit,
        RetrySettings retries) {

    /** Name of the configuration key for what is read ahead, in bytes. */
    public static final String BUFFER_KEY = "buffer.max.bytes";

    boolean continuesAfterGap() {
        return onGap == GapPolicy.CONTINUE;
    }

    boolean restartsWhenRecreated() {
        return onRecreated == RecreationPolicy.RESTART;
    }
}
