package io.fenceline.s2.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One append input (s2.proto {@code AppendInput}), encoded into its S2S frame while records are added.
 *
 * <pre>
 *   0        3      4                                        frameLength
 *   | length | flag | records (field 1) ... | match | token |
 *                    \_____ added one by one ____/\_ freeze _/
 * </pre>
 *
 * <p>Each byte of a record is copied once, from where the caller has it into the frame; the frame is what goes to the
 * socket, in the pieces it was written in ({@link FrameSegments}). Owned by one thread at a time; hand-over needs a
 * happens-before edge. Once frozen only {@link #gzip} changes it, and that leaves the old frame intact for whoever is
 * still writing it.
 *
 * <p>A batch with a {@link FramePool} gives its memory back when nobody holds it any more: its maker, who holds it from
 * the beginning and lets go when its fate is known, and each connection it was given to, which lets go only when it has
 * written all of it. A connection that ends before that never does, so bytes are never replaced under a writer; the
 * collector gets them instead.
 */
public final class AppendBatch {

    /** Most records the service takes in one batch. */
    public static final int MAX_RECORDS = 1000;
    /** Most metered bytes the service takes in one batch, so also the largest record. */
    public static final int MAX_METERED_BYTES = 1 << 20;

    /** Room for the largest conditions: match_seq_num (tag and ten bytes), fencing token (tag, length, 36 bytes). */
    private static final int CONDITIONS_BYTES = 1 + 10 + 2 + FencingToken.MAX_BYTES;

    static final int MAX_RECORD_BYTES = S2sFrame.MAX_PAYLOAD_BYTES - CONDITIONS_BYTES;

    static final int TAG_RECORD = 0x0a;
    static final int TAG_MATCH_SEQ_NUM = 0x10;
    static final int TAG_FENCING_TOKEN = 0x1a;

    private static final int MIN_GZIP_PAYLOAD_BYTES = 1024;
    private static final byte[] NO_NAME = new byte[0];
    private static final byte[] FENCE = "fence".getBytes(StandardCharsets.US_ASCII);

    private final int maxRecords;
    private final int maxMeteredBytes;

    private FrameSegments frame;
    private int frameLength = S2sFrame.HEADER_BYTES;

    private int recordCount;
    private int meteredBytes;

    /** Who may still read the frame; its memory is free at zero. */
    private final AtomicInteger holders = new AtomicInteger(1);

    private boolean givenBack;

    private boolean frozen;
    private OptionalLong matchSeqNum = OptionalLong.empty();
    private @Nullable FencingToken fencingToken;

    /**
     * @param maxRecords      capped by {@link #MAX_RECORDS}
     * @param maxMeteredBytes capped by {@link #MAX_METERED_BYTES}; a batch of one record may exceed it up to that cap
     * @param initialCapacity bytes expected; it grows as needed
     */
    public AppendBatch(int maxRecords, int maxMeteredBytes, int initialCapacity) {
        this(maxRecords, maxMeteredBytes, initialCapacity, null);
    }

    /**
     * As above.
     *
     * @param pool where memory for large pieces comes from and goes to; null for new memory each time
     */
    public AppendBatch(int maxRecords, int maxMeteredBytes, int initialCapacity, @Nullable FramePool pool) {
        this.maxRecords = Math.min(Math.max(1, maxRecords), MAX_RECORDS);
        this.maxMeteredBytes = Math.min(maxMeteredBytes, MAX_METERED_BYTES);
        this.frame = new FrameSegments(S2sFrame.HEADER_BYTES, initialCapacity, CONDITIONS_BYTES, pool);
    }

    /** An unfrozen batch with one command record that sets the stream's fencing token. */
    public static AppendBatch fence(FencingToken token, long timestamp) {
        byte[] value = token.value().getBytes(StandardCharsets.UTF_8);
        AppendBatch batch = new AppendBatch(1, MAX_METERED_BYTES, 160);
        batch.tryAdd(
                new RecordDraft().timestamp(timestamp).header(NO_NAME, FENCE).body(value, 0, value.length));
        return batch;
    }

    /**
     * Encodes the record behind those already here; false, and nothing changed, if a limit is in the way. A record for
     * which {@link RecordDraft#fitsInOneBatch} holds is always accepted by an empty batch.
     */
    public boolean tryAdd(RecordDraft record) {
        if (frozen) {
            throw new IllegalStateException("batch is frozen");
        }
        requireMemory();
        int metered = record.meteredSize();
        int encoded = record.encodedSize();
        long field = Varint.lengthDelimited(encoded);
        int meteredLimit = recordCount == 0 ? MAX_METERED_BYTES : maxMeteredBytes;
        if (recordCount == maxRecords
                || metered > meteredLimit - meteredBytes
                || field > MAX_RECORD_BYTES - (frameLength - S2sFrame.HEADER_BYTES)) {
            return false;
        }
        record.writeTo(frame.reserve((int) field), encoded);
        frameLength += (int) field;
        meteredBytes += metered;
        recordCount++;
        return true;
    }

    public int recordCount() {
        return recordCount;
    }

    public int meteredBytes() {
        return meteredBytes;
    }

    public boolean isEmpty() {
        return recordCount == 0;
    }

    /**
     * Closes the batch under these conditions; from here on it is the same bytes at every attempt. An empty token is a
     * condition of its own ("no fence is set"), and so is position 0 ("the stream is empty").
     *
     * @param matchSeqNum the sequence number the first record must get, unsigned
     * @param token       the token that must be in force; null for no condition
     */
    public AppendBatch freeze(OptionalLong matchSeqNum, @Nullable FencingToken token) {
        if (frozen) {
            throw new IllegalStateException("batch is frozen already");
        }
        if (recordCount == 0) {
            throw new IllegalStateException("batch has no records");
        }
        ByteBuffer out = frame.reserve(0);
        int before = out.position();
        if (matchSeqNum.isPresent()) {
            out.put((byte) TAG_MATCH_SEQ_NUM);
            Varint.put(out, matchSeqNum.getAsLong());
        }
        if (token != null) {
            byte[] value = token.value().getBytes(StandardCharsets.UTF_8);
            out.put((byte) TAG_FENCING_TOKEN).put((byte) value.length).put(value);
        }
        frameLength += out.position() - before;
        S2sFrame.writeHeader(frame.first(), frameLength - S2sFrame.HEADER_BYTES, 0);
        this.matchSeqNum = matchSeqNum;
        this.fencingToken = token;
        this.frozen = true;
        return this;
    }

    public boolean isFrozen() {
        return frozen;
    }

    public OptionalLong matchSeqNum() {
        return matchSeqNum;
    }

    public @Nullable FencingToken fencingToken() {
        return fencingToken;
    }

    /**
     * Compresses the frame of a frozen batch where that pays: payloads from 1024 bytes, and only if they shrink.
     * Repeating it changes nothing.
     */
    public AppendBatch gzip() {
        requireFrozen();
        int payload = frameLength - S2sFrame.HEADER_BYTES;
        if (isCompressed() || payload < MIN_GZIP_PAYLOAD_BYTES) {
            return this;
        }
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(payload / 2);
        compressed.writeBytes(new byte[S2sFrame.HEADER_BYTES]);
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed, 8192)) {
            frame.writeTo(gzip, S2sFrame.HEADER_BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (compressed.size() < frameLength) {
            byte[] smaller = compressed.toByteArray();
            S2sFrame.writeHeader(
                    ByteBuffer.wrap(smaller), smaller.length - S2sFrame.HEADER_BYTES, S2sFrame.COMPRESSION_GZIP);
            if (holders.get() == 1) {
                frame.release();
            }
            frame = new FrameSegments(smaller);
            frameLength = smaller.length;
        }
        return this;
    }

    public boolean isCompressed() {
        return frozen && !givenBack && (frame.first().get(3) & S2sFrame.COMPRESSION_MASK) != 0;
    }

    /**
     * The S2S frame, its 4-byte header included, in the pieces it is kept in, in order. Do not modify. Good for as long
     * as the caller holds the batch.
     */
    public List<ByteBuffer> segments() {
        requireFrozen();
        return frame.buffers();
    }

    /** A copy of the S2S frame, its 4-byte header included, in one piece. */
    public byte[] frame() {
        requireFrozen();
        return frame.toByteArray(0);
    }

    public int frameLength() {
        requireFrozen();
        return frameLength;
    }

    /** Holds the frame for one more reader. Only who holds it may do so. */
    public void hold() {
        if (holders.getAndUpdate(n -> n > 0 ? n + 1 : 0) == 0) {
            throw new IllegalStateException("the batch's memory was given back already");
        }
    }

    /** One holder is done with the frame, for good. The last one gives its memory back. */
    public void release() {
        int before = holders.getAndUpdate(n -> n > 0 ? n - 1 : 0);
        if (before == 0) {
            throw new IllegalStateException("the batch was let go more often than it was held");
        }
        if (before == 1 && frame.hasPooled()) {
            frame.release();
            givenBack = true;
        }
    }

    /** Decodes the records back out of the frame. */
    public List<AppendRecord> records() {
        requireMemory();
        try {
            byte[] payload = frame.toByteArray(S2sFrame.HEADER_BYTES);
            return Messages.appendRecords(isCompressed() ? S2sFrame.gunzip(payload) : payload);
        } catch (WireFormatException e) {
            throw new AssertionError("our own encoding does not decode", e);
        }
    }

    @Override
    public String toString() {
        return "AppendBatch[" + recordCount + " records, " + meteredBytes + " bytes"
                + (matchSeqNum.isPresent() ? ", at " + Long.toUnsignedString(matchSeqNum.getAsLong()) : "")
                + (frozen ? "" : ", open") + "]";
    }

    private void requireFrozen() {
        if (!frozen) {
            throw new IllegalStateException("batch is not frozen");
        }
        requireMemory();
    }

    private void requireMemory() {
        if (givenBack) {
            throw new IllegalStateException("the batch's memory was given back already");
        }
    }
}
