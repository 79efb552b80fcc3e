package io.fenceline.s2;

import org.jspecify.annotations.Nullable;

/** Where a read session begins. */
public sealed interface ReadStart {

    /** As query parameters. */
    String query();

    /**
     * How a read of events asks to go on behind the last record it has seen: its number, and how much it has had of bounds that
     * ours does not have. Null at a stream's beginning and where there was no record yet.
     */
    @Nullable
    String lastEventId();

    /** The first record at or behind {@code seqNum} (unsigned); a number above the tail is refused with a 416. */
    record At(long seqNum) implements ReadStart {
        @Override
        public String query() {
            return "seq_num=" + Long.toUnsignedString(seqNum);
        }

        @Override
        public @Nullable String lastEventId() {
            return seqNum == 0 ? null : Long.toUnsignedString(seqNum - 1) + ",0,0";
        }
    }

    /** The first record with a timestamp of at least {@code millis}, or the tail if there is none yet. */
    record AtTime(long millis) implements ReadStart {
        @Override
        public String query() {
            return "timestamp=" + Long.toUnsignedString(millis) + "&clamp=true";
        }

        @Override
        public @Nullable String lastEventId() {
            return null;
        }
    }

    /** Only what is appended from now on. */
    record Latest() implements ReadStart {
        @Override
        public String query() {
            return "tail_offset=0";
        }

        @Override
        public @Nullable String lastEventId() {
            return null;
        }
    }
}
