package io.fenceline.connect.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keys of ours that no prefix tells from others', by the connectors that have them; a test compares it with theirs. */
final class SiblingKeys {

    private static final String SINKS = "S2 sink and the SQS sink";
    private static final String SOURCES = "S2 source and the SQS source";

    private static final Map<String, String> OWNERS = owners(Map.of(
            SINKS,
            List.of(
                    "behavior.on.null.values",
                    "behavior.on.reserved.headers",
                    "body.converter",
                    "linger.ms",
                    "on.stop"),
            SOURCES,
            List.of("poll.max.bytes", "poll.max.records", "topic", "value.type"),
            "S2 sink",
            List.of(
                    "ack.timeout.ms",
                    "batch.max.bytes",
                    "batch.max.records",
                    "checkpoint.idle.ms",
                    "claim.max.takeovers",
                    "delivery.guarantee",
                    "inflight.max.bytes",
                    "retry.policy"),
            "SQS sink",
            List.of("in.doubt.on.restart", "in.doubt.policy", "max.in.flight.requests"),
            "S2 source",
            List.of(
                    "heartbeat.interval.ms",
                    "heartbeat.topic",
                    "on.gap",
                    "on.recreated",
                    "restore.partition",
                    "start.from"),
            "SQS source",
            List.of("on.unconfirmed.record")));

    private SiblingKeys() {}

    private static Map<String, String> owners(Map<String, List<String>> byOwners) {
        Map<String, String> owners = new HashMap<>();
        byOwners.forEach((connectors, names) -> names.forEach(name -> owners.put(name, connectors)));
        return Map.copyOf(owners);
    }

    static @Nullable String ownersOf(String name) {
        return OWNERS.get(name);
    }
}
