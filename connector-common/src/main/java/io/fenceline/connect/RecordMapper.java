package io.fenceline.connect;

import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;
import org.jspecify.annotations.Nullable;

/**
 * Says what a Kafka record is to the {@link RecordForm} it is written in: identity, timestamp, key, headers and value, the last
 * three as bytes. Owned by one task thread.
 *
 * <p>What it hands to a form are the record's own arrays and buffers of this mapper, so the form is good until the next call
 * of {@link #map}. A record of bytes without headers costs no allocation once its partition has been seen.
 */
public final class RecordMapper {

    /** Name of the configuration key for the converter of what is neither bytes nor text. */
    public static final String BODY_CONVERTER = "body.converter";

    private final NullValueBehavior nullValues;
    private final ReservedHeaderBehavior reservedHeaders;
    private final Converter keyConverter;
    private final Converter bodyConverter;
    private final SimpleHeaderConverter headerConverter = new SimpleHeaderConverter();

    private final Map<String, IdBuffer[]> idBuffers = new HashMap<>();
    private IdBuffer lastId = new IdBuffer("?", 0);

    /** The converters are asked for keys, values that are neither bytes nor text. */
    public RecordMapper(
            NullValueBehavior nullValues,
            ReservedHeaderBehavior reservedHeaders,
            Converter keyConverter,
            Converter bodyConverter) {
        this.nullValues = nullValues;
        this.reservedHeaders = reservedHeaders;
        this.keyConverter = keyConverter;
        this.bodyConverter = bodyConverter;
    }

    /**
     * Describes {@code record} in {@code form}, which is reset first.
     *
     * @return false if the record is not to be written: its value is null and null values are ignored
     * @throws UnmappableRecordException if this one record cannot be written; the mapper and the form stay usable
     * @throws RetriableException if the converter cannot work at the moment, e.g. a schema registry does not answer
     */
    public boolean map(SinkRecord record, RecordForm form) {
        form.reset();
        if (record.value() == null && nullValues != NullValueBehavior.WRITE) {
            if (nullValues == NullValueBehavior.IGNORE) {
                return false;
            }
            throw unmappable(record, form, "its value is null and " + NullValueBehavior.KEY + " is 'fail'", null);
        }
        try {
            describe(record, form);
        } catch (MisfitException misfit) {
            throw new UnmappableRecordException(
                    misfit.code(), coordinates(record), form.destination(), misfit.reason(), null);
        }
        return true;
    }

    private void describe(SinkRecord record, RecordForm form) throws MisfitException {
        addId(record, form);
        Long timestamp = record.timestamp();
        // Kafka says -1 for "none"
        if (timestamp != null && timestamp >= 0) {
            form.timestamp(timestamp);
        }
        addKey(record, form);
        if (record.value() == null) {
            form.nullValue();
        }
        if (!record.headers().isEmpty()) {
            addUserHeaders(record, form);
        }
        addBody(record, form);
        form.check();
    }

    private void addId(SinkRecord record, RecordForm form) {
        String topic = record.originalTopic();
        Integer partition = record.originalKafkaPartition();
        long offset = record.originalKafkaOffset();
        if (topic == null || topic.isEmpty() || partition == null || partition < 0 || offset < 0) {
            throw unmappable(record, form, "it does not carry its original topic, partition and offset", null);
        }
        IdBuffer id = idBuffer(topic, partition);
        form.id(id.bytes, id.offset.show(offset));
    }

