package io.fenceline.connect.config;

import java.util.List;
import java.util.Set;

/** Keys that Connect and the tools around it put into a connector's configuration. */
final class OthersKeys {

    private static final Set<String> NAMES = Set.of(
            "name",
            "transforms",
            "predicates",
            "key.converter",
            "value.converter",
            "header.converter",
            TaskKeys.NUMBER,
            TaskKeys.COUNT,
            TaskKeys.SHARE);

    private static final Set<String> SINK_NAMES = Set.of("topics", "topics.regex");

    /** By name, since a mistake in one of them costs exactly once without a word. */
    private static final Set<String> SOURCE_NAMES = Set.of(
            "exactly.once.support",
            "offsets.storage.topic",
            "transaction.boundary",
            "transaction.boundary.interval.ms");

    /** Whole families, since each version of Connect adds to them. */
    private static final List<String> FAMILIES = List.of(
            "admin.override.",
            "body.converter.",
            "config.",
            "confluent.",
            "connector.",
            "consumer.override.",
            "errors.",
            "header.converter.",
            "internal.",
            "kafka.",
            "key.converter.",
            "predicates.",
            "producer.override.",
            "task.",
            "tasks.",
            "topic.creation.",
            "transforms.",
            "value.converter.");

    private OthersKeys() {}

    static boolean include(String name, KeySpelling.Side side) {
        return NAMES.contains(name)
                || (side == KeySpelling.Side.SINK ? SINK_NAMES : SOURCE_NAMES).contains(name)
                || FAMILIES.stream().anyMatch(name::startsWith)
                || name.startsWith("_"); // e.g. Aiven's
    }
}
