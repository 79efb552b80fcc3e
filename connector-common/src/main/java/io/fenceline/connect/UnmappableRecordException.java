package io.fenceline.connect;

import org.apache.kafka.connect.errors.DataException;
import org.jspecify.annotations.Nullable;

/**
 * One record that cannot be written: hand the record to the errant record reporter, or throw this where there is none.
 * Names the record by its original topic-partition@offset and the reason, never by its content.
 */
public final class UnmappableRecordException extends DataException {

    private static final long serialVersionUID = 1L;

    private final TerminalCode code;
    private final String seen;
    private final @Nullable String remedy;

    /** @param destination where the record would have been written, as {@link RecordForm#destination} says */
    UnmappableRecordException(
            TerminalCode code, String coordinates, String destination, String reason, @Nullable Throwable cause) {
        this("record " + coordinates + " cannot be written to " + destination + ": " + reason, code, null, cause);
    }

    private UnmappableRecordException(
            String seen, TerminalCode code, @Nullable String remedy, @Nullable Throwable cause) {
        super("[" + code + "] " + seen, cause);
        this.code = code;
        this.seen = seen;
        this.remedy = remedy;
    }

    /**
     * A record that the target refused after it was sent.
     *
     * @param topic       of the record as it was read from Kafka, before any transform; so are partition and offset
     * @param destination as {@link RecordForm#destination} says
     * @param reason      the target's words, without a full stop
     */
    public static UnmappableRecordException refused(
            TerminalCode code, String topic, int partition, long offset, String destination, String reason) {
        return new UnmappableRecordException(code, topic + "-" + partition + "@" + offset, destination, reason, null);
    }

    /**
     * The same record, whose report is lost as well.
     *
     * @param more      what was seen of the report, without a full stop
     * @param newRemedy what to do about it
     */
    public UnmappableRecordException unreported(TerminalCode newCode, String more, String newRemedy) {
        return new UnmappableRecordException(seen + ", and " + more, newCode, newRemedy, this);
    }

    /** The message without its code. */
    public String seen() {
        return seen;
    }

    /** What to do about a lost report; null if there was none. */
    public @Nullable String remedy() {
        return remedy;
    }

    /** {@link TerminalCode#RECORD_TOO_LARGE} or {@link TerminalCode#UNMAPPABLE_RECORD}. */
    public TerminalCode code() {
        return code;
    }
}
