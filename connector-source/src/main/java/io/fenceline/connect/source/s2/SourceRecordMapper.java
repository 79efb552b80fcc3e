package io.fenceline.connect.source.s2;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.RecordId;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UserHeader;
import io.fenceline.connect.s2.StoredRecord;
import io.fenceline.connect.source.TopicTemplate;
import io.fenceline.connect.source.ValueType;
import io.fenceline.s2.wire.SequencedRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Makes Kafka records of the data records of one stream: those of the S2 sink become what they were, those of other writers
 * a value with headers. Owned by one task thread. The arrays of a record are shared with the result, not copied.
 */
public final class SourceRecordMapper {

    /** 1973 to 2286. Seconds of today are below, microseconds above. */
    private static final long MIN_PLAUSIBLE_MILLIS = 100_000_000_000L;

    private static final long MAX_PLAUSIBLE_MILLIS = 9_999_999_999_999L;

    private final StreamPartition partition;
    private final Map<String, String> sourcePartition;
    private final TopicTemplate template;
    private final ValueType valueType;
    private final boolean restorePartition;
    /** Null: there are no heartbeats. */
    private final @Nullable String heartbeatTopic;

    /** The topic of the record before, and of which record topic it was made: nearly always the same again. */
    private @Nullable String topic;

    private @Nullable String topicMadeOf;

    private @Nullable Instant createdAt;
    private @Nullable String createdAtText;

    public SourceRecordMapper(StreamPartition partition, S2SourceConfig config) {
        this(
                partition,
                config.topic(),
                config.get(S2SourceConfig.VALUE_TYPE),
                config.get(S2SourceConfig.RESTORE_PARTITION),
                config.usedHeartbeatTopic());
    }

    SourceRecordMapper(
            StreamPartition partition,
            TopicTemplate template,
            ValueType valueType,
            boolean restorePartition,
            @Nullable String heartbeatTopic) {
        this.partition = partition;
        this.sourcePartition = partition.toMap();
        this.template = template;
        this.valueType = valueType;
        this.restorePartition = restorePartition;
        this.heartbeatTopic = heartbeatTopic;
    }

    /**
     * The record for Kafka; its offset says to go on behind it.
     *
     * @param record    not a command record
     * @param createdAt which stream of this name it is of; null if that is not known
     * @throws TerminalException {@code UNMAPPABLE_RECORD}, naming stream and number
     */
    public SourceRecord map(SequencedRecord record, @Nullable Instant createdAt) {
        StoredRecord stored = StoredRecord.of(record.headers(), record.body());
        RecordId id = stored.id();
        return new SourceRecord(
                sourcePartition,
                offsetBehind(record, createdAt),
                topicOf(record, id),
                restorePartition && id != null ? id.partition() : null,
                stored.key() == null ? null : Schema.OPTIONAL_BYTES_SCHEMA,
                stored.key(),
                valueSchema(stored.value()),
                value(record, stored.value()),
                id == null ? plausible(record.timestamp()) : stored.timestamp(),
                headers(record, stored.headers()));
    }

    private Map<String, Object> offsetBehind(SequencedRecord record, @Nullable Instant createdAt) {
        long next = record.seqNum() + 1;
        if (next <= 0) {
            throw unmappable(record, "its number is too large: Connect's offsets end at 2^63-1")
                    .remedy("go on with another stream: nothing in this one can be read behind that number")
                    .build();
        }
        if (!Objects.equals(this.createdAt, createdAt)) {
            this.createdAt = createdAt;
            this.createdAtText = createdAt == null ? null : createdAt.toString();
        }
        return SourceOffset.toMap(next, createdAtText);
    }

