package io.fenceline.connect;

/**
 * A record does not fit the form it would have to take. Thrown by a {@link RecordForm}, which does not know the record's
 * coordinates; {@link RecordMapper} adds them.
 */
public final class MisfitException extends Exception {

    private static final long serialVersionUID = 1L;

    private final TerminalCode code;
    private final String reason;

    /** @param reason what it has, and what is taken; no content of the record, no full stop */
    public MisfitException(TerminalCode code, String reason) {
        super(reason);
        this.code = code;
        this.reason = reason;
    }

    /** {@link TerminalCode#RECORD_TOO_LARGE} or {@link TerminalCode#UNMAPPABLE_RECORD}. */
    TerminalCode code() {
        return code;
    }

    String reason() {
        return reason;
    }
}
