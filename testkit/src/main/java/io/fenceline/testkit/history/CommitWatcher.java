package io.fenceline.testkit.history;

import io.fenceline.testkit.S2Reader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Looks all the time whether a sink has committed more than is durable. The group's offsets are read first and the
 * streams after them: what is durable only grows, so a committed offset above it is a violation whatever happened in
 * between. Holds where every offset of the topic is a record that must arrive (no transactions, no filters).
 *
 * <p>Runs a thread of its own until closed.
 */
public final class CommitWatcher implements AutoCloseable {

    private final Admin admin;
    private final String group;
    private final String topic;
    private final S2Reader reader;
    private final Thread thread;
    private final List<String> violations = new CopyOnWriteArrayList<>();
    private volatile boolean running = true;
    /** Times that all partitions were compared. */
    private volatile long looks;

    private volatile long interrupted;

    private CommitWatcher(String bootstrapServers, String connector, String topic, S2Reader reader) {
        this.admin = Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers));
        this.group = "connect-" + connector;
        this.topic = topic;
        this.reader = reader;
        this.thread = new Thread(this::run, "commit-watcher-" + connector);
        thread.setDaemon(true);
    }

    public static CommitWatcher start(String bootstrapServers, String connector, String topic, S2Reader reader) {
        CommitWatcher watcher = new CommitWatcher(bootstrapServers, connector, topic, reader);
        watcher.thread.start();
        return watcher;
    }

    /** What the group has committed: the next offset of each partition. */
    public static Map<TopicPartition, Long> committed(Admin admin, String group) throws ExecutionException {
        try {
            Map<TopicPartition, Long> offsets = new java.util.HashMap<>();
            for (Map.Entry<TopicPartition, OffsetAndMetadata> entry : admin.listConsumerGroupOffsets(group)
                    .partitionsToOffsetAndMetadata()
                    .get()
                    .entrySet()) {
                if (entry.getValue() != null) {
                    offsets.put(entry.getKey(), entry.getValue().offset());
                }
            }
            return offsets;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The next offset that is not in the stream; 0 for an empty stream. */
    public static long durable(S2Reader reader, String stream) {
        S2Reader.Stored last = reader.lastData(stream);
        if (last == null) {
            return 0;
        }
        String id = last.text("kafka.id");
        if (id == null) {
            throw new AssertionError(stream + "@" + last.seqNum() + " has no kafka.id");
        }
        return Long.parseLong(id.substring(id.lastIndexOf('/') + 1)) + 1;
    }

    /** Stops looking, and fails if there was a violation or nothing to look at. */
    public void requireClean() {
        close();
        if (!violations.isEmpty()) {
            throw new AssertionError("committed above durable, in " + looks + " looks: "
                    + new ArrayList<>(violations).subList(0, Math.min(8, violations.size())));
        }
        if (looks == 0) {
            throw new AssertionError("the watcher never got to see committed offsets and streams together");
        }
    }

    @Override
    public void close() {
        running = false;
        thread.interrupt();
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        admin.close(Duration.ofSeconds(5));
    }

    private void run() {
        while (running) {
            try {
                try {
                    look();
                } catch (S2Reader.Unavailable | ExecutionException e) {
                    // the target or the broker is down because the test wants it so; a look that failed says nothing
                    interrupted++;
                }
                Thread.sleep(100);
            } catch (InterruptedException | IllegalStateException e) {
                return;
            } catch (RuntimeException | AssertionError e) {
                if (running) {
                    violations.add("watcher failed: " + e);
                }
                return;
            }
        }
    }

    private void look() throws ExecutionException {
        Map<TopicPartition, Long> committed = committed(admin, group);
        boolean any = false;
        for (Map.Entry<TopicPartition, Long> entry : committed.entrySet()) {
            if (!entry.getKey().topic().equals(topic) || entry.getValue() == 0) {
                continue;
            }
            any = true;
            String stream = topic + "/" + entry.getKey().partition();
            long durable = durable(reader, stream);
            if (entry.getValue() > durable) {
                violations.add(entry.getKey() + " committed " + entry.getValue() + ", durable only below " + durable);
            }
        }
        if (any) {
            looks++;
        }
    }

    @Override
    public String toString() {
        return looks + " looks, " + interrupted + " interrupted, " + violations.size() + " violations";
    }
}
