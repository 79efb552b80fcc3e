package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalException;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a stream has to hand over, in order. Owned by the task thread. */
sealed interface ReadItem {

    /** Calls the method for this item. */
    void tell(Cases cases);

    /** One method for each item, so that a new one does not compile before it is handled. */
    interface Cases {

        void run(Run run);

        void gap(Gap gap);

        void restart(Restart restart);

        void end(End end);
    }

    /** Bytes of memory that are free again when it is gone. */
    default long bytes() {
        return 0;
    }

    /** Records that follow each other. */
    final class Run implements ReadItem {
        final List<SequencedRecord> records;
        /** Of the stream they were read from. */
        final Instant createdAt;

        private final long bytes;

        int next;

        Run(List<SequencedRecord> records, Instant createdAt, long bytes) {
            this.records = records;
            this.createdAt = createdAt;
            this.bytes = bytes;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public void tell(Cases cases) {
            cases.run(this);
        }
    }

    /** The numbers from {@code from} up to {@code to}, exclusive, were deleted before they were read from that stream. */
    record Gap(long from, long to, Instant createdAt) implements ReadItem {
        @Override
        public void tell(Cases cases) {
            cases.gap(this);
        }
    }

    /** What follows is from a stream that was made anew under the same name. */
    record Restart(@Nullable Instant before, Instant createdAt) implements ReadItem {
        @Override
        public void tell(Cases cases) {
            cases.restart(this);
        }
    }

    /** Nothing follows. Null: the stream is not ours to read any more. */
    record End(@Nullable TerminalException failure) implements ReadItem {
        @Override
        public void tell(Cases cases) {
            cases.end(this);
        }
    }
}
