package io.fenceline.connect.sink.stream;

import io.fenceline.append.RecordMatcher;
import io.fenceline.append.RecordMatcher.Match;
import io.fenceline.connect.s2.RecordOrigin;

/** Recognises our own records in a stream: by id, and the content must be the same. */
final class RecordIdentity {

    private static final RecordMatcher EXACT = RecordMatcher.exact();

    static final RecordMatcher MATCHER = (ours, theirs) -> {
        if (EXACT.match(ours, theirs) == Match.SAME) {
            return Match.SAME;
        }
        RecordOrigin mine = RecordOrigin.of(ours.headers());
        RecordOrigin other = RecordOrigin.of(theirs.headers());
        return mine != null && other != null && mine.id().equals(other.id()) ? Match.CONFLICT : Match.FOREIGN;
    };

    private RecordIdentity() {}
}
