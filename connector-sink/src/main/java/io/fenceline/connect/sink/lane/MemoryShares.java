package io.fenceline.connect.sink.lane;

import java.util.Collection;

/**
 * Shares a task's memory between its lanes by pausing partitions. A lane that holds more than its share is paused until
 * half of it is free again, so that streams that are slow cannot keep the others waiting; should one poll overshoot the
 * task's limit all the same, everything is paused until a quarter of it is free. Nothing is ever dropped or refused.
 *
 * <p>Owned by the task thread.
 */
public final class MemoryShares {

    private final long taskLimit;
    private final long laneLimit;
    private boolean overshot;

    /**
     * @param taskLimit bytes all lanes may hold together
     * @param laneLimit bytes one lane may hold: enough to keep its window full while the consumer is resumed
     */
    public MemoryShares(long taskLimit, long laneLimit) {
        this.taskLimit = taskLimit;
        this.laneLimit = laneLimit;
    }

    void apportion(Collection<? extends MemoryHolder> lanes) {
        long total = 0;
        int holding = 0;
        for (MemoryHolder lane : lanes) {
            total += lane.heldBytes();
            holding += lane.heldBytes() > 0 ? 1 : 0;
        }
        overshot = overshot ? total > taskLimit - taskLimit / 4 : total > taskLimit;
        long high = Math.max(1, Math.min(laneLimit, taskLimit / (holding + 1)));
        for (MemoryHolder lane : lanes) {
            long held = lane.heldBytes();
            lane.setBackPressure(overshot || (lane.isBackPressured() ? held > high / 2 : held >= high));
        }
    }
}
