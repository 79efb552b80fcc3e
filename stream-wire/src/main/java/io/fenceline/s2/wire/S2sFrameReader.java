package io.fenceline.s2.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Splits a session's bytes into frames, however they were cut on the way. Keeps at most one unfinished frame.
 * Owned by one thread.
 */
public final class S2sFrameReader {

    /** Room made for a payload before it arrives; an ack fits. What is only announced gets no more. */
    private static final int FIRST_ROOM = 4 << 10;

    private final byte[] header = new byte[S2sFrame.HEADER_BYTES];
    private int headerFilled;
    private byte @Nullable [] payload;
    private int payloadFilled;

    /** Takes bytes until a frame is complete; null once {@code source} is used up first. */
    public @Nullable S2sFrame read(ByteBuffer source) throws WireFormatException {
        if (payload == null) {
            int n = Math.min(header.length - headerFilled, source.remaining());
            source.get(header, headerFilled, n);
            headerFilled += n;
            if (headerFilled >= 3) {
                checkLength(length());
            }
            if (headerFilled < header.length) {
                return null;
            }
            payload = new byte[Math.min(length() - 1, FIRST_ROOM)];
            payloadFilled = 0;
        }
        byte[] collected = payload;
        int whole = length() - 1;
        int n = Math.min(whole - payloadFilled, source.remaining());
        if (payloadFilled + n > collected.length) {
            collected = Arrays.copyOf(collected, Math.min(whole, Math.max(payloadFilled + n, 2 * collected.length)));
            payload = collected;
        }
        source.get(collected, payloadFilled, n);
        payloadFilled += n;
        if (payloadFilled < whole) {
            return null;
        }
        payload = null;
        headerFilled = 0;
        return S2sFrame.decode(header[3] & 0xff, collected);
    }

    /** True between the first and the last byte of a frame: a body must not end here. */
    public boolean isInsideFrame() {
        return headerFilled > 0;
    }

    private int length() {
        return (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
    }

    private static void checkLength(int length) throws WireFormatException {
        if (length == 0 || length > S2sFrame.MAX_LENGTH) {
            throw new WireFormatException("frame length " + length + " is outside 1.." + S2sFrame.MAX_LENGTH);
        }
    }
}
