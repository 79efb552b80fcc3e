package io.fenceline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How long each of a trickle of records took; the first ones do not count. Owned by one thread. */
final class Latencies {

    private static final int WARM_UP = 100;

    private final int counted;
    private final List<Long> nanos = new ArrayList<>();

    /** @param counted records that count */
    Latencies(int counted) {
        this.counted = counted;
    }

    /** Records it takes. */
    int wanted() {
        return WARM_UP + counted;
    }

    int seen() {
        return nanos.size();
    }

    void add(long took) {
        nanos.add(took);
    }

    /** @param way from where to where the records went */
    String text(String way) {
        List<Long> sorted = nanos.subList(WARM_UP, wanted()).stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%s: p50 %.1f ms, p99 %.1f ms (%d records)",
                way,
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.get(sorted.size() * 99 / 100) / 1e6,
                sorted.size());
    }
}
