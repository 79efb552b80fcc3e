package io.fenceline.connect.source.sqs;

import io.fenceline.connect.Version;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/** Reads the queues it was dealt. */
public final class SqsSourceTask extends SourceTask {

    /** As Connect makes one. */
    public SqsSourceTask() {}

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public void start(Map<String, String> properties) {
        new SqsSourceConfig(properties).ownQueues();
        throw new UnsupportedOperationException("the SQS source is not complete yet");
    }

    @Override
    public @Nullable List<SourceRecord> poll() {
        return null;
    }

    @Override
    public void stop() {}
}
