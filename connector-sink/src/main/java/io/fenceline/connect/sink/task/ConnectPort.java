package io.fenceline.connect.sink.task;

import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.sink.lane.TaskPort;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The worker behind a sink task. Task thread only. */
public final class ConnectPort implements TaskPort {

    private static final Logger log = LoggerFactory.getLogger(ConnectPort.class);

    private final SinkTaskContext context;
    private final boolean tolerant;
    private final @Nullable ErrantRecordReporter reporter;
    private final @Nullable DeadLetterQueue deadLetters;

    /** @param properties the task's configuration */
    public ConnectPort(SinkTaskContext context, Map<String, String> properties) {
        this.context = context;
        this.tolerant = "all".equals(properties.get(SinkStartupAdvice.ERRORS_TOLERANCE));
        // Null unless a dead letter queue or error logging is configured.
        this.reporter = context.errantRecordReporter();
        this.deadLetters = reporter == null ? null : DeadLetterQueue.of(reporter, properties);
    }

    @Override
    public void seek(TopicPartition lane, long offset) {
        context.offset(lane, offset);
    }

    @Override
    public void pause(TopicPartition lane) {
        context.pause(lane);
    }

    @Override
    public void resume(TopicPartition lane) {
        context.resume(lane);
    }

    @Override
    public boolean isAssigned(TopicPartition lane) {
        return context.assignment().contains(lane);
    }

    @Override
    public void requestCommit() {
        context.requestCommit();
    }

    @Override
    public @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
        if (!tolerant) {
            throw reason;
        }
        if (reporter == null) {
            log.warn("skipped, errors.tolerance=all and no dead letter queue is configured: {}", reason.getMessage());
            return null;
        }
        return deadLetters == null ? reporter.report(record, reason) : deadLetters.report(record, reason);
    }
}
