package io.fenceline.s2.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the server-sent events of a read: {@code batch}, {@code ping} and {@code error} events with JSON, in
 * {@code s2-format: base64}, and {@code [DONE]} at the end of a read that came to its own end. An event is decoded when it
 * is whole. Lines may end in LF, CRLF or CR, as the standard allows.
 *
 * <p>What is held is the current event, at most {@value #MAX_EVENT_BYTES} bytes of it, and it is given back when the event is
 * over: a stream that had a large one once does not pay for it for the rest of its life.
 */
public final class SseReadDecoder implements ReadDecoder {

    /** A batch of 1 MiB in base64 with its JSON, and room to spare. All lines of an event together. */
    static final int MAX_EVENT_BYTES = 8 << 20;

    /** Room that stays between events; heartbeats fit. */
    static final int KEPT_BYTES = 1024;

    /** What is kept of an event's name; those we know are shorter. */
    private static final int MAX_NAME_BYTES = 32;

    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] DONE = ascii("[DONE]");
    private static final byte[] EVENT_FIELD = ascii("event");
    private static final byte[] DATA_FIELD = ascii("data");
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    /** The data of the current event, its lines with LF between them; behind it the current line as far as it is here. */
    private byte[] held = new byte[KEPT_BYTES];

    private int dataLength;
    private int lineLength;
    private boolean hasData;
    private String event = "";

    private boolean afterCarriageReturn;
    private boolean onFirstLine = true;
    private boolean done;
    private boolean failed;

    private long room;
    /** Bytes that can arrive behind the current source without another grant. */
    private int reach;

    private long lackingRoom;
    private long handedOver;
    /** What an event that was held up takes once it is decoded. */
    private long heldUpEvent;

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void decode(ByteBuffer source, long roomNow, int reachBehind, Sink sink) throws WireFormatException {
        room = roomNow;
        reach = reachBehind;
        boolean heldUp = lackingRoom > 0;
        lackingRoom = 0;
        if (heldUp) {
            endEvent(sink);
            giveBack();
        }
        while (source.hasRemaining() && !failed && lackingRoom == 0) {
            if (afterCarriageReturn) {
                afterCarriageReturn = false;
                if (source.get(source.position()) == '\n') {
                    source.get();
                    continue;
                }
            }
            hold(source, untilLineEnd(source));
            if (source.hasRemaining()) {
                afterCarriageReturn = source.get() == '\r';
                endLine(sink);
            }
        }
    }

    @Override
    public int pendingBytes() {
        return dataLength + lineLength;
    }

    @Override
    public long lackingRoom() {
        return lackingRoom;
    }

    @Override
    public long handedOverBytes() {
        long bytes = handedOver;
        handedOver = 0;
        return bytes;
    }

    @Override
    public int missingBytes() {
        return pendingBytes() == 0 ? 0 : -1;
    }

    @Override
    public boolean mayExpand() {
        return true;
    }

    @Override
    public boolean isComplete() {
        return done;
    }

    /** Bytes of memory held, for an event or between events. */
    int heldCapacity() {
        return held.length;
    }

    private static int untilLineEnd(ByteBuffer source) {
        int at = source.position();
        while (at < source.limit() && source.get(at) != '\n' && source.get(at) != '\r') {
            at++;
        }
        return at - source.position();
    }

    private void hold(ByteBuffer source, int length) throws WireFormatException {
        int end = dataLength + lineLength;
        if (length > MAX_EVENT_BYTES - end) {
            throw new WireFormatException("event is larger than " + MAX_EVENT_BYTES + " bytes");
        }
        if (end + length > held.length) {
            // in one go as far as it is likely to grow; what cannot arrive is not memory that anybody has given us
            long likely =
                    Math.min(Math.min(MAX_EVENT_BYTES, 2L * held.length), (long) end + source.remaining() + reach);
            held = Arrays.copyOf(held, (int) Math.max(end + length, likely));
        }
        source.get(held, end, length);
        lineLength += length;
    }

    private void endLine(Sink sink) throws WireFormatException {
        int from = dataLength;
        int end = from + lineLength;
        if (onFirstLine && startsWith(from, end, BYTE_ORDER_MARK)) {
            from += BYTE_ORDER_MARK.length;
        }
        onFirstLine = false;
        lineLength = 0;
        if (from == end) {
            endEvent(sink);
        } else {
            int colon = from;
            while (colon < end && held[colon] != ':') {
                colon++;
            }
            int value = Math.min(end, colon + 1);
            if (value < end && held[value] == ' ') {
                value++;
            }
            if (isField(from, colon, DATA_FIELD)) {
                addData(value, end);
            } else if (isField(from, colon, EVENT_FIELD)) {
                event = new String(held, value, Math.min(end - value, MAX_NAME_BYTES), StandardCharsets.UTF_8);
            }
            // ids repeat what the records say; comments and unknown fields mean nothing
        }
        giveBack();
    }

    private void giveBack() {
        if (!hasData && held.length > KEPT_BYTES) {
            held = new byte[KEPT_BYTES];
        }
    }

    private boolean startsWith(int from, int end, byte[] text) {
        return end - from >= text.length && isField(from, from + text.length, text);
    }

    private boolean isField(int from, int to, byte[] name) {
        return Arrays.equals(held, from, to, name, 0, name.length);
    }

    /** The line becomes data where it lies: what it loses is longer than the LF that separates it from the one before. */
    private void addData(int from, int end) {
        if (hasData) {
            held[dataLength++] = '\n';
        }
        hasData = true;
        System.arraycopy(held, from, held, dataLength, end - from);
        dataLength += end - from;
    }

    private void endEvent(Sink sink) throws WireFormatException {
        if (hasData) {
            if (heldUpEvent > 0 && isHeldUp(heldUpEvent)) {
                return;
            }
            onEvent(sink);
            if (lackingRoom > 0) {
                return;
            }
        }
        event = "";
        dataLength = 0;
        hasData = false;
    }

    private void onEvent(Sink sink) throws WireFormatException {
        if (event.equals("batch")) {
            ReadBatch batch = decoded();
            if (!fits(batch)) {
                return;
            }
            if (!batch.records().isEmpty()) {
                sink.onRecords(batch.records());
            }
            if (batch.tail() != null && batch.records().isEmpty()) {
                sink.onHeartbeat(batch.tail());
            } else if (batch.tail() != null) {
                sink.onTail(batch.tail());
            }
        } else if (event.equals("ping")) {
            StreamPosition tail = decoded().tail();
            if (tail != null) {
                sink.onHeartbeat(tail);
            }
        } else if (event.equals("error")) {
            failed = true;
            sink.onError(error());
        } else if (isField(0, dataLength, DONE)) {
            done = true;
        }
    }

    /** Small records take more than their text. */
    private boolean fits(ReadBatch batch) {
        long size = 0;
        for (SequencedRecord record : batch.records()) {
            size += record.retainedBytes();
        }
        heldUpEvent = isHeldUp(size) ? size : 0;
        if (heldUpEvent > 0) {
            return false;
        }
        room += pendingBytes() - size;
        handedOver += size;
        return true;
    }

    private boolean isHeldUp(long size) {
        lackingRoom = Math.max(0, size - pendingBytes() - room);
        return lackingRoom > 0;
    }

    /** The body has no status: the code says which it is, and a body with a tail is a 416. */
    private ServerError error() {
        return ServerError.parseWithoutStatus(Arrays.copyOf(held, dataLength));
    }

    /** What a parser says of broken input quotes it, and it may be a record's content: only the place is passed on. */
    private ReadBatch decoded() throws WireFormatException {
        try {
            return batch();
        } catch (WireFormatException e) {
            throw e;
        } catch (JsonProcessingException e) {
            throw new WireFormatException("event '" + event + "' is not the JSON it should be, see byte "
                    + (e.getLocation() == null ? "?" : e.getLocation().getByteOffset()) + " of its data");
        } catch (IOException | RuntimeException e) {
            throw new WireFormatException("event '" + event + "' does not decode ("
                    + e.getClass().getSimpleName() + "), a value may not be base64");
        }
    }

    // ------------------------------------------------------------------ JSON

    private ReadBatch batch() throws IOException {
        List<SequencedRecord> records = new ArrayList<>();
        StreamPosition tail = null;
        try (JsonParser in = JSON.createParser(held, 0, dataLength)) {
            expect(in, in.nextToken(), JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                JsonToken value = in.nextToken();
                if (name.equals("records")) {
                    expect(in, value, JsonToken.START_ARRAY);
                    while (in.nextToken() == JsonToken.START_OBJECT) {
                        if (records.size() == Messages.MAX_RECORDS) {
                            throw new WireFormatException("event has more than " + Messages.MAX_RECORDS + " records");
                        }
                        records.add(record(in));
                    }
                    expect(in, in.currentToken(), JsonToken.END_ARRAY);
                } else if (name.equals("tail") && value == JsonToken.START_OBJECT) {
                    tail = position(in);
                } else {
                    in.skipChildren();
                }
            }
            expect(in, in.currentToken(), JsonToken.END_OBJECT);
        }
        return new ReadBatch(records, tail);
    }

    private static SequencedRecord record(JsonParser in) throws IOException {
        long seqNum = 0;
        long timestamp = 0;
        List<Header> headers = new ArrayList<>(4);
        byte[] body = new byte[0];
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            in.nextToken();
            switch (name) {
                case "seq_num" -> seqNum = unsigned(in);
                case "timestamp" -> timestamp = unsigned(in);
                case "body" -> body = base64(in);
                case "headers" -> headers(in, headers);
                default -> in.skipChildren();
            }
        }
        expect(in, in.currentToken(), JsonToken.END_OBJECT);
        return new SequencedRecord(seqNum, timestamp, headers, body);
    }

    private static void headers(JsonParser in, List<Header> headers) throws IOException {
        expect(in, in.currentToken(), JsonToken.START_ARRAY);
        while (in.nextToken() == JsonToken.START_ARRAY) {
            in.nextToken();
            byte[] name = base64(in);
            in.nextToken();
            byte[] value = base64(in);
            expect(in, in.nextToken(), JsonToken.END_ARRAY);
            headers.add(new Header(name, value));
        }
        expect(in, in.currentToken(), JsonToken.END_ARRAY);
    }

    private static StreamPosition position(JsonParser in) throws IOException {
        long seqNum = 0;
        long timestamp = 0;
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            in.nextToken();
            switch (name) {
                case "seq_num" -> seqNum = unsigned(in);
                case "timestamp" -> timestamp = unsigned(in);
                default -> in.skipChildren();
            }
        }
        expect(in, in.currentToken(), JsonToken.END_OBJECT);
        return new StreamPosition(seqNum, timestamp);
    }

    private static byte[] base64(JsonParser in) throws IOException {
        expect(in, in.currentToken(), JsonToken.VALUE_STRING);
        return Base64.getDecoder().decode(in.getText());
    }

    private static long unsigned(JsonParser in) throws IOException {
        expect(in, in.currentToken(), JsonToken.VALUE_NUMBER_INT);
        BigInteger value = in.getBigIntegerValue();
        if (value.signum() < 0 || value.bitLength() > 64) {
            throw new WireFormatException(value + " is not an unsigned 64 bit number");
        }
        return value.longValue();
    }

    private static void expect(JsonParser in, @Nullable JsonToken actual, JsonToken expected)
            throws WireFormatException {
        if (actual != expected) {
            throw new WireFormatException("JSON has " + actual + " at byte "
                    + in.currentTokenLocation().getByteOffset() + " where " + expected + " belongs");
        }
    }
}
