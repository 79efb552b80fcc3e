package io.fenceline.s2.wire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One record of an append input, decoded. For comparing and for tests: the append path writes {@link RecordDraft}s.
 *
 * @param timestamp unsigned; null lets the service choose
 * @param headers   in order, names may repeat
 * @param body      not copied: do not modify
 */
public record AppendRecord(@Nullable Long timestamp, List<Header> headers, byte[] body) {

    public AppendRecord {
        headers = List.copyOf(headers);
    }

    /** True for a record the service interprets: exactly one header, and that one without a name. */
    public boolean isCommand() {
        return SequencedRecord.isCommand(headers);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AppendRecord that
                && Objects.equals(timestamp, that.timestamp)
                && headers.equals(that.headers)
                && Arrays.equals(body, that.body);
    }

    @Override
    public int hashCode() {
        return Objects.hash(timestamp, headers, Arrays.hashCode(body));
    }

    /** Sizes only: records can be confidential. */
    @Override
    public String toString() {
        return "AppendRecord[timestamp=" + (timestamp == null ? "none" : Long.toUnsignedString(timestamp))
                + ", headers=" + headers + ", body=" + body.length + " bytes]";
    }
}
