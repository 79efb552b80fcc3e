package io.fenceline.connect.s2;

import io.fenceline.connect.ReservedHeaders;
import java.nio.charset.StandardCharsets;

/**
 * The names of our headers on S2, in the order they stand in a record:
 *
 * <pre>
 * kafka.id            topic/partition/offset of the original record        always, first
 * kafka.ts            Kafka timestamp, decimal milliseconds                absent if the record has none
 * kafka.key           key bytes                                            absent for a null key
 * kafka.null          empty                                                present if the value was null
 * user headers        name and value as they are, in their order
 *   kafka.null.header the NAME of a user header whose value was null       stands in that header's place
 * </pre>
 *
 * The marker of a null header value takes the place of the header and carries its name, so order and repeated names survive
 * and an empty value stays different from a null one.
 */
final class StreamHeaders {

    static final byte[] ID = ascii(ReservedHeaders.ID);
    static final byte[] TIMESTAMP = ascii(ReservedHeaders.TIMESTAMP);
    static final byte[] KEY = ascii(ReservedHeaders.KEY);
    static final byte[] NULL_VALUE = ascii(ReservedHeaders.NULL_VALUE);
    static final byte[] NULL_HEADER = ascii(ReservedHeaders.NULL_HEADER);

    private StreamHeaders() {}

    private static byte[] ascii(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
