package io.fenceline.connect.sink.lane;

import java.util.Collection;

/**
 * Shares a task's memory between its lanes by pausing partitions. A lane that holds what is of use to it, or its share, is
 * paused until {@link #READY_BYTES} of that are free again, or half of it if that is less. So targets that are slow cannot keep
 * the others waiting: they leave a share for one that holds nothing yet, and what one holds far beyond its own is not shared
 * among the others. Should one poll overshoot the task's limit all the same, everything is paused until a quarter of it is free.
 * Nothing is ever dropped or refused.
 *
 * <p>Owned by the task thread.
 */
public final class MemoryShares {

    /** Enough to go on with while the consumer is resumed. */
    public static final long READY_BYTES = 5 << 20;

    private final long taskLimit;
    private boolean overshot;

    /** @param taskLimit bytes all lanes may hold together */
    public MemoryShares(long taskLimit) {
        this.taskLimit = taskLimit;
    }

    void apportion(Collection<? extends MemoryHolder> lanes) {
        long total = 0;
        int holding = 0;
        for (MemoryHolder lane : lanes) {
            total += lane.heldBytes();
            holding += lane.heldBytes() > 0 ? 1 : 0;
        }
        overshot = overshot ? total > taskLimit - taskLimit / 4 : total > taskLimit;
        long share = lanes.size() == 1 ? taskLimit - taskLimit / 8 : shareOfSeveral(lanes, holding + 1);
        for (MemoryHolder lane : lanes) {
            long held = lane.heldBytes();
            long high = Math.max(1, Math.min(share, lane.usefulBytes()));
            long low = high - Math.min(high - high / 2, READY_BYTES);
            lane.setBackPressure(overshot || (lane.isBackPressured() ? held > low : held >= high));
        }
    }

    private long shareOfSeveral(Collection<? extends MemoryHolder> lanes, int parts) {
        long even = taskLimit / parts;
        long beyond = 0;
        for (MemoryHolder lane : lanes) {
            long held = lane.heldBytes();
            // a little more is what one poll brings
            beyond += held >= 2 * even ? held - even : 0;
        }
        return Math.max(0, taskLimit - beyond) / parts;
    }
}
