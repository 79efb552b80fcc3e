package io.fenceline.s2.wire;

import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decoders of the protobuf messages in s2.proto that come from the service. Unknown fields are skipped. */
public final class Messages {

    private static final byte[] NOTHING = new byte[0];

    /**
     * Records of one batch. S2 says 1000; a peer that is more generous is understood, one that makes a hundred megabytes of
     * objects out of two megabytes, or of two kilobytes once decompressed, is not.
     */
    static final int MAX_RECORDS = 16_000;

    private Messages() {}

    public static AppendAck appendAck(byte[] message) throws WireFormatException {
        return decode("AppendAck", message, in -> {
            StreamPosition start = null;
            StreamPosition end = null;
            StreamPosition tail = null;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case 0x0a -> start = nested(in, Messages::position);
                    case 0x12 -> end = nested(in, Messages::position);
                    case 0x1a -> tail = nested(in, Messages::position);
                    default -> skip(in, tag);
                }
            }
            if (start == null || end == null || tail == null) {
                throw new WireFormatException("AppendAck lacks a position");
            }
            return new AppendAck(start, end, tail);
        });
    }

    public static ReadBatch readBatch(byte[] message) throws WireFormatException {
        return readBatch(message, 0, message.length);
    }

    static ReadBatch readBatch(byte[] bytes, int offset, int length) throws WireFormatException {
        List<SequencedRecord> records = new ArrayList<>();
        ReadFields fields = readFields(bytes, offset, length, ReadDecoder.ENDLESS_ROOM, records);
        return new ReadBatch(records, fields.tail());
    }

    /**
     * What {@link #readFields} found beside records.
     *
     * @param length   bytes that were decoded
     * @param retained bytes of memory that the records take
     * @param room     what is left of it
     */
    record ReadFields(
            int length, long retained, long room, @Nullable StreamPosition tail) {}

    /**
     * Decodes fields of a ReadBatch for as long as there is room: every record uses up by how much it takes more memory than
     * its bytes, and none is decoded once less than nothing is left.
     *
     * @param records get what is decoded
     */
    static ReadFields readFields(byte[] bytes, int offset, int length, long room, List<SequencedRecord> records)
            throws WireFormatException {
        return decode("ReadBatch", CodedInputStream.newInstance(bytes, offset, length), in -> {
            StreamPosition tail = null;
            long left = room;
            long retained = 0;
            int begin = 0;
            for (int tag = left < 0 ? 0 : in.readTag(); tag != 0; tag = left < 0 ? 0 : in.readTag()) {
                switch (tag) {
                    case 0x0a -> {
                        if (records.size() == MAX_RECORDS) {
                            throw new WireFormatException("ReadBatch has more than " + MAX_RECORDS + " records");
                        }
                        SequencedRecord record = nested(in, Messages::sequencedRecord);
                        records.add(record);
                        int size = record.retainedBytes();
                        retained += size;
                        left -= size - (in.getTotalBytesRead() - begin);
                    }
                    case 0x12 -> tail = nested(in, Messages::position);
                    default -> skip(in, tag);
                }
                begin = in.getTotalBytesRead();
            }
            return new ReadFields(begin, retained, left, tail);
        });
    }

    /** The records of an encoded AppendInput. */
    static List<AppendRecord> appendRecords(byte[] message) throws WireFormatException {
        return appendInput(message).records();
    }

    /** An AppendInput as a server sees it. */
    public record AppendInput(
            List<AppendRecord> records,
            @Nullable Long matchSeqNum,
            @Nullable FencingToken fencingToken) {}

    /** Decodes what clients send; for servers in tests and for reading our own batches back. */
    public static AppendInput appendInput(byte[] message) throws WireFormatException {
        return decode("AppendInput", message, in -> {
            List<AppendRecord> records = new ArrayList<>();
            Long matchSeqNum = null;
            FencingToken fencingToken = null;
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                switch (tag) {
                    case AppendBatch.TAG_RECORD -> records.add(nested(in, Messages::appendRecord));
                    case AppendBatch.TAG_MATCH_SEQ_NUM -> matchSeqNum = in.readUInt64();
                    case AppendBatch.TAG_FENCING_TOKEN -> fencingToken = new FencingToken(in.readStringRequireUtf8());
                    default -> skip(in, tag);
                }
            }
            return new AppendInput(records, matchSeqNum, fencingToken);
        });
    }

    private static StreamPosition position(CodedInputStream in) throws IOException {
        long seqNum = 0;
        long timestamp = 0;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 0x08 -> seqNum = in.readUInt64();
                case 0x10 -> timestamp = in.readUInt64();
                default -> skip(in, tag);
            }
        }
        return new StreamPosition(seqNum, timestamp);
    }

    private static SequencedRecord sequencedRecord(CodedInputStream in) throws IOException {
        long seqNum = 0;
        long timestamp = 0;
        List<Header> headers = new ArrayList<>(4);
        byte[] body = NOTHING;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case 0x08 -> seqNum = in.readUInt64();
                case 0x10 -> timestamp = in.readUInt64();
                case 0x1a -> headers.add(nested(in, Messages::header));
                case 0x22 -> body = in.readByteArray();
                default -> skip(in, tag);
            }
        }
        return new SequencedRecord(seqNum, timestamp, headers, body);
    }

    private static AppendRecord appendRecord(CodedInputStream in) throws IOException {
        Long timestamp = null;
        List<Header> headers = new ArrayList<>(4);
        byte[] body = NOTHING;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case RecordDraft.TAG_TIMESTAMP -> timestamp = in.readUInt64();
                case RecordDraft.TAG_HEADER -> headers.add(nested(in, Messages::header));
                case RecordDraft.TAG_BODY -> body = in.readByteArray();
                default -> skip(in, tag);
            }
        }
        return new AppendRecord(timestamp, headers, body);
    }

    private static Header header(CodedInputStream in) throws IOException {
        byte[] name = NOTHING;
        byte[] value = NOTHING;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            switch (tag) {
                case RecordDraft.TAG_NAME -> name = in.readByteArray();
                case RecordDraft.TAG_VALUE -> value = in.readByteArray();
                default -> skip(in, tag);
            }
        }
        return new Header(name, value);
    }

    private interface Decoder<T> {
        T decode(CodedInputStream in) throws IOException;
    }

    private static <T> T decode(String message, byte[] bytes, Decoder<T> decoder) throws WireFormatException {
        return decode(message, CodedInputStream.newInstance(bytes), decoder);
    }

    private static <T> T decode(String message, CodedInputStream in, Decoder<T> decoder) throws WireFormatException {
        try {
            return decoder.decode(in);
        } catch (WireFormatException e) {
            throw e;
        } catch (IOException | IllegalArgumentException e) {
            throw new WireFormatException(message + " does not decode: " + e.getMessage(), e);
        }
    }

    private static <T> T nested(CodedInputStream in, Decoder<T> decoder) throws IOException {
        int limit = in.pushLimit(in.readRawVarint32());
        T value = decoder.decode(in);
        in.checkLastTagWas(0);
        if (in.getBytesUntilLimit() != 0) {
            throw new WireFormatException("message is longer than it says");
        }
        in.popLimit(limit);
        return value;
    }

    /** Skips a field; an end-group tag where none was opened is not one. */
    private static void skip(CodedInputStream in, int tag) throws IOException {
        if (!in.skipField(tag)) {
            throw new WireFormatException("message has a stray end-group tag");
        }
    }
}
