package io.fenceline.connect.source.queue;

import java.util.Set;

/**
 * What a start found in the ledger. Immutable.
 *
 * @param ids       of all messages named in any slot, whatever the configuration says today: Kafka has them
 * @param lastStart the highest start number found, 0 if there is none
 * @param isProof   whether what this start writes will be proof that Kafka has a message
 */
public record RecoveredLedger(Set<String> ids, long lastStart, boolean isProof) {

    /** Nothing is stored. */
    public static final RecoveredLedger EMPTY = new RecoveredLedger(Set.of(), 0);

    /**
     * It is not read, since Connect may store what its producer refused. What this start writes must not be taken for proof by a
     * later one, whose configuration reads it.
     */
    public static final RecoveredLedger UNREAD = new RecoveredLedger(Set.of(), 0, false);

    public RecoveredLedger(Set<String> ids, long lastStart) {
        this(ids, lastStart, true);
    }

    public RecoveredLedger {
        ids = Set.copyOf(ids);
    }
}
