package io.fenceline.connect.sink.sqs;

import io.fenceline.connect.config.SqsConnectionConfig;
import io.fenceline.connect.sink.task.SinkStartupAdvice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@link SinkStartupAdvice} for a sink that writes to SQS. */
final class SqsSinkAdvice {

    private SqsSinkAdvice() {}

    static List<String> on(Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        SqsConnectionConfig.advice(properties).ifPresent(advice::add);
        advice.addAll(SinkStartupAdvice.on(properties, "SQS", SqsSinkConfig.unknownKeys(properties)));
        List<String> withoutMeaning = SqsSinkConfig.withoutMeaning(properties);
        if (!withoutMeaning.isEmpty()) {
            advice.add("these keys mean something on FIFO queues only, and " + SqsSinkConfig.QUEUE
                    + " names standard queues: " + withoutMeaning);
        }
        return advice;
    }
}