    private String topicOf(SequencedRecord record, @Nullable RecordId id) {
        String madeOf = id == null || !template.usesRecordTopic() ? null : id.topic();
        String known = topic;
        if (known != null && Objects.equals(madeOf, topicMadeOf)) {
            return known;
        }
        String made;
        try {
            made = template.topicFor(partition.stream(), id).orElseThrow(() -> unmappable(
                            record,
                            "it has no kafka.id, so it was not written by the S2 sink, and 'topic' asks for"
                                    + " the topic it came from")
                    .remedy("use a 'topic' without ${topic}, or skip the record\n" + skipping(record))
                    .build());
        } catch (ConfigException e) {
            throw unmappable(record, String.valueOf(e.getMessage()))
                    .remedy("use another 'topic', or skip the record\n" + skipping(record))
                    .cause(e)
                    .build();
        }
        if (made.equals(heartbeatTopic)) {
            throw unmappable(
                            record,
                            "its topic '" + made + "' is " + S2SourceConfig.HEARTBEAT_TOPIC
                                    + ", which is for heartbeats alone")
                    .remedy("give " + S2SourceConfig.HEARTBEAT_TOPIC
                            + " a name that no record's topic has, or skip the record\n" + skipping(record))
                    .build();
        }
        topic = made;
        topicMadeOf = madeOf;
        return made;
    }

    private @Nullable Schema valueSchema(byte @Nullable [] value) {
        if (value == null) {
            return null; // with any schema some converters make something of a tombstone
        }
        return valueType == ValueType.STRING ? Schema.OPTIONAL_STRING_SCHEMA : Schema.OPTIONAL_BYTES_SCHEMA;
    }

    private @Nullable Object value(SequencedRecord record, byte @Nullable [] value) {
        if (value == null || valueType == ValueType.BYTES) {
            return value;
        }
        String text = utf8(value);
        if (text == null) {
            throw unmappable(record, "its body is not UTF-8 and " + S2SourceConfig.VALUE_TYPE + " is 'string'")
                    .remedy("set " + S2SourceConfig.VALUE_TYPE + " to 'bytes', or skip the record\n" + skipping(record))
                    .build();
        }
        return text;
    }

    private @Nullable ConnectHeaders headers(SequencedRecord record, List<UserHeader> user) {
        if (user.isEmpty()) {
            return null;
        }
        ConnectHeaders headers = new ConnectHeaders();
        for (int i = 0; i < user.size(); i++) {
            UserHeader header = user.get(i);
            String name = utf8(header.name());
            if (name == null) {
                throw unmappable(
                                record,
                                "the name of header " + (i + 1) + " of " + user.size()
                                        + " is not UTF-8, and Kafka's header names are text")
                        .remedy("correct its writer, and skip the record\n" + skipping(record))
                        .build();
            }
            headers.add(name, header.value(), Schema.OPTIONAL_BYTES_SCHEMA);
        }
        return headers;
    }

    /** Null if it is not a time anybody means: S2 lets its clients count in any unit. */
    private static @Nullable Long plausible(long timestamp) {
        return timestamp >= MIN_PLAUSIBLE_MILLIS && timestamp <= MAX_PLAUSIBLE_MILLIS ? timestamp : null;
    }

    /** Null if the bytes are not UTF-8. Decoding replaces what is not, so only a result with replacements is suspect. */
    private static @Nullable String utf8(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 || Arrays.equals(text.getBytes(StandardCharsets.UTF_8), bytes) ? text : null;
    }

    private TerminalException.Builder unmappable(SequencedRecord record, String reason) {
        return TerminalException.of(
                        TerminalCode.UNMAPPABLE_RECORD,
                        "record " + number(record) + " of stream '" + partition + "' cannot be written to Kafka: "
                                + reason)
                .where("stream '" + partition + "'")
                .safe("the records before it are handed over");
    }

    private String skipping(SequencedRecord record) {
        return "to skip it: stop the connector, PATCH its offsets with this body, resume it: "
                + OffsetRequestText.body(
                        sourcePartition, OffsetRequestText.SEQ_NUM, Long.toUnsignedString(record.seqNum() + 1));
    }

    private static String number(SequencedRecord record) {
        return Long.toUnsignedString(record.seqNum());
    }
}
