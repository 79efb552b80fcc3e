package io.fenceline.benchmarks.ready;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/** Hands over values that were made when it started, with a position in each record as any source has it. */
public final class ReadySourceTask extends SourceTask {

    private static final int DIFFERENT = 1024;
    private static final int POOL_BYTES = 4 << 20;
    private static final Map<String, String> PARTITION = Map.of("stream", "ready");

    private final List<byte[]> values = new ArrayList<>();
    private List<String> topics = List.of();
    private long left;
    private int pollRecords;
    private long next;

    @Override
    public void start(Map<String, String> properties) {
        topics = List.of(given(properties, ReadySourceConnector.TOPICS).split(","));
        left = Long.parseLong(given(properties, ReadySourceConnector.RECORDS));
        pollRecords = Integer.parseInt(given(properties, ReadySourceConnector.POLL_RECORDS));
        int size = Integer.parseInt(given(properties, ReadySourceConnector.SIZE));
        byte[] pool = new byte[POOL_BYTES + size];
        new Random(1).nextBytes(pool);
        for (int i = 0; i < DIFFERENT; i++) {
            values.add(Arrays.copyOfRange(pool, i * 31, i * 31 + size));
        }
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        if (left == 0) {
            Thread.sleep(100);
            return null;
        }
        int count = (int) Math.min(left, pollRecords);
        List<SourceRecord> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            next++;
            records.add(new SourceRecord(
                    PARTITION,
                    Map.of("seq_num", next),
                    topics.get((int) (next % topics.size())),
                    null,
                    null,
                    null,
                    Schema.OPTIONAL_BYTES_SCHEMA,
                    values.get((int) (next % DIFFERENT)),
                    1_700_000_000_000L + next));
        }
        left -= count;
        return records;
    }

    private static String given(Map<String, String> properties, String key) {
        return Objects.requireNonNull(properties.get(key), key);
    }

    @Override
    public void stop() {}

    @Override
    public String version() {
        return "0";
    }
}
