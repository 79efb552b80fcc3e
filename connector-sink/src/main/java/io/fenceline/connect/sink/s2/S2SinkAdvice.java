package io.fenceline.connect.sink.s2;

import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.sink.task.SinkStartupAdvice;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link SinkStartupAdvice} for a sink that writes to S2. */
final class S2SinkAdvice {

    private static final List<Key<?>> NEW_STREAMS =
            List.of(S2SinkConfig.RETENTION, S2SinkConfig.STORAGE_CLASS, S2SinkConfig.DELETE_ON_EMPTY);

    /** A task that failed in the evening should find its records in the morning after next. */
    private static final Duration SHORT_RETENTION = Duration.ofDays(1);

    private S2SinkAdvice() {}

    static List<String> on(Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        S2ConnectionConfig.advice(properties).ifPresent(advice::add);
        addOnNewStreams(properties, advice);
        advice.addAll(SinkStartupAdvice.on(properties, "S2", S2SinkConfig.unknownKeys(properties)));
        return advice;
    }

    /** What of the settings of new streams can make a restart end in a stop, or has no effect. */
    private static void addOnNewStreams(Map<String, String> properties, List<String> advice) {
        List<String> given = NEW_STREAMS.stream()
                .map(Key::name)
                .filter(properties::containsKey)
                .toList();
        if (!given.isEmpty()
                && RawValues.text(properties, S2SinkConfig.STREAM_AUTO_CREATE).equalsIgnoreCase("false")) {
            advice.add(String.join(", ", given) + ": no effect with " + S2SinkConfig.STREAM_AUTO_CREATE
                    + "=false, the connector creates no streams");
            return;
        }
        if (properties.containsKey(S2SinkConfig.DELETE_ON_EMPTY.name())) {
            advice.add(S2SinkConfig.DELETE_ON_EMPTY + "="
                    + RawValues.text(properties, S2SinkConfig.DELETE_ON_EMPTY)
                    + ": with a stream that S2 deletes because it is empty goes what is known of the offsets written: its"
                    + " task stops with TARGET_MISSING at the next record, and after a restart goes on at the consumer"
                    + " group's position");
        }
        RawValues.number(properties, S2SinkConfig.RETENTION)
                .filter(retention -> retention >= 0 && retention < SHORT_RETENTION.toMillis())
                .ifPresent(retention -> advice.add(S2SinkConfig.RETENTION + "=" + retention
                        + ": records that expire while a task is down take along what a restart has to find, and it stops"
                        + " with WATERMARK_UNKNOWN; let them stay for longer than the longest time without a task"));
    }
}
