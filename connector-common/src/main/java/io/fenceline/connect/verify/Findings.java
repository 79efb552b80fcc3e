package io.fenceline.connect.verify;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Counts and a few examples of what a comparison found. Owned by one thread. */
final class Findings {

    /** What can be counted; the labels are printed and are the names in JSON with {@code _} for the blanks. */
    enum Kind {
        IN_KAFKA("records in Kafka", false),
        IN_S2("records in S2", false),
        DUPLICATES("duplicates", true),
        MISSING("missing", true),
        OUT_OF_ORDER("out of order", true),
        ALTERED("altered", true),
        FOREIGN("foreign", true),
        NOT_COMPARABLE("not comparable", false);

        private final String label;
        private final boolean problem;

        Kind(String label, boolean problem) {
            this.label = label;
            this.problem = problem;
        }

        String label() {
            return label;
        }

        String jsonName() {
            return label.toLowerCase(Locale.ROOT).replace(' ', '_');
        }

        boolean isProblem() {
            return problem;
        }
    }

    static final int MAX_EXAMPLES = 10;

    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private final Map<NotComparable, Long> reasons = new EnumMap<>(NotComparable.class);
    private final List<String> examples = new ArrayList<>();

    /** Records of Kafka that were held against the stream's. */
    private long compared;

    void add(Kind kind, long count) {
        counts.merge(kind, count, Long::sum);
    }

    /** Counts one and keeps {@code example} if there is room; it names places, never content. */
    void add(Kind kind, String example) {
        add(kind, 1);
        if (examples.size() < MAX_EXAMPLES) {
            examples.add(kind.label() + ": " + example);
        }
    }

    void addNotComparable(NotComparable reason) {
        add(Kind.NOT_COMPARABLE, 1);
        reasons.merge(reason, 1L, Long::sum);
    }

    /** Notes that a record of Kafka was held against the stream's, whatever came of it. */
    void addCompared() {
        compared++;
    }

    void addAll(Findings other) {
        other.counts.forEach(this::add);
        other.reasons.forEach((reason, count) -> reasons.merge(reason, count, Long::sum));
        compared += other.compared;
        for (String example : other.examples) {
            if (examples.size() < MAX_EXAMPLES) {
                examples.add(example);
            }
        }
    }

    long count(Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    long count(NotComparable reason) {
        return reasons.getOrDefault(reason, 0L);
    }

    long compared() {
        return compared;
    }

    /** Whether there was something to compare, and none of it was. A partition without records has nothing to compare. */
    boolean nothingCompared() {
        return compared == 0
                && count(Kind.IN_KAFKA) + count(NotComparable.GONE_FROM_KAFKA) + count(NotComparable.COMPACTED) > 0;
    }

    List<String> examples() {
        return List.copyOf(examples);
    }

    /** @param atLeastOnce duplicates are counted and are no defect */
    boolean isClean(boolean atLeastOnce) {
        for (Kind kind : Kind.values()) {
            if (kind.isProblem() && count(kind) != 0 && !(atLeastOnce && kind == Kind.DUPLICATES)) {
                return false;
            }
        }
        return true;
    }
}
