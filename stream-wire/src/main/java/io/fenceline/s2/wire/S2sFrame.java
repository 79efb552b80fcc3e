package io.fenceline.s2.wire;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

/**
 * One message of an S2S session, decompressed.
 *
 * <pre>
 *   length (3, big endian, = 1 + payload) | flag (1) | payload
 *   flag: T terminal, CC compression (00 none, 01 zstd, 10 gzip), R reconnect advised, 4 reserved bits
 *         7           6-5                                          4                   3-0
 * </pre>
 *
 * @param terminal         the payload is an HTTP status and a JSON error body; the session is over
 * @param reconnectAdvised the service is about to go away
 * @param payload          not copied: do not modify
 */
public record S2sFrame(boolean terminal, boolean reconnectAdvised, byte[] payload) {

    public static final int HEADER_BYTES = 4;
    /** Largest value of the length field. */
    public static final int MAX_LENGTH = 2_097_152;
    /** Largest payload, before and after decompression. */
    public static final int MAX_PAYLOAD_BYTES = MAX_LENGTH - 1;

    public static final int TERMINAL = 0x80;
    public static final int COMPRESSION_MASK = 0x60;
    public static final int COMPRESSION_ZSTD = 0x20;
    public static final int COMPRESSION_GZIP = 0x40;
    public static final int RECONNECT_ADVISED = 0x10;

    /** A frame around a payload that is not compressed. */
    public static byte[] encode(byte[] payload, int flags) {
        byte[] frame = new byte[HEADER_BYTES + payload.length];
        System.arraycopy(payload, 0, frame, HEADER_BYTES, payload.length);
        writeHeader(ByteBuffer.wrap(frame), payload.length, flags);
        return frame;
    }

    /** What a terminal frame says. A body that is not understood still gives an error of that status. */
    public ServerError error() throws WireFormatException {
        if (!terminal) {
            throw new IllegalStateException("not a terminal frame");
        }
        if (payload.length < 2) {
            throw new WireFormatException("terminal frame of " + payload.length + " bytes has no status");
        }
        int status = (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        return ServerError.parse(status, Arrays.copyOfRange(payload, 2, payload.length), 0);
    }

    static void writeHeader(ByteBuffer frame, int payloadLength, int flags) {
        frame.putInt(0, (payloadLength + 1) << 8 | flags);
    }

    static S2sFrame decode(int flags, byte[] payload) throws WireFormatException {
        boolean terminal = (flags & TERMINAL) != 0;
        int compression = flags & COMPRESSION_MASK;
        if (terminal && compression != 0) {
            throw new WireFormatException("terminal frame claims to be compressed");
        }
        return new S2sFrame(
                terminal,
                !terminal && (flags & RECONNECT_ADVISED) != 0,
                switch (compression) {
                    case 0 -> payload;
                    case COMPRESSION_GZIP -> gunzip(payload);
                    case COMPRESSION_ZSTD ->
                        throw new WireFormatException("frame is compressed with zstd, which was not asked for");
                    default -> throw new WireFormatException("frame has an unknown compression");
                });
    }

    static byte[] gunzip(byte[] payload) throws WireFormatException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(payload))) {
            byte[] message = in.readNBytes(MAX_PAYLOAD_BYTES + 1);
            if (message.length > MAX_PAYLOAD_BYTES) {
                throw new WireFormatException("frame decompresses to more than " + MAX_PAYLOAD_BYTES + " bytes");
            }
            return message;
        } catch (WireFormatException e) {
            throw e;
        } catch (IOException e) {
            throw new WireFormatException("frame does not decompress: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof S2sFrame that
                && terminal == that.terminal
                && reconnectAdvised == that.reconnectAdvised
                && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(payload);
    }

    @Override
    public String toString() {
        return "S2sFrame[" + (terminal ? "terminal, " : "") + (reconnectAdvised ? "reconnect advised, " : "")
                + payload.length + " bytes]";
    }
}
