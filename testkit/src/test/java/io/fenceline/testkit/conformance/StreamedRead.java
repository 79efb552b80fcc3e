package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.ReadBatch;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** The body of a read that goes on, as frames or as events. */
final class StreamedRead implements Closeable {

    private final DataInputStream in;

    StreamedRead(InputStream body) {
        in = new DataInputStream(body);
    }

    // ---- frames

    ReadBatch batch() throws IOException {
        RawSession.Frame frame = frame();
        if (frame.flags() == RawSession.GZIP) {
            return Messages.readBatch(new GZIPInputStream(new ByteArrayInputStream(frame.payload())).readAllBytes());
        }
        assertThat(frame.flags())
                .as(new String(frame.payload(), StandardCharsets.UTF_8))
                .isZero();
        return Messages.readBatch(frame.payload());
    }

    /** A batch without records, which says where the tail is. */
    long heartbeat() throws IOException {
        ReadBatch batch = batch();
        assertThat(batch.records()).isEmpty();
        assertThat(batch.tail()).isNotNull();
        return batch.tail().seqNum();
    }

    RawSession.Frame frame() throws IOException {
        byte[] length = new byte[3];
        in.readFully(length);
        byte[] rest = new byte[(length[0] & 0xff) << 16 | (length[1] & 0xff) << 8 | length[2] & 0xff];
        in.readFully(rest);
        return new RawSession.Frame(rest[0] & 0xff, Arrays.copyOfRange(rest, 1, rest.length));
    }

    JsonNode terminal(int status) throws IOException {
        RawSession.Frame frame = frame();
        assertThat(frame.flags()).isEqualTo(RawSession.TERMINAL);
        byte[] payload = frame.payload();
        assertThat((payload[0] & 0xff) << 8 | payload[1] & 0xff).isEqualTo(status);
        return Conformance.JSON.readTree(Arrays.copyOfRange(payload, 2, payload.length));
    }

    void assertEnded() throws IOException {
        assertThat(in.read()).isEqualTo(-1);
    }

    // ---- events

    /** The fields of the next event. */
    Map<String, String> event() throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line = line(); ; line = line()) {
            if (line.isEmpty()) {
                if (!fields.isEmpty()) {
                    return fields;
                }
            } else if (!line.startsWith(":")) {
                int colon = line.indexOf(':');
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the events ended behind: " + line);
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
