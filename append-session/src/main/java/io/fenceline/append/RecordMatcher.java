package io.fenceline.append;

import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.Arrays;

/**
 * Tells whether a record found in the stream is the one we sent to that position. Called on the session loop, during a
 * read-back only; must be pure.
 */
@FunctionalInterface
public interface RecordMatcher {

    Match match(AppendRecord ours, SequencedRecord theirs);

    /**
     * Same headers in the same order and the same body. Safe only where nobody else writes records that could be ours: a
     * foreign record with the same content, at the position ours was to get, is taken for ours, and ours is then reported as
     * written while it is not. Records that carry an identity of their writer rule that out, and their matcher can also see
     * CONFLICT.
     */
    static RecordMatcher exact() {
        return (ours, theirs) -> ours.headers().equals(theirs.headers()) && Arrays.equals(ours.body(), theirs.body())
                ? Match.SAME
                : Match.FOREIGN;
    }

    enum Match {
        /** It is the record we sent. */
        SAME,
        /** It is somebody else's. */
        FOREIGN,
        /** It carries our record's identity and another content. */
        CONFLICT
    }
}
