package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.Messages;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;

/** An append session over HTTP/1.1, byte for byte: a request body that goes on while the answer is read. */
final class RawSession implements Closeable {

    static final int TERMINAL = 0x80;
    static final int GZIP = 0x40;

    /** What the server sent; {@code payload} is without the status of a terminal frame. */
    record Frame(int flags, byte[] payload) {}

    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;
    private final int status;
    private final DataInputStream body;

    RawSession(int port, String path, String... headers) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        out = socket.getOutputStream();
        in = new BufferedInputStream(socket.getInputStream());
        StringBuilder head = new StringBuilder("POST " + path + " HTTP/1.1\r\nhost: localhost\r\ns2-basin: "
                + Target.BASIN + "\r\ncontent-type: s2s/proto\r\ntransfer-encoding: chunked\r\n");
        for (int i = 0; i < headers.length; i += 2) {
            head.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
        // the answer begins before anything is sent
        status = Integer.parseInt(line().split(" ")[1]);
        boolean chunked = false;
        for (String line = line(); !line.isEmpty(); line = line()) {
            chunked |= line.toLowerCase(java.util.Locale.ROOT).equals("transfer-encoding: chunked");
        }
        body = new DataInputStream(chunked ? new Chunks() : in);
    }

    int status() {
        return status;
    }

    void send(byte[]... frames) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        ByteArrayOutputStream chunk = new ByteArrayOutputStream();
        chunk.writeBytes((Integer.toHexString(all.size()) + "\r\n").getBytes(StandardCharsets.US_ASCII));
        chunk.writeBytes(all.toByteArray());
        chunk.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(chunk.toByteArray());
    }

    void end() throws IOException {
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    Frame next() throws IOException {
        byte[] length = new byte[3];
        body.readFully(length);
        byte[] rest = new byte[(length[0] & 0xff) << 16 | (length[1] & 0xff) << 8 | length[2] & 0xff];
        body.readFully(rest);
        return new Frame(rest[0] & 0xff, Arrays.copyOfRange(rest, 1, rest.length));
    }

    AppendAck ack() throws IOException {
        Frame frame = next();
        assertThat(frame.flags())
                .as(new String(frame.payload(), StandardCharsets.UTF_8))
                .isZero();
        return Messages.appendAck(frame.payload());
    }

    /** The last frame, and behind it nothing. */
    JsonNode terminal(int expectedStatus) throws IOException {
        Frame frame = next();
        assertThat(frame.flags()).isEqualTo(TERMINAL);
        assertThat((frame.payload()[0] & 0xff) << 8 | frame.payload()[1] & 0xff).isEqualTo(expectedStatus);
        assertEnded();
        return Conformance.JSON.readTree(Arrays.copyOfRange(frame.payload(), 2, frame.payload().length));
    }

    void assertEnded() throws IOException {
        assertThat(body.read()).isEqualTo(-1);
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the connection; last line: " + line);
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.US_ASCII);
    }

    /** The chunks of the answer's body, one behind the other. */
    private final class Chunks extends InputStream {

        private boolean first = true;
        private boolean ended;
        private int left;

        @Override
        public int read() throws IOException {
            if (left == 0 && !ended) {
                if (!first) {
                    line();
                }
                first = false;
                left = Integer.parseInt(line(), 16);
                ended = left == 0;
            }
            if (ended) {
                return -1;
            }
            left--;
            return in.read();
        }
    }

    // ---- what is sent

    static byte[] frame(int flags, byte[] payload) {
        int length = payload.length + 1;
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(length >> 16);
        frame.write(length >> 8);
        frame.write(length);
        frame.write(flags);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    /** Records without headers and timestamps. */
    static byte[] input(Long matchSeqNum, String token, String... bodies) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        for (String text : bodies) {
            byte[] body = text.getBytes(StandardCharsets.UTF_8);
            ByteArrayOutputStream record = new ByteArrayOutputStream();
            field(record, 0x1a, body);
            field(input, 0x0a, record.toByteArray());
        }
        if (matchSeqNum != null) {
            input.write(0x10);
            varint(input, matchSeqNum);
        }
        if (token != null) {
            field(input, 0x1a, token.getBytes(StandardCharsets.UTF_8));
        }
        return input.toByteArray();
    }

    static byte[] batch(Long matchSeqNum, String token, String... bodies) {
        return frame(0, input(matchSeqNum, token, bodies));
    }

    static String[] copies(int count, String body) {
        return Collections.nCopies(count, body).toArray(new String[0]);
    }

    private static void field(ByteArrayOutputStream out, int tag, byte[] value) {
        out.write(tag);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
    }
}
