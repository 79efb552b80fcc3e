package io.fenceline.connect.source.s2;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;

/**
 * How far a stream has been read, as Connect stores it: <code>{"seq_num": next, "created_at": "time"}</code>.
 *
 * @param seqNum    the next record to read, from 0
 * @param createdAt which stream of this name; null if it is not known, then any will do
 */
public record SourceOffset(long seqNum, @Nullable Instant createdAt) {

    private static final String SEQ_NUM = "seq_num";
    private static final String CREATED_AT = "created_at";

    /** For messages. */
    static final String FORM = "{\"seq_num\":<next number, 0 to 2^63-1>} or {\"seq_num\":<next number>,"
            + "\"created_at\":\"<time as in RFC 3339>\"}";

    public SourceOffset {
        if (seqNum < 0) {
            throw new IllegalArgumentException("number " + Long.toUnsignedString(seqNum)
                    + " is above 2^63-1, which Connect's offsets cannot hold");
        }
    }

    public Map<String, Object> toMap() {
        return toMap(seqNum, createdAt == null ? null : createdAt.toString());
    }

    /** The form for a hot path that has the time as text already. */
    static Map<String, Object> toMap(long seqNum, @Nullable String createdAt) {
        return createdAt == null ? Map.of(SEQ_NUM, seqNum) : Map.of(SEQ_NUM, seqNum, CREATED_AT, createdAt);
    }

    /** @throws ConnectException that shows the form, for anything else; the number may come as any JSON integer */
    public static SourceOffset decode(Map<String, ?> offset) {
        if (!Set.of(SEQ_NUM, CREATED_AT).containsAll(offset.keySet())) {
            throw refused(offset, "it has other keys");
        }
        Object number = offset.get(SEQ_NUM);
        if (!(number instanceof Integer || number instanceof Long)) {
            throw refused(offset, "seq_num is not such a number");
        }
        long seqNum = ((Number) number).longValue();
        if (seqNum < 0) {
            throw refused(offset, "seq_num is negative");
        }
        return new SourceOffset(seqNum, createdAt(offset));
    }

    private static @Nullable Instant createdAt(Map<String, ?> offset) {
        Object time = offset.get(CREATED_AT);
        if (time == null) {
            return null;
        }
        if (!(time instanceof String text)) {
            throw refused(offset, "created_at is not text");
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            throw refused(offset, "created_at is not a time");
        }
    }

    private static ConnectException refused(Map<String, ?> offset, String problem) {
        return new ConnectException("Source offset " + offset + " is not usable: " + problem + "; expected " + FORM);
    }
}
