package io.fenceline.connect.sink.lane;

import java.util.function.LongSupplier;
import org.apache.kafka.common.TopicPartition;

/**
 * What a lane wants of the consumer: where it should go on, and whether it should rest. The worker takes such requests
 * only within {@code put} and {@code open}; what is learned elsewhere is remembered as a wish until then.
 *
 * <p>Owned by the task thread.
 */
final class ConsumerSteering {

    private static final long NONE = -1;

    private final TopicPartition partition;
    private final TaskPort port;
    private final LaneCounters counters;
    private final LongSupplier nanoTime;

    private long wanted = NONE;
    /** A seek was asked for; what is handed over before the next {@code put} comes from before it. */
    private boolean underWay;

    private boolean backPressured;
    private boolean resting;
    private long restsUntil;
    private boolean paused;

    ConsumerSteering(TopicPartition partition, TaskPort port, LaneCounters counters, LongSupplier nanoTime) {
        this.partition = partition;
        this.port = port;
        this.counters = counters;
        this.nanoTime = nanoTime;
    }

    // ------------------------------------------------------------------ moving

    /** To be asked for in the next {@code put}. */
    void requestSeek(long offset) {
        wanted = offset;
    }

    /** Takes the wish back; -1 if there was none. */
    long takeWish() {
        long offset = wanted;
        wanted = NONE;
        return offset;
    }

    boolean hasWish() {
        return wanted != NONE;
    }

    /** Only within {@code put} and {@code open}. */
    void seek(long offset) {
        underWay = true;
        counters.seeks.increment();
        port.seek(partition, offset);
    }

    /** A {@code put} began: the worker has applied what was asked for earlier. Returns whether there was anything. */
    boolean applied() {
        boolean was = underWay;
        underWay = false;
        return was;
    }

    boolean isUnderWay() {
        return underWay;
    }

    // ------------------------------------------------------------------ resting

    void setBackPressure(boolean on) {
        backPressured = on;
    }

    boolean isBackPressured() {
        return backPressured;
    }

    /** Holds the partition back until {@code nanos} of the clock. */
    void restUntil(long nanos) {
        resting = true;
        restsUntil = nanos;
    }

    /**
     * Pauses or resumes the partition if that changed; only within {@code put} and {@code open}.
     *
     * @param mustRest     no record is wanted, whatever comes
     * @param takesRecords records can be taken; where they cannot, only {@code mustRest} holds the partition back
     * @return whether it was paused just now
     */
    boolean adjust(boolean mustRest, boolean takesRecords) {
        resting = resting && nanoTime.getAsLong() - restsUntil < 0;
        boolean hold = mustRest || ((backPressured || resting) && takesRecords);
        if (hold == paused) {
            return false;
        }
        paused = hold;
        if (hold) {
            port.pause(partition);
        } else {
            port.resume(partition);
        }
        return hold;
    }

    boolean isPaused() {
        return paused;
    }
}
