package io.fenceline.connect.source.queue;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Messages Kafka has and no slot of ours names any more: those a start found in the ledger, for as long as the task lives, and
 * the last ones that were deleted, against copies a standard queue brings back.
 */
final class KnownIds {

    static final int MOST_DELETED = 100_000;

    private final Set<String> recovered;
    final LinkedHashSet<String> deleted = new LinkedHashSet<>();

    KnownIds(Set<String> recovered) {
        this.recovered = recovered;
    }

    boolean contains(String id) {
        return recovered.contains(id) || deleted.contains(id);
    }

    /** It was deleted, or Kafka has it although we do not hold it any more. */
    void addDeleted(String id) {
        if (recovered.contains(id)) {
            return;
        }
        deleted.remove(id);
        deleted.add(id);
        if (deleted.size() > MOST_DELETED) {
            Iterator<String> oldest = deleted.iterator();
            oldest.next();
            oldest.remove();
        }
    }
}
