package io.fenceline.connect.sink.lane;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices jumps in the offsets handed over. A task cannot tell retention from compaction, transactions and filters: jumps
 * are counted, and a warning says so where lost records are likely.
 *
 * <p>Owned by the task thread.
 */
final class JumpWatch {

    private static final Logger log = LoggerFactory.getLogger(JumpWatch.class);
    private static final long NONE = -1;

    private final String lane;
    private final LaneCounters counters;
    private final Consumer<String> warnings;

    private long lastAccepted = NONE;
    /** Nothing is known of what the topic held before the group's position, and the first record is still to come. */
    private boolean pastUnknown;

    private boolean heldBack;

    JumpWatch(String lane, LaneCounters counters) {
        this(lane, counters, log::warn);
    }

    /** @param warnings are for the operator */
    JumpWatch(String lane, LaneCounters counters, Consumer<String> warnings) {
        this.lane = lane;
        this.counters = counters;
        this.warnings = warnings;
    }

    /** The target was made ready; the next record is the first since. */
    void begin(boolean nothingKnownOfThePast) {
        lastAccepted = NONE;
        pastUnknown = nothingKnownOfThePast;
    }

    /** The partition was paused: retention may pass it meanwhile. */
    void heldBack() {
        heldBack = true;
    }

    /** After a claim the lane goes on at {@code offset}, behind records that were not handed over. */
    void onSkipped(long from, long offset) {
        counters.gaps.increment();
        warnings.accept(lane + ": goes on at offset " + offset + "; offsets " + from + " to " + (offset - 1)
                + " were not handed over: filtered, compacted, skipped on purpose, or expired while nobody read them;"
                + " records that expired are lost");
    }

    void onAccepted(long offset) {
        if (pastUnknown && offset > 0) {
            warnings.accept(
                    lane + ": starts at offset " + offset + "; nothing is known of earlier records of this partition");
        } else if (lastAccepted != NONE && offset > lastAccepted + 1) {
            counters.gaps.increment();
            if (heldBack) {
                warnings.accept(lane + ": offset " + offset + " follows offset " + lastAccepted
                        + " after the partition was paused; if records in between were deleted by retention meanwhile,"
                        + " they are lost");
            }
        }
        pastUnknown = false;
        heldBack = false;
        lastAccepted = offset;
    }

    /** Offsets between {@code durable} and the last record accepted. */
    long lagBehind(long durable) {
        return lastAccepted == NONE ? 0 : Math.max(0, lastAccepted - durable);
    }
}
