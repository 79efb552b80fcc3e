package io.fenceline.connect.sink.s2;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.connect.storage.StringConverter;

/** Remembers what it was configured with. */
public final class RecordingConverter extends StringConverter {

    static final List<Map<String, ?>> CONFIGURED = new CopyOnWriteArrayList<>();

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        CONFIGURED.add(Map.copyOf(configs));
    }
}
