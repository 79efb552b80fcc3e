package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of a lane go. A target knows its store and how to write to it; the lane knows Kafka: offsets, where to
 * begin, when the consumer rests, what may be committed.
 *
 * <pre>
 *   lane   ──  open, write, flush, endPut, drop, halt, close  ──►  target
 *   lane   ◄──  ready, lost, settled, refused, failed  ({@link Lane})  ──  target
 * </pre>
 *
 * <p>Both belong to the task thread, and so do all calls between them; a target posts what other threads tell it to
 * {@link TaskInbox}. So the lane hears from it within {@code put} and {@code preCommit}, and may call it back before it
 * returns: a target has finished with its own state when it tells the lane something.
 */
public interface LaneTarget {

    /** Makes the target of a partition. */
    interface Factory {

        /**
         * @param lane    whom the target tells what happens; not before {@link LaneTarget#open}
         * @param offsets where the target opens an entry for each run of records that it settles as one
         */
        LaneTarget create(TopicPartition partition, Lane lane, OffsetTracker offsets);
    }

    /** Whether a target takes records. */
    enum Readiness {
        /** Not yet; the partition is held back meanwhile. */
        PREPARING,
        /** It takes records, and keeps those that it cannot send at once. */
        READY,
        /** Another writer has it. Records still come, since they show that the partition is this task's, and are dropped. */
        LOST
    }

    /** Whom a target tells what happens to it. */
    interface Lane {

        /** The target takes records, wherever the consumer stands. */
        void onReady();

        /** The target takes records, and {@code end} says how far it holds the partition's. */
        void onReadyBehind(TargetEnd end);

        /** Another writer has the target. Forgets what is not settled, as {@link #dropUnsettled} does. */
        void onLost();

        /**
         * The entry's records are durable. Entries are settled in any order; one that was dropped meanwhile is ignored.
         *
         * @throws IllegalStateException it was refused before
         */
        void onSettled(OffsetTracker.Entry entry);

        /**
         * The store refuses a record that {@link LaneTarget#write} took, for what is in it; whatever came behind it may be
         * settled already. The record goes to Connect's error handling, and the entry is settled when its report is safe.
         * Where records must not be skipped the lane takes no more of them, and stops once everything before this one is
         * settled. The target has nothing more to do with the entry, and counts it no longer in {@link LaneTarget#heldBytes}.
         *
         * @param entry  of this record alone; one that was dropped meanwhile is ignored
         * @param reason names topic-partition@offset and what to do
         * @throws IllegalStateException the entry has other records, or was settled or refused before
         */
        void onRefused(OffsetTracker.Entry entry, SinkRecord record, UnmappableRecordException reason);

        /** The target cannot go on: an operator has to look at it. */
        void onFailed(TerminalException reason);

        /** Forgets everything that is not settled; Kafka has it and gives it again. Calls {@link LaneTarget#drop}. */
        void dropUnsettled();
    }

    // ------------------------------------------------------------------ in the order of a lane's life

    /** The partition was assigned: begins to make the target ready. */
    void open(long now);

    /**
     * Takes the record at {@code offset}, which is above all others it took since {@link #drop}; only while it is ready.
     * When it returns the record is in an entry of the lane's offsets, opened before it returns and behind those opened
     * before: what is in none counts as settled. Not checked, as it would cost a look at every record.
     *
     * @return false if the record is not to be written: its value is null and null values are ignored
     * @throws UnmappableRecordException this one record cannot be written; nothing was taken
     * @throws RetriableException        it cannot be converted just now; nothing was taken
     */
    boolean write(SinkRecord record, long offset, long now);

    /** What was taken so far waits for no more records. */
    void flush();

    /**
     * Last in every {@code put}: sends what is due.
     *
     * @param busy     the task has more than it can do, see {@link TaskLoad}
     * @param heldBack the partition is paused until records of it are settled
     * @return false while an answer is out that has to be heard before the lane stops for a record: it may say that the
     *     target is lost, or gone
     */
    boolean endPut(long now, boolean busy, boolean heldBack);

    /**
     * Connect was told in {@code preCommit} that everything below {@code offset} may be committed. Often the same as last
     * time, and lower than that after a seek; whether the commit succeeds is not known. Also while the target is not
     * ready, and after {@link #halt}.
     */
    void onCommitGiven(long offset);

    /**
     * At the end of a {@code put}, when every record handed over is settled: time for what has to wait for that.
     *
     * @param idleNanos how long ago the last record was handed over
     */
    void onQuiet(long now, long idleNanos);

    /** It is lost, and Kafka has handed over records since: the partition is still this task's. */
    void takeBack(long now);

    /** Forgets what was taken and is not settled; nothing of it is sent or settled any more. */
    void drop();

    /**
     * The lane stops for {@code reason}, after {@link #drop}. Whatever is still answered changes nothing.
     *
     * @param onlySeenHere another task that gets the partition would not come to this stop by itself
     * @return when a mark for that task was left, and what the lane ends with then; null if there is none to leave
     */
    @Nullable
    CompletableFuture<TerminalException> halt(TerminalException reason, boolean onlySeenHere);

    /**
     * The partition is not ours any more. Sends no data.
     *
     * @param quiet every record handed over is settled
     * @return when a last message to the next owner is answered, null if there is none
     */
    @Nullable
    CompletableFuture<?> close(boolean quiet);

    // ------------------------------------------------------------------ questions

    Readiness readiness();

    /** How far it is known to hold the partition's records. */
    TargetEnd end();

    /** Bytes, as the store counts them, of records taken and not settled. */
    long heldBytes();

    /** See {@link MemoryHolder#usefulBytes}. */
    long usefulBytes();

    /**
     * Nanoseconds until it wants {@link #endPut} called again, {@link Long#MAX_VALUE} if it can wait.
     *
     * @param watchful how soon to look again where something is expected to happen
     */
    long wakeWithin(long now, long watchful);

    /** What it is, in messages: {@code stream} or {@code queue}. */
    String noun();

    /** Name of the stream or queue. */
    String name();

    /** Where it is in its life, in its own words, for logs and figures. */
    String state();

    /** What it shows to operators beside the lane's own figures. */
    List<Gauge> gauges();

    /** It has not stopped, and an answer that may stop it is out. */
    default boolean mayStillStop() {
        return false;
    }

    /** It has stopped for something that may have met the task's other targets as well. */
    default boolean isOneOfMany() {
        return false;
    }

    // ------------------------------------------------------------------ what a lane ends with

    /** The stop of this target, with what is known by now of others of the task that have stopped for the same thing. */
    default TerminalException withTheOthers(TerminalException stop) {
        return stop;
    }

    /** The topic contradicts the target. */
    TerminalException topicRecreated(String seen);

    /** A record that must not be skipped cannot be written, and everything before it is durable. */
    TerminalException unwritable(UnmappableRecordException record);

    /** The record at {@code offset} cannot be written, and its report to the dead letter queue failed. */
    TerminalException reportLost(long offset, Throwable reason);
}
