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

    UnmappableRecordException(TerminalCode code, String coordinates, String reason, @Nullable Throwable cause) {
        super("[" + code + "] " + seen(coordinates, reason), cause);
        this.code = code;
        this.seen = seen(coordinates, reason);
    }

    private static String seen(String coordinates, String reason) {
        return "record " + coordinates + " cannot be written to S2: " + reason;
    }

    /** The message without its code. */
    public String seen() {
        return seen;
    }

    /** {@link TerminalCode#RECORD_TOO_LARGE} or {@link TerminalCode#UNMAPPABLE_RECORD}. */
    public TerminalCode code() {
        return code;
    }
}
