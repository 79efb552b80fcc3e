package io.fenceline.s2;

import org.jspecify.annotations.Nullable;

/** Where a read session begins. */
public sealed interface ReadStart {

    /** The first record at or behind {@code seqNum} (unsigned); a number above the tail is refused with a 416. */
    record At(long seqNum) implements ReadStart {}

    /** The first record with a timestamp of at least {@code millis}, or the tail if there is none yet. */
    record AtTime(long millis) implements ReadStart {}

    /** Only what is appended from now on. */
    record Latest() implements ReadStart {}

    /** As query parameters. */
    default String query() {
        if (this instanceof At at) {
            return "seq_num=" + Long.toUnsignedString(at.seqNum());
        }
        if (this instanceof AtTime time) {
            return "timestamp=" + Long.toUnsignedString(time.millis()) + "&clamp=true";
        }
        return "tail_offset=0";
    }

    /**
     * How a read of events asks to go on behind the last record it has seen: its number, and how much it has had of bounds that
     * ours does not have. Null at a stream's beginning and where there was no record yet.
     */
    default @Nullable String lastEventId() {
        return this instanceof At at && at.seqNum() != 0 ? Long.toUnsignedString(at.seqNum() - 1) + ",0,0" : null;
    }
}
