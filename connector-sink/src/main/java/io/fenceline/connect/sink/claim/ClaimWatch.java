package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.Answer;
import org.jspecify.annotations.Nullable;

/** Hears how attempts at claims fail, to count them. On the session loop. */
@FunctionalInterface
public interface ClaimWatch {

    /** Counts nothing. */
    ClaimWatch NOBODY = answer -> {};

    /**
     * An attempt failed, and is made again after a pause, or never.
     *
     * @param answer what S2 said last; null if it said nothing
     */
    void onFailedAttempt(@Nullable Answer answer);
}
