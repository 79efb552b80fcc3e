package io.fenceline.connect.sink.lane;

import io.fenceline.connect.UnmappableRecordException;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a lane may ask of the worker. Task thread only; to seek, pause and resume only from {@code put} or {@code open}, the
 * rest also from {@code preCommit}.
 */
public interface TaskPort {

    /** Moves the consumer; takes effect before the next records are handed over. */
    void seek(TopicPartition lane, long offset);

    void pause(TopicPartition lane);

    void resume(TopicPartition lane);

    /** Whether the worker still lists the partition as assigned. */
    boolean isAssigned(TopicPartition lane);

    /** Asks for a {@code preCommit} before records are next fetched, besides those that come by time. */
    void requestCommit();

    /**
     * Hands an errant record to Connect's error handling.
     *
     * @return when the report is safe, null if it is already. A failure that is an {@link UnmappableRecordException} says
     *     what to do
     * @throws UnmappableRecordException {@code reason} itself, if records must not be skipped, or one that says what came of
     *     the report, if it is lost for certain
     */
    @Nullable
    Future<?> report(SinkRecord record, UnmappableRecordException reason);
}
