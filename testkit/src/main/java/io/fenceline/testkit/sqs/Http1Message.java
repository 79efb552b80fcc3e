package io.fenceline.testkit.sqs;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 message, whole: as much of the protocol as a server and a proxy in tests need. Reads bodies by length and
 * chunked ones, always writes by length. Immutable; the body's array belongs to it.
 *
 * @param startLine request line or status line, without its end
 * @param headers   lines {@code Name: value}, in order
 */
public record Http1Message(String startLine, List<String> headers, byte[] body) {

    private static final int MOST_HEADER_BYTES = 64 << 10;

    /**
     * Reads the next message; null at an orderly end between two messages.
     *
     * @param back where the go-ahead is sent to if the other side asks for it before its body, null if it cannot
     * @throws EOFException if the connection ends in the middle of a message
     */
    public static @Nullable Http1Message read(InputStream in, @Nullable OutputStream back) throws IOException {
        int[] left = {MOST_HEADER_BYTES};
        String start = line(in, left);
        if (start == null) {
            return null;
        }
        List<String> headers = new ArrayList<>();
        for (String line = inside(line(in, left)); !line.isEmpty(); line = inside(line(in, left))) {
            headers.add(line);
        }
        Http1Message head = new Http1Message(start, List.copyOf(headers), new byte[0]);
        if (back != null && "100-continue".equalsIgnoreCase(head.header("expect"))) {
            back.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            back.flush();
        }
        return new Http1Message(start, head.headers, body(head, in, left));
    }

    private static byte[] body(Http1Message head, InputStream in, int[] left) throws IOException {
        String encoding = head.header("transfer-encoding");
        if (encoding != null && encoding.toLowerCase(Locale.ROOT).contains("chunked")) {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            while (true) {
                int size = Integer.parseInt(inside(line(in, left)).split(";")[0].trim(), 16);
                body.write(exactly(in, size));
                if (size == 0) {
                    while (!inside(line(in, left)).isEmpty()) {
                        // trailers say nothing to us
                    }
                    return body.toByteArray();
                }
                inside(line(in, left));
            }
        }
        String length = head.header("content-length");
        return length == null ? new byte[0] : exactly(in, Integer.parseInt(length));
    }

    private static byte[] exactly(InputStream in, int size) throws IOException {
        byte[] bytes = in.readNBytes(size);
        if (bytes.length < size) {
            throw new EOFException("the connection ended " + (size - bytes.length) + " bytes before its message did");
        }
        return bytes;
    }

    private static @Nullable String line(InputStream in, int[] left) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                if (line.size() == 0) {
                    return null;
                }
                throw new EOFException("the connection ended in the middle of a line");
            }
            if (left[0]-- == 0) {
                throw new IOException("more than " + MOST_HEADER_BYTES + " bytes of headers");
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    private static String inside(@Nullable String line) throws EOFException {
        if (line == null) {
            throw new EOFException("the connection ended in the middle of a message");
        }
        return line;
    }

    /** An answer with a body of that type. */
    public static Http1Message answer(int status, String contentType, byte[] body, String... moreHeaders) {
        List<String> headers = new ArrayList<>(List.of(moreHeaders));
        headers.add("Content-Type: " + contentType);
        return new Http1Message("HTTP/1.1 " + status + " Scripted", List.copyOf(headers), body);
    }

    /** The first value of a header, without spaces around it; null if there is none. */
    public @Nullable String header(String name) {
        for (String line : headers) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).equalsIgnoreCase(name)) {
                return line.substring(colon + 1).trim();
            }
        }
        return null;
    }

    /** The operation an SQS request is about, such as {@code SendMessageBatch}; empty if it names none. */
    public String operation() {
        String target = header("x-amz-target");
        return target == null ? "" : target.substring(target.indexOf('.') + 1);
    }

    /** The status of an answer. */
    public int status() {
        return Integer.parseInt(startLine.split(" ")[1]);
    }

    /** The whole message in one array, so that it can go out in one piece, or in pieces that a test wants. */
    public byte[] bytes() {
        StringBuilder head = new StringBuilder(startLine).append("\r\n");
        for (String line : headers) {
            String name = line.substring(0, Math.max(0, line.indexOf(':')));
            if (!name.equalsIgnoreCase("content-length")
                    && !name.equalsIgnoreCase("transfer-encoding")
                    && !name.equalsIgnoreCase("expect")) {
                head.append(line).append("\r\n");
            }
        }
        head.append("Content-Length: ").append(body.length).append("\r\n\r\n");
        byte[] first = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = new byte[first.length + body.length];
        System.arraycopy(first, 0, all, 0, first.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        return all;
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(bytes());
        out.flush();
    }
}
