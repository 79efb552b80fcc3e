package io.fenceline.connect.verify;

import java.util.Map;
import java.util.TreeMap;

/**
 * A set of offsets in bounded memory, kept as runs of neighbours. Offsets are added in ascending order and taken out in any.
 * When there are too many runs, the oldest become one that covers offsets between them, too: of those it can only say
 * {@link Contains#MAYBE}, and takes none out. Owned by one thread.
 */
final class OffsetRuns {

    /** Whether an offset is in the set. */
    enum Contains {
        YES,
        NO,
        /** It lies where too many runs became one. */
        MAYBE
    }

    private final int maxRuns;

    /** First offset of a run to its last. */
    private final TreeMap<Long, Long> runs = new TreeMap<>();

    /** The runs that became one; empty while {@code blurredTo} is -1. */
    private long blurredFrom = Long.MAX_VALUE;

    private long blurredTo = -1;

    /** @param maxRuns how many are kept exactly, besides the one in which the oldest end up */
    OffsetRuns(int maxRuns) {
        this.maxRuns = maxRuns;
    }

    /** Adds the offsets from {@code first} to {@code last}, both included; all must be above those added before. */
    void add(long first, long last) {
        Map.Entry<Long, Long> latest = runs.lastEntry();
        if (latest != null && latest.getValue() == first - 1) {
            runs.put(latest.getKey(), last);
        } else {
            runs.put(first, last);
            blurOldest();
        }
    }

    Contains contains(long offset) {
        if (offset >= blurredFrom && offset <= blurredTo) {
            return Contains.MAYBE;
        }
        Map.Entry<Long, Long> run = runs.floorEntry(offset);
        return run != null && run.getValue() >= offset ? Contains.YES : Contains.NO;
    }

    /** Takes {@code offset} out if it is certainly there; says what {@link #contains} said before. */
    Contains remove(long offset) {
        Contains found = contains(offset);
        if (found == Contains.YES) {
            Map.Entry<Long, Long> run = runs.floorEntry(offset);
            runs.remove(run.getKey());
            if (run.getKey() < offset) {
                runs.put(run.getKey(), offset - 1);
            }
            if (offset < run.getValue()) {
                runs.put(offset + 1, run.getValue());
            }
            blurOldest();
        }
        return found;
    }

    /** The smallest offset that may be in the set; {@link Long#MAX_VALUE} if there is none. */
    long first() {
        return Math.min(blurredFrom, runs.isEmpty() ? Long.MAX_VALUE : runs.firstKey());
    }

    private void blurOldest() {
        while (runs.size() + (blurredTo < 0 ? 0 : 1) > maxRuns + 1) {
            Map.Entry<Long, Long> oldest = runs.pollFirstEntry();
            blurredFrom = Math.min(blurredFrom, oldest.getKey());
            blurredTo = Math.max(blurredTo, oldest.getValue());
        }
    }
}
