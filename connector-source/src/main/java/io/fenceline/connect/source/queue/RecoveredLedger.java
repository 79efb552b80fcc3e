package io.fenceline.connect.source.queue;

import java.util.Set;

/**
 * What a start found in the ledger. Immutable.
 *
 * @param ids       of all messages named in any slot, whatever the configuration says today: Kafka has them
 * @param lastStart the highest start number found, 0 if there is none
 */
public record RecoveredLedger(Set<String> ids, long lastStart) {

    /** Nothing is stored, or it is not read. */
    public static final RecoveredLedger EMPTY = new RecoveredLedger(Set.of(), 0);

    public RecoveredLedger {
        ids = Set.copyOf(ids);
    }
}
