package io.fenceline.connect.source.read;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says about reading; the same for all streams of a task.
 *
 * @param onGap         records were deleted before we read them
 * @param onRecreated   a stream was deleted and made again
 * @param forgetDeleted a stream that is deleted is not ours any more, else it is waited for or the task stops
 * @param openTimeout   first sign of life of a session
 * @param silenceLimit  without a sign of life for that long, while nothing else holds us up, a session counts as broken
 * @param backoffMin    pause before the first new attempt
 * @param backoffMax    and before later ones
 * @param retryLimit    without any sign of life for that long the task stops; null: never
 */
public record ReadPolicy(
        GapPolicy onGap,
        RecreationPolicy onRecreated,
        boolean forgetDeleted,
        Duration openTimeout,
        Duration silenceLimit,
        Duration backoffMin,
        Duration backoffMax,
        @Nullable Duration retryLimit) {

    boolean continuesAfterGap() {
        return onGap == GapPolicy.CONTINUE;
    }

    boolean restartsWhenRecreated() {
        return onRecreated == RecreationPolicy.RESTART;
    }
}
