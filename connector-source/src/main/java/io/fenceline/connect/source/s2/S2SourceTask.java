package io.fenceline.connect.source.s2;

import io.fenceline.connect.Version;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** Reads streams of S2. */
public final class S2SourceTask extends SourceTask {

    @Override
    public String version() {
        return Version.current();
    }

    @Override
    public void start(Map<String, String> properties) {
        throw new UnsupportedOperationException("the task does not read yet");
    }

    @Override
    public List<SourceRecord> poll() {
        throw new UnsupportedOperationException("the task does not read yet");
    }

    @Override
    public void stop() {}
}
