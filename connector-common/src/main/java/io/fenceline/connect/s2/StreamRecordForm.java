package io.fenceline.connect.s2;

import static io.fenceline.connect.TerminalCode.RECORD_TOO_LARGE;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.DecimalDigits;
import io.fenceline.connect.MisfitException;
import io.fenceline.connect.RecordForm;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka record as it stands in a stream (see {@link StreamHeaders}), written into a {@link #draft} as it is told. Owned by one
 * task thread. Costs no allocation once its header names have been seen.
 */
public final class StreamRecordForm implements RecordForm {

    /** Header names seen often are encoded once; a stream with ever new names must not grow the cache for ever. */
    private static final int MAX_CACHED_NAMES = 256;

    private static final byte[] EMPTY = new byte[0];

    private final RecordDraft draft = new RecordDraft();
    private final Map<String, byte[]> headerNames = new HashMap<>();
    private final byte[] timestampBytes = new byte[DecimalDigits.MOST];
    private final DecimalDigits timestampDigits = new DecimalDigits(timestampBytes, 0);

    /** What the record told last has become; good until the next is told. */
    public RecordDraft draft() {
        return draft;
    }

    @Override
    public String destination() {
        return "S2";
    }

    @Override
    public void reset() {
        draft.reset();
    }

    @Override
    public void id(byte[] buffer, int length) {
        draft.header(StreamHeaders.ID, buffer, 0, length);
    }

    @Override
    public void timestamp(long millis) {
        draft.timestamp(millis);
        draft.header(StreamHeaders.TIMESTAMP, timestampBytes, 0, timestampDigits.show(millis));
    }

    @Override
    public void key(byte[] buffer, int offset, int length) {
        draft.header(StreamHeaders.KEY, buffer, offset, length);
    }

    @Override
    public void nullValue() {
        draft.header(StreamHeaders.NULL_VALUE, EMPTY);
    }

    @Override
    public void header(String name, byte @Nullable [] value) throws MisfitException {
        if (name.isEmpty()) {
            throw new MisfitException(UNMAPPABLE_RECORD, "it has a header with an empty name, which S2 does not allow");
        }
        byte[] bytes = nameBytes(name);
        if (value == null) {
            draft.header(StreamHeaders.NULL_HEADER, bytes);
        } else {
            draft.header(bytes, value);
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

    @Override
    public void body(byte[] buffer, int offset, int length) {
        draft.body(buffer, offset, length);
    }

    /** @throws MisfitException if no batch whatsoever can hold the record */
    @Override
    public void check() throws MisfitException {
        if (draft.meteredSize() > AppendBatch.MAX_METERED_BYTES) {
            throw new MisfitException(
                    RECORD_TOO_LARGE,
                    "it has " + draft.meteredSize() + " metered bytes (body, key and headers), S2 takes at most "
                            + AppendBatch.MAX_METERED_BYTES);
        }
        if (!draft.fitsInOneBatch()) {
            throw new MisfitException(
                    RECORD_TOO_LARGE,
                    "its headers are so many that it has " + draft.encodedSize()
                            + " bytes on the wire, more than one frame takes");
        }
    }
}