    private void addKey(SinkRecord record, RecordForm form) {
        Object key = record.key();
        if (key == null) {
            return;
        }
        if (key instanceof byte[] bytes) {
            form.key(bytes, 0, bytes.length);
        } else if (key instanceof ByteBuffer buffer && buffer.hasArray()) {
            form.key(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
        } else {
            byte[] bytes = toBytes(record, form, "key", keyConverter, record.keySchema(), key);
            form.key(bytes, 0, bytes.length);
        }
    }

    private void addBody(SinkRecord record, RecordForm form) {
        Object value = record.value();
        if (value == null) {
            return;
        }
        if (value instanceof byte[] bytes) {
            form.body(bytes, 0, bytes.length);
        } else if (value instanceof ByteBuffer buffer && buffer.hasArray()) {
            form.body(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
        } else if (value instanceof String text) {
            form.textBody(text);
        } else {
            byte[] bytes = toBytes(record, form, "value", bodyConverter, record.valueSchema(), value);
            form.body(bytes, 0, bytes.length);
        }
    }

    private void addUserHeaders(SinkRecord record, RecordForm form) throws MisfitException {
        for (Header header : record.headers()) {
            String name = header.key() == null ? "" : header.key();
            if (!form.wantsHeader(name)) {
                continue;
            }
            if (ReservedHeaders.isReserved(name)) {
                switch (reservedHeaders) {
                    case FAIL ->
                        throw unmappable(
                                record,
                                form,
                                "its header '" + name + "' has a reserved name (beginning with '"
                                        + ReservedHeaders.PREFIX + "') and " + ReservedHeaderBehavior.KEY
                                        + " is 'fail'",
                                null);
                    case DROP -> {
                        continue;
                    }
                    case RENAME -> name = ReservedHeaders.RENAME_PREFIX + name;
                }
            }
            form.header(name, headerValue(record, form, header));
        }
    }

    private byte @Nullable [] headerValue(SinkRecord record, RecordForm form, Header header) {
        Object value = header.value();
        if (value == null) {
            return null;
        }
        if (value instanceof byte[] bytes) {
            return bytes;
        }
        if (value instanceof ByteBuffer buffer) {
            return copy(buffer);
        }
        try {
            return headerConverter.fromConnectHeader(record.topic(), header.key(), header.schema(), value);
        } catch (RuntimeException e) {
            throw unmappable(record, form, "its header '" + header.key() + "' has no text form", e);
        }
    }

    private static byte[] toBytes(
            SinkRecord record,
            RecordForm form,
            String part,
            Converter converter,
            @Nullable Schema schema,
            Object value) {
        if (value instanceof String text) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        if (value instanceof ByteBuffer buffer) {
            return copy(buffer);
        }
        byte[] bytes;
        try {
            bytes = converter.fromConnectData(record.topic(), schema, value);
        } catch (RetriableException | org.apache.kafka.common.errors.RetriableException e) {
            throw new RetriableException(
                    BODY_CONVERTER + " could not convert the " + part + " now ("
                            + e.getClass().getName() + ")",
                    withoutMessage(e));
        } catch (RuntimeException e) {
            throw unmappable(record, form, BODY_CONVERTER + " refused its " + part, e);
        }
        if (bytes == null) {
            throw unmappable(record, form, BODY_CONVERTER + " gave no bytes for its " + part, null);
        }
        return bytes;
    }

    private IdBuffer idBuffer(String topic, int partition) {
        IdBuffer last = lastId;
        if (last.partition == partition && last.topic.equals(topic)) {
            return last;
        }
        IdBuffer[] ofTopic = idBuffers.get(topic);
        if (ofTopic == null || ofTopic.length <= partition) {
            ofTopic = ofTopic == null ? new IdBuffer[partition + 1] : Arrays.copyOf(ofTopic, partition + 1);
            idBuffers.put(topic, ofTopic);
        }
        IdBuffer id = ofTopic[partition];
        if (id == null) {
            id = new IdBuffer(topic, partition);
            ofTopic[partition] = id;
        }
        lastId = id;
        return id;
    }

    private static byte[] copy(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static UnmappableRecordException unmappable(
            SinkRecord record, RecordForm form, String reason, @Nullable RuntimeException cause) {
        return new UnmappableRecordException(
                UNMAPPABLE_RECORD,
                coordinates(record),
                form.destination(),
                reason,
                cause == null ? null : withoutMessage(cause));
    }

    /** Type and place of a failure; what converters say about it often quotes the record. */
    private static DataException withoutMessage(RuntimeException failure) {
        DataException stripped = new DataException(failure.getClass().getName() + " (message withheld)");
        stripped.setStackTrace(failure.getStackTrace());
        return stripped;
    }

    private static String coordinates(SinkRecord record) {
        return record.originalTopic() + "-" + record.originalKafkaPartition() + "@" + record.originalKafkaOffset();
    }

    /** The id of one partition's records: the part that never changes, and room for the offset's digits behind it. */
    private static final class IdBuffer {

        final String topic;
        final int partition;
        final byte[] bytes;
        final DecimalDigits offset;

        IdBuffer(String topic, int partition) {
            byte[] prefix = (topic + '/' + partition + '/').getBytes(StandardCharsets.UTF_8);
            this.topic = topic;
            this.partition = partition;
            this.bytes = Arrays.copyOf(prefix, prefix.length + DecimalDigits.MOST);
            this.offset = new DecimalDigits(bytes, prefix.length);
        }
    }
}
