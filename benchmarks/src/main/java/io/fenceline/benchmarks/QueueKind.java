package io.fenceline.benchmarks;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** Kinds of queues, in the order of a round. */
enum QueueKind {
    STANDARD("standard queue", ""),
    FIFO("FIFO queue", ".fifo");

    final String title;
    /** What a queue's name ends in. */
    final String suffix;

    QueueKind(String title, String suffix) {
        this.title = title;
        this.suffix = suffix;
    }

    /** Those of {@code standard,fifo}. */
    static Set<QueueKind> listed(String list) {
        Set<QueueKind> kinds = EnumSet.noneOf(QueueKind.class);
        for (String kind : list.split(",")) {
            kinds.add(of(kind.strip()));
        }
        return kinds;
    }

    private static QueueKind of(String option) {
        return Arrays.stream(values())
                .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(option))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("--queues takes standard and fifo, not " + option));
    }
}
