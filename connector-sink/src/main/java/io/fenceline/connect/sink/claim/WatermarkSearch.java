package io.fenceline.connect.sink.claim;

import io.fenceline.connect.s2.RecordOrigin;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Looks backwards from a fence for the last data record of a lane, down to the floor of the token's checkpoint. Windows
 * grow, so that a crash loop's worth of fences costs few requests and an ordinary restart reads one record.
 *
 * <p>A result counts only if every position between it and the fence was read: retention works record by record and may
 * leave holes anywhere (INV-37). Excepted are positions of which the caller knows that nothing of the lane was ever written
 * there: what an operator's trim took from them, its own record with it, does not matter. Pure; give it what each read brought with {@link #add}.
 */
final class WatermarkSearch {

    private static final int GROWTH = 4;
    private static final int MAX_WINDOW = 1000;

    /** What a search ends with. */
    sealed interface Finding {

        /** What the method for this finding gives. */
        <R> R map(Cases<R> cases);

        /** One method for each finding, so that a new one does not compile before it is handled. */
        interface Cases<R> {

            R found(Found found);

            R noData();

            R hole(long position);
        }

        /** The last data record of the lane below the fence. */
        record Found(long offset, long position, @Nullable Long timestamp) implements Finding {
            @Override
            public <R> R map(Cases<R> cases) {
                return cases.found(this);
            }
        }

        /** Every position from the floor to the fence was read and none holds a data record of the lane. */
        record NoData() implements Finding {
            @Override
            public <R> R map(Cases<R> cases) {
                return cases.noData();
            }
        }

        /** {@code position} could not be read, so nothing can be said. */
        record Hole(long position) implements Finding {
            @Override
            public <R> R map(Cases<R> cases) {
                return cases.hole(position);
            }
        }
    }

    /** One record, as far as the search needs it: {@code offset} is -1 unless it is a data record of the lane. */
    private record Seen(long seqNum, long offset, @Nullable Long timestamp) {}

    private final TopicPartition lane;
    private final long floor;
    private final long clearBelow;
    private final List<Seen> window = new ArrayList<>();
    /** Lowest position of the window being read. */
    private long low;
    /** One past the highest position of the window being read; everything from here to the fence was read. */
    private long high;
    /** Next position to ask for within the window. */
    private long next;

    private int size = 1;
    /** Highest position of a data record that is not the lane's, -1 if none was seen. */
    private long foreign = -1;

    /** @param clearBelow from the floor to here holes do not matter: nothing of the lane was written there */
    WatermarkSearch(TopicPartition lane, long floor, long clearBelow, long fence) {
        this.lane = lane;
        this.floor = floor;
        this.clearBelow = clearBelow;
        this.high = fence;
        openWindow();
    }

    /** Where to read next; meaningful until {@code finding} is not null. */
    long nextSeqNum() {
        return next;
    }

    /** How many records to ask for. */
    int nextCount() {
        return (int) (high - next);
    }

    /** Highest position above the finding that holds somebody else's data record, -1 if none. */
    long foreignPosition() {
        return foreign;
    }

    /** Nothing to read at all: the checkpoint reaches up to the fence. */
    @Nullable
    Finding initial() {
        return high <= floor ? new Finding.NoData() : null;
    }

    /** Takes what a read from {@link #nextSeqNum} brought; null while more reading is needed. */
    @Nullable
    Finding add(List<SequencedRecord> records) {
        long reached = high;
        for (SequencedRecord record : records) {
            if (record.seqNum() >= high) {
                reached = high;
                break;
            }
            window.add(seen(record));
            reached = record.seqNum() + 1;
        }
        // An empty answer says that nothing readable is left below the fence: the rest of the window is a hole.
        next = reached;
        return next < high ? null : closeWindow();
    }

    private @Nullable Finding closeWindow() {
        long expected = high - 1;
        for (int i = window.size() - 1; i >= 0; i--) {
            Seen record = window.get(i);
            if (record.seqNum() < expected && expected >= clearBelow) {
                return new Finding.Hole(expected);
            }
            if (record.offset() >= 0) {
                return new Finding.Found(record.offset(), record.seqNum(), record.timestamp());
            }
            expected = record.seqNum() - 1;
        }
        if (expected >= low && expected >= clearBelow) {
            return new Finding.Hole(expected);
        }
        high = low;
        if (high <= floor) {
            return new Finding.NoData();
        }
        size = Math.min(MAX_WINDOW, size * GROWTH);
        openWindow();
        return null;
    }

    private void openWindow() {
        window.clear();
        low = Math.max(floor, high - size);
        next = low;
    }

    private Seen seen(SequencedRecord record) {
        if (record.isCommand()) {
            return new Seen(record.seqNum(), -1, null);
        }
        RecordOrigin origin = RecordOrigin.of(record.headers());
        if (origin == null
                || origin.id().partition() != lane.partition()
                || !origin.id().topic().equals(lane.topic())) {
            foreign = Math.max(foreign, record.seqNum());
            return new Seen(record.seqNum(), -1, null);
        }
        return new Seen(record.seqNum(), origin.id().offset(), origin.timestamp());
    }
}
