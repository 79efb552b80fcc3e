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

    /** Whole families, since each version of Connect adds to them. */
    private static final List<String> FAMILIES = List.of(
            "admin.",
            "body.converter.",
            "config.",
            "confluent.",
            "connector.",
            "consumer.",
            "errors.",
            "exactly.once.",
            "header.converter.",
            "internal.",
            "kafka.",
            "key.converter.",
            "offset.",
            "offsets.",
            "predicates.",
            "producer.",
            "task.",
            "tasks.",
            "topic.creation.",
            "transaction.",
            "transforms.",
            "value.converter.");

    private OthersKeys() {}

    static boolean include(String name, KeySpelling.Side side) {
        return NAMES.contains(name)
                || side == KeySpelling.Side.SINK && SINK_NAMES.contains(name)
                || FAMILIES.stream().anyMatch(name::startsWith)
                || name.startsWith("_"); // e.g. Aiven's
    }
}
