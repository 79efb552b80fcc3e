package io.fenceline.connect.sink.s2;

import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.sink.task.SinkStartupAdvice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link SinkStartupAdvice} for a sink that writes to S2. */
final class S2SinkAdvice {

    private S2SinkAdvice() {}

    static List<String> on(Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        S2ConnectionConfig.advice(properties).ifPresent(advice::add);
        advice.addAll(SinkStartupAdvice.on(properties, "S2", S2SinkConfig.unknownKeys(properties)));
        return advice;
    }
}
