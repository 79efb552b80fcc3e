package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendBatch;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a read starts and what ends it; null is "not said". Numbers are unsigned.
 *
 * @param until       timestamps at or above it end the read
 * @param waitSeconds how long to wait at the tail for another record
 */
record ReadQuery(
        @Nullable Long seqNum,
        @Nullable Long timestamp,
        @Nullable Long tailOffset,
        boolean clamp,
        @Nullable Long count,
        @Nullable Long bytes,
        @Nullable Long until,
        @Nullable Long waitSeconds) {

    private static final long LONGEST_UNARY_WAIT = 60;

    static ReadQuery parse(Map<String, String> query) throws Refused {
        Long seqNum = number(query, "seq_num");
        Long timestamp = number(query, "timestamp");
        Long tailOffset = number(query, "tail_offset");
        String clamp = query.getOrDefault("clamp", "false");
        if (!clamp.equals("true") && !clamp.equals("false")) {
            throw badQuery("clamp", "neither `true` nor `false`");
        }
        Long until = number(query, "until");
        ReadQuery parsed = new ReadQuery(
                seqNum,
                timestamp,
                tailOffset,
                clamp.equals("true"),
                number(query, "count"),
                number(query, "bytes"),
                until,
                number(query, "wait"));
        if ((seqNum == null ? 0 : 1) + (timestamp == null ? 0 : 1) + (tailOffset == null ? 0 : 1) > 1) {
            throw Refused.invalid("only one of seq_num, timestamp, or tail_offset can be provided");
        }
        if (timestamp != null && until != null && Long.compareUnsigned(until, timestamp) <= 0) {
            throw Refused.invalid("start `timestamp` exceeds or equal to `until`");
        }
        return parsed;
    }

    /** As one answer: always bounded by what a batch may hold. */
    ReadQuery unary() {
        return new ReadQuery(
                seqNum,
                timestamp,
                tailOffset,
                clamp,
                least(count, AppendBatch.MAX_RECORDS),
                least(bytes, AppendBatch.MAX_METERED_BYTES),
                until,
                waitSeconds == null ? null : least(waitSeconds, LONGEST_UNARY_WAIT));
    }

    /** Behind what an earlier read of the same query has delivered. */
    ReadQuery after(long lastSeqNum, long deliveredCount, long deliveredBytes) {
        return new ReadQuery(
                lastSeqNum + 1,
                null,
                null,
                clamp,
                count == null ? null : Math.max(0, count - deliveredCount),
                bytes == null ? null : Math.max(0, bytes - deliveredBytes),
                until,
                waitSeconds);
    }

    boolean mayFollow() {
        return count == null && bytes == null && until == null || waitSeconds != null && waitSeconds > 0;
    }

    private static long least(@Nullable Long said, long most) {
        return said == null || Long.compareUnsigned(said, most) > 0 ? most : said;
    }

    private static @Nullable Long number(Map<String, String> query, String name) throws Refused {
        String value = query.get(name);
        try {
            return value == null ? null : Long.valueOf(Long.parseUnsignedLong(value));
        } catch (NumberFormatException e) {
            throw badQuery(name, "not an unsigned number");
        }
    }

    private static Refused badQuery(String name, String what) {
        return Refused.of(400, "bad_query", "query parameter " + name + ": " + what);
    }
}
