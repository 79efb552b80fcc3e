package io.fenceline.connect.source.sqs;

import io.fenceline.connect.MisfitException;
import io.fenceline.connect.ProducedSize;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.OversizeWatch;
import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.queue.HeldMessage;
import io.fenceline.connect.sqs.QueueSourceStops;
import io.fenceline.connect.sqs.QueuedRecord;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceivedMessage;
import java.util.OptionalLong;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes Kafka records of the messages of one queue: those of the SQS sink become what they were, those of other senders a value
 * with headers. The offset of each names its message in the slot it was given. Owned by one task thread. Arrays of a message are
 * shared with the record, and a body that stays text is not copied.
 */
public final class QueueRecordMapper {

    private final QueueUrl queue;
    private final boolean fifo;
    private final String topic;
    private final ValueType valueType;
    private final SlotOffsets slots;
    private final Long start;
    private final OversizeWatch oversize;
    private final QueueSourceStops stops;

    /**
     * @param start of the task as the ledger counts them, from 1
     * @param oversize of the task's configuration
     */
    public QueueRecordMapper(QueueUrl queue, SqsSourceConfig config, long start, OversizeWatch oversize) {
        this.queue = queue;
        this.fifo = queue.isFifo();
        this.topic = config.topic().topicFor(queue.name(), null).orElseThrow();
        this.valueType = config.get(SqsSourceConfig.VALUE_TYPE);
        this.slots = new SlotOffsets(queue.identity());
        this.start = start;
        this.oversize = oversize;
        this.stops = QueueSourceStops.ofQueue(config.connectorName(), queue);
    }

    /**
     * The record for Kafka.
     *
     * @throws TerminalException {@code UNMAPPABLE_RECORD} or {@code RECORD_TOO_LARGE}, naming queue and message
     */
    public SourceRecord map(HeldMessage held) {
        ReceivedMessage message = held.message();
        QueuedRecord queued;
        try {
            queued = QueuedRecord.of(message, fifo);
        } catch (MisfitException e) {
            throw stops.unmappable(message.messageId(), String.valueOf(e.getMessage()));
        }
        Object value = value(message, queued);
        SourceRecord record = new SourceRecord(
                slots.partition(held.slot()),
                SlotOffsets.offset(message.messageId(), start),
                topic,
                null,
                queued.key() == null ? null : Schema.OPTIONAL_BYTES_SCHEMA,
                queued.key(),
                valueSchema(value),
                value,
                queued.timestamp(),
                headers(queued));
        checkSize(held, record);
        return record;
    }

    private @Nullable Object value(ReceivedMessage message, QueuedRecord queued) {
        if (valueType == ValueType.BYTES) {
            return queued.valueAsBytes();
        }
        try {
            return queued.valueAsText();
        } catch (MisfitException e) {
            throw stops.notText(message.messageId());
        }
    }

    private @Nullable Schema valueSchema(@Nullable Object value) {
        if (value == null) {
            return null; // with any schema some converters make something of a tombstone
        }
        return valueType == ValueType.STRING ? Schema.OPTIONAL_STRING_SCHEMA : Schema.OPTIONAL_BYTES_SCHEMA;
    }

    private static ConnectHeaders headers(QueuedRecord queued) {
        ConnectHeaders headers = new ConnectHeaders();
        for (MessageAttribute attribute : queued.headers()) {
            headers.add(attribute.name(), QueuedRecord.valueOf(attribute), Schema.OPTIONAL_BYTES_SCHEMA);
        }
        return headers;
    }

    /** The producer's own refusal names neither queue nor message, and a record it refuses must not take a slot. */
    private void checkSize(HeldMessage held, SourceRecord record) {
        if (!oversize.mayBeRefused(held.size())) {
            return;
        }
        String messageId = held.message().messageId();
        OptionalLong produced = ProducedSize.of(record).bytes();
        if (produced.isPresent() && produced.getAsLong() > oversize.limit() && oversize.isCertain()) {
            throw stops.tooLarge(messageId, produced.getAsLong(), oversize.limit());
        }
        oversize.warn("of message " + messageId + " of queue '" + queue + "'", held.size());
    }
}
