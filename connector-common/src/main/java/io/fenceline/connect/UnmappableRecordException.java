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

    UnmappableRecordException(TerminalCode code, String coordinates, String reason, @Nullable Throwable cause) {
        super("[" + code + "] record " + coordinates + " cannot be written to S2: " + reason, cause);
        this.code = code;
    }

    /** {@link TerminalCode#RECORD_TOO_LARGE} or {@link TerminalCode#UNMAPPABLE_RECORD}. */
    public TerminalCode code() {
        return code;
    }
}
