package io.fenceline.connect.sink.queue;

import org.jspecify.annotations.Nullable;

/**
 * Why a message keeps its lane from going on. A value.
 *
 * @param code    SQS's error code of the last answer, null if there was none
 * @param message for people: what the last answer said, empty if there was none
 */
record SendStop(Why why, @Nullable String code, String message) {

    enum Why {
        /** In doubt, and SQS may have forgotten its deduplication id. */
        WINDOW_EXPIRED,
        /** In doubt on a standard queue, which has no deduplication. */
        IN_DOUBT,
        /** In doubt, and refused since: the refusal says nothing of the attempt before. */
        REFUSED_IN_DOUBT,
        /** An earlier task may have sent it, longer ago than SQS remembers. */
        OLD_AT_START,
        DENIED,
        MISSING,
        /** Answers that are not SQS's, several in a row. */
        SENSELESS,
        /** Failed for {@code retry.timeout.ms}. */
        EXHAUSTED
    }
}
