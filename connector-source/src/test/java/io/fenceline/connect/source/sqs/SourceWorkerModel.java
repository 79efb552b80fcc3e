package io.fenceline.connect.source.sqs;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;

/**
 * What a worker with exactly-once support does with one task, poll by poll, as ExactlyOnceWorkerSourceTask of Connect 4.3.1 does:
 * a transaction a poll; within it records and their offsets; after it the answers and {@code commit} on the polling thread, also
 * after a poll without records; and no answer for a dropped record while a transaction has no other content. The system tests see
 * that the real one does the same.
 */
final class SourceWorkerModel {

    /** Kafka and Connect's offsets, which outlive tasks. */
    static final class Store {
        final List<SourceRecord> topic = new ArrayList<>();
        final Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        int reads;
    }

    private final SqsSourceTask task;
    private final Store store;
    private final Predicate<SourceRecord> transform;
    private final List<SourceRecord> dropped = new ArrayList<>();

    /** @param transform false for records it drops */
    SourceWorkerModel(SqsSourceTask task, Store store, Predicate<SourceRecord> transform) {
        this.task = task;
        this.store = store;
        this.transform = transform;
    }

    void start(Map<String, String> properties) {
        task.initialize(context());
        task.start(properties);
    }

    /** One turn of the worker's loop. */
    void turn() throws InterruptedException {
        commit(poll());
    }

    /** What a poll gives, in a transaction that has not ended. */
    List<SourceRecord> poll() throws InterruptedException {
        List<SourceRecord> records = task.poll();
        return records == null ? List.of() : records;
    }

    /** Ends the transaction, and gives the answers. */
    void commit(List<SourceRecord> records) {
        List<SourceRecord> written = new ArrayList<>();
        for (SourceRecord record : records) {
            if (transform.test(record)) {
                store.topic.add(record);
                store.offsets.put(record.sourcePartition(), record.sourceOffset());
                written.add(record);
            } else {
                dropped.add(record);
            }
        }
        if (!written.isEmpty()) {
            RecordMetadata metadata = new RecordMetadata(new TopicPartition("t", 0), 0, 0, 0, 0, 0);
            written.forEach(record -> task.commitRecord(record, metadata));
            dropped.forEach(record -> task.commitRecord(record, null));
            dropped.clear();
        }
        task.commit();
    }

    private SourceTaskContext context() {
        OffsetStorageReader offsets = new OffsetStorageReader() {
            @Override
            public <T> Map<String, Object> offset(Map<String, T> partition) {
                throw new UnsupportedOperationException("one by one is slow: each reads the topic to its end");
            }

            @Override
            public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
                store.reads++;
                Map<Map<String, T>, Map<String, Object>> found = new HashMap<>();
                for (Map<String, T> partition : partitions) {
                    Map<String, ?> offset = store.offsets.get(partition);
                    found.put(partition, offset == null ? null : new HashMap<>(offset));
                }
                return found;
            }
        };
        // of any version of Connect, as its interface grows
        return (SourceTaskContext) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {SourceTaskContext.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("offsetStorageReader")) {
                        return offsets;
                    }
                    throw new UnsupportedOperationException(method.getName());
                });
    }
}
