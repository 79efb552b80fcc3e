package io.fenceline.connect.sink.queue;

import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Makes the messages of one partition's records. Task thread only. */
interface MessageMaker {

    /** For the records of a partition, once it is known how its queue is set up. */
    interface Factory {
        MessageMaker of(TopicPartition partition, QueueUrl queue, QueueSettings settings);
    }

    /**
     * The message is a pure function of the record and the configuration: the same record gives the same message.
     *
     * @return null if the record is not to be sent: its value is null and null values are ignored
     * @throws io.fenceline.connect.UnmappableRecordException this one record has no place in a queue
     * @throws org.apache.kafka.connect.errors.RetriableException it cannot be converted just now
     */
    @Nullable
    OutgoingMessage of(SinkRecord record);
}
