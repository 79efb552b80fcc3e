package io.fenceline.connect.sink.queue;

import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.config.GroupTemplate;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.connect.sqs.DeduplicationId;
import io.fenceline.connect.sqs.MessageGroups;
import io.fenceline.connect.sqs.QueueRecordForm;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** Makes messages as the configuration says. Owned by the task thread. */
public final class QueueMessages implements MessageMaker.Factory {

    private final RecordMapper mapper;
    private final HeaderSelection headers;
    private final @Nullable GroupTemplate groups;
    private final String namespace;

    /**
     * @param groups    null: messages get no group
     * @param namespace goes into deduplication ids
     */
    public QueueMessages(
            RecordMapper mapper, HeaderSelection headers, @Nullable GroupTemplate groups, String namespace) {
        this.mapper = mapper;
        this.headers = headers;
        this.groups = groups;
        this.namespace = namespace;
    }

    @Override
    public MessageMaker of(TopicPartition partition, QueueUrl queue, QueueSettings settings) {
        QueueRecordForm form = new QueueRecordForm(headers, settings.maximumMessageSize());
        MessageGroups group =
                groups == null ? null : new MessageGroups(groups, partition.topic(), partition.partition());
        return record -> message(record, form, group, partition, queue.isFifo());
    }

    private @Nullable OutgoingMessage message(
            SinkRecord record,
            QueueRecordForm form,
            @Nullable MessageGroups group,
            TopicPartition partition,
            boolean fifo) {
        if (!mapper.map(record, form)) {
            return null;
        }
        String id = fifo
                ? DeduplicationId.of(
                        namespace,
                        partition.topic(),
                        partition.partition(),
                        record.originalKafkaOffset(),
                        record.timestamp())
                : null;
        return form.message(group, id);
    }
}
