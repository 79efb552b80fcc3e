package io.fenceline.s2.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.fenceline.s2.ServerError;
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
 */
public final class SseReadDecoder implements ReadDecoder {

    /** A batch of 1 MiB in base64 with its JSON, and room to spare. */
    private static final int MAX_EVENT_BYTES = 8 << 20;

    private static final JsonFactory JSON = new JsonFactory();
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private byte[] line = new byte[1024];
    private int lineLength;
    private boolean afterCarriageReturn;

    private String event = "";
    /** Data of the current event; its lines, if there are several, with LF between them. */
    private byte[] data = new byte[0];

    private boolean hasData;
    private boolean done;
    private boolean failed;

    @Override
    public void decode(ByteBuffer source, Sink sink) throws WireFormatException {
        while (source.hasRemaining() && !failed) {
            byte b = source.get();
            if (b == '\n' && afterCarriageReturn) {
                afterCarriageReturn = false;
                continue;
            }
            afterCarriageReturn = b == '\r';
            if (b == '\n' || b == '\r') {
                endLine(sink);
            } else {
                append(b);
            }
        }
    }

    @Override
    public int pendingBytes() {
        return lineLength + data.length;
    }

    @Override
    public boolean isComplete() {
        return done;
    }

    private void append(byte b) throws WireFormatException {
        if (lineLength == line.length) {
            if (lineLength >= MAX_EVENT_BYTES) {
                throw new WireFormatException("event is larger than " + MAX_EVENT_BYTES + " bytes");
            }
            line = Arrays.copyOf(line, 2 * line.length);
        }
        line[lineLength++] = b;
    }

    private void endLine(Sink sink) throws WireFormatException {
        if (lineLength == 0) {
            endEvent(sink);
            return;
        }
        int colon = 0;
        while (colon < lineLength && line[colon] != ':') {
            colon++;
        }
        int value = Math.min(lineLength, colon + 1);
        if (value < lineLength && line[value] == ' ') {
            value++;
        }
        String field = new String(line, 0, colon, StandardCharsets.UTF_8);
        if (field.equals("event")) {
            event = new String(line, value, lineLength - value, StandardCharsets.UTF_8);
        } else if (field.equals("data")) {
            addData(value);
        }
        // ids repeat what the records say; comments and unknown fields mean nothing
        lineLength = 0;
    }

    private void addData(int from) {
        if (!hasData) {
            data = Arrays.copyOfRange(line, from, lineLength);
            hasData = true;
            return;
        }
        int length = data.length;
        data = Arrays.copyOf(data, length + 1 + lineLength - from);
        data[length] = '\n';
        System.arraycopy(line, from, data, length + 1, lineLength - from);
    }

    private void endEvent(Sink sink) throws WireFormatException {
        if (hasData) {
            try {
                onEvent(sink);
            } catch (WireFormatException e) {
                throw e;
            } catch (IOException | IllegalArgumentException e) {
                throw new WireFormatException("event '" + event + "' does not decode: " + e.getMessage(), e);
            }
        }
        event = "";
        data = new byte[0];
        hasData = false;
    }

    private void onEvent(Sink sink) throws IOException {
        if (event.equals("batch")) {
            ReadBatch batch = batch();
            if (!batch.records().isEmpty()) {
                sink.onRecords(batch.records());
            }
            if (batch.tail() != null && batch.records().isEmpty()) {
                sink.onHeartbeat(batch.tail());
            } else if (batch.tail() != null) {
                sink.onTail(batch.tail());
            }
        } else if (event.equals("ping")) {
            StreamPosition tail = batch().tail();
            if (tail != null) {
                sink.onHeartbeat(tail);
            }
        } else if (event.equals("error")) {
            failed = true;
            sink.onError(error());
        } else if (Arrays.equals(data, DONE)) {
            done = true;
        }
    }

    /** The body has no status: the code says which it is, and a body with a tail is a 416. */
    private ServerError error() {
        return ServerError.parseWithoutStatus(data);
    }

    // ------------------------------------------------------------------ JSON

    private ReadBatch batch() throws IOException {
        List<SequencedRecord> records = new ArrayList<>();
        StreamPosition tail = null;
        try (JsonParser in = JSON.createParser(data)) {
            expect(in, in.nextToken(), JsonToken.START_OBJECT);
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                JsonToken value = in.nextToken();
                if (name.equals("records")) {
                    expect(in, value, JsonToken.START_ARRAY);
                    while (in.nextToken() == JsonToken.START_OBJECT) {
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
