package io.fenceline.append;

import io.fenceline.s2.wire.FencingToken;

/**
 * What makes every append of a session conditional: the token its owner has fenced the stream with, and the position the
 * session's first record must get.
 */
public record Guard(FencingToken token, long nextSeqNum) {

    public Guard {
        if (token.isNone()) {
            throw new IllegalArgumentException("an empty token guards nothing");
        }
        if (nextSeqNum < 0) {
            throw new IllegalArgumentException("nextSeqNum must not be negative: " + nextSeqNum);
        }
    }

    /** The token is a checkpoint others may not present: not printed. */
    @Override
    public String toString() {
        return "Guard[nextSeqNum=" + nextSeqNum + "]";
    }
}
