package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records as a stream holds them, for tests. */
final class StreamRecords {

    private StreamRecords() {}

    /** A data record of topic {@code t}, partition 0. */
    static SequencedRecord data(long seqNum, long offset) {
        return data(seqNum, "t/0/" + offset, 1000 + offset);
    }

    static SequencedRecord data(long seqNum, String id, @Nullable Long timestamp) {
        Header idHeader = header("kafka.id", id);
        return new SequencedRecord(
                seqNum,
                0,
                timestamp == null
                        ? List.of(idHeader)
                        : List.of(idHeader, header("kafka.ts", String.valueOf(timestamp))),
                bytes("body"));
    }

    static SequencedRecord fence(long seqNum) {
        return new SequencedRecord(seqNum, 0, List.of(new Header(new byte[0], bytes("fence"))), bytes("someone"));
    }

    static SequencedRecord foreign(long seqNum) {
        return new SequencedRecord(seqNum, 0, List.of(header("content-type", "text")), bytes("hello"));
    }

    private static Header header(String name, String value) {
        return new Header(bytes(name), bytes(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
