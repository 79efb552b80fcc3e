package io.fenceline.connect;

import static io.fenceline.connect.TerminalCode.RECORD_TOO_LARGE;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.s2.wire.RecordDraft;
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
 * Describes Kafka records in the form they have on S2 (see {@link ReservedHeaders}). Owned by one task thread.
 *
 * <p>What it puts into a draft refers to the record's own arrays and to buffers of this mapper, so a draft is good until
 * the next call of {@link #map}. A record of bytes without headers costs no allocation once its partition has been seen.
 */
public final class RecordMapper {

    /** The largest metered size of a record S2 takes. */
    public static final int MAX_RECORD_BYTES = 1 << 20;

    /** Header names seen often are encoded once; a stream with ever new names must not grow the cache for ever. */
    private static final int MAX_CACHED_NAMES = 256;

    private static final byte[] EMPTY = new byte[0];

    private final NullValueBehavior nullValues;
    private final ReservedHeaderBehavior reservedHeaders;
    private final Converter keyConverter;
    private final Converter bodyConverter;
    private final SimpleHeaderConverter headerConverter = new SimpleHeaderConverter();

    private final Map<String, IdBuffer[]> idBuffers = new HashMap<>();
    private final Map<String, byte[]> headerNames = new HashMap<>();
    private final byte[] timestampBytes = new byte[DecimalDigits.MOST];
    private final DecimalDigits timestampDigits = new DecimalDigits(timestampBytes, 0);
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
     * Describes {@code record} in {@code into}, which is reset first.
     *
     * @return false if the record is not to be written: its value is null and null values are ignored
     * @throws UnmappableRecordException if this one record cannot be written; the mapper stays usable
     * @throws RetriableException if the converter cannot work at the moment, e.g. a schema registry does not answer
     */
    public boolean map(SinkRecord record, RecordDraft into) {
        into.reset();
        if (record.value() == null && nullValues != NullValueBehavior.WRITE) {
            if (nullValues == NullValueBehavior.IGNORE) {
                return false;
            }
            throw unmappable(record, "its value is null and behavior.on.null.values is 'fail'", null);
        }
        addId(record, into);
        addTimestamp(record, into);
        addKey(record, into);
        if (record.value() == null) {
            into.header(ReservedHeaders.NULL_VALUE_BYTES, EMPTY);
        }
        if (!record.headers().isEmpty()) {
            addUserHeaders(record, into);
        }
        addBody(record, into);
        checkSize(record, into);
        return true;
    }

    private void addId(SinkRecord record, RecordDraft into) {
        String topic = record.originalTopic();
        Integer partition = record.originalKafkaPartition();
        long offset = record.originalKafkaOffset();
        if (topic == null || topic.isEmpty() || partition == null || partition < 0 || offset < 0) {
            throw unmappable(record, "it does not carry its original topic, partition and offset", null);
        }
        IdBuffer id = idBuffer(topic, partition);
        int end = id.offset.show(offset);
        into.header(ReservedHeaders.ID_BYTES, id.bytes, 0, end);
    }

    private void addTimestamp(SinkRecord record, RecordDraft into) {
        Long timestamp = record.timestamp();
        // Kafka says -1 for "none"; S2 timestamps are unsigned
        if (timestamp != null && timestamp >= 0) {
            into.timestamp(timestamp);
            into.header(ReservedHeaders.TIMESTAMP_BYTES, timestampBytes, 0, timestampDigits.show(timestamp));
        }
    }

    private void addKey(SinkRecord record, RecordDraft into) {
        Object key = record.key();
        if (key == null) {
            return;
        }
        if (key instanceof byte[] bytes) {
            into.header(ReservedHeaders.KEY_BYTES, bytes);
        } else if (key instanceof ByteBuffer buffer && buffer.hasArray()) {
            into.header(
                    ReservedHeaders.KEY_BYTES,
                    buffer.array(),
                    buffer.arrayOffset() + buffer.position(),
                    buffer.remaining());
        } else {
            into.header(ReservedHeaders.KEY_BYTES, toBytes(record, "key", keyConverter, record.keySchema(), key));
        }
    }

    private void addBody(SinkRecord record, RecordDraft into) {
        Object value = record.value();
        if (value == null) {
            into.body(EMPTY, 0, 0);
        } else if (value instanceof byte[] bytes) {
            into.body(bytes, 0, bytes.length);
        } else if (value instanceof ByteBuffer buffer && buffer.hasArray()) {
            into.body(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
        } else {
            byte[] bytes = toBytes(record, "value", bodyConverter, record.valueSchema(), value);
            into.body(bytes, 0, bytes.length);
        }
    }

    private void addUserHeaders(SinkRecord record, RecordDraft into) {
        for (Header header : record.headers()) {
            String name = header.key();
            if (name == null || name.isEmpty()) {
                throw unmappable(record, "it has a header with an empty name, which S2 does not allow", null);
            }
            if (ReservedHeaders.isReserved(name)) {
                switch (reservedHeaders) {
                    case FAIL ->
                        throw unmappable(
                                record,
                                "its header '" + name + "' has a reserved name (beginning with '"
                                        + ReservedHeaders.PREFIX + "') and behavior.on.reserved.headers is 'fail'",
                                null);
                    case DROP -> {
                        continue;
                    }
                    case RENAME -> name = ReservedHeaders.RENAME_PREFIX + name;
                }
            }
            addUserHeader(record, header, nameBytes(name), into);
        }
    }

    private void addUserHeader(SinkRecord record, Header header, byte[] name, RecordDraft into) {
        Object value = header.value();
        if (value == null) {
            into.header(ReservedHeaders.NULL_HEADER_BYTES, name);
        } else if (value instanceof byte[] bytes) {
            into.header(name, bytes);
        } else if (value instanceof ByteBuffer buffer) {
            into.header(name, copy(buffer));
        } else {
            byte[] bytes;
            try {
                bytes = headerConverter.fromConnectHeader(record.topic(), header.key(), header.schema(), value);
            } catch (RuntimeException e) {
                throw unmappable(record, "its header '" + header.key() + "' has no text form", e);
            }
            into.header(name, bytes);
        }
    }

    private byte[] toBytes(SinkRecord record, String part, Converter converter, @Nullable Schema schema, Object value) {
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
                    "body.converter could not convert the " + part + " now ("
                            + e.getClass().getName() + ")",
                    withoutMessage(e));
        } catch (RuntimeException e) {
            throw unmappable(record, "body.converter refused its " + part, e);
        }
        if (bytes == null) {
            throw unmappable(record, "body.converter gave no bytes for its " + part, null);
        }
        return bytes;
    }

    private void checkSize(SinkRecord record, RecordDraft draft) {
        if (draft.meteredSize() > MAX_RECORD_BYTES) {
            throw new UnmappableRecordException(
                    RECORD_TOO_LARGE,
                    coordinates(record),
                    "it has " + draft.meteredSize() + " metered bytes (body, key and headers), S2 takes at most "
                            + MAX_RECORD_BYTES,
                    null);
        }
        if (!draft.fitsInOneBatch()) {
            throw new UnmappableRecordException(
                    RECORD_TOO_LARGE,
                    coordinates(record),
                    "its headers are so many that it has " + draft.encodedSize()
                            + " bytes on the wire, more than one frame takes",
                    null);
        }
    }

    private byte[] nameBytes(String name) {
        byte[] bytes = headerNames.get(name);
        if (bytes == null) {
            bytes = name.getBytes(StandardCharsets.UTF_8);
            if (headerNames.size() < MAX_CACHED_NAMES) {
                headerNames.put(name, bytes);
            }
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
            SinkRecord record, String reason, @Nullable RuntimeException cause) {
        return new UnmappableRecordException(
                UNMAPPABLE_RECORD, coordinates(record), reason, cause == null ? null : withoutMessage(cause));
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
