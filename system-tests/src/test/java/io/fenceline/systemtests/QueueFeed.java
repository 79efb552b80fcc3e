package io.fenceline.systemtests;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.history.MessageHistoryCheck;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * A queue and the topic it is read into: sends messages past everything that is under test, and compares them with what a
 * {@code read_committed} reader of the topic sees, by SQS's MessageId. Thread-safe.
 */
final class QueueFeed implements AutoCloseable {

    /** How many a FIFO queue has, if nothing else is said. */
    private static final int GROUPS = 20;

    private static final int MOST_AHEAD = 300;

    private final SqsCalls calls;
    private final String queue;
    private final String queueUrl;
    private final int groups;
    private final TopicPartition topic;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final MessageHistoryCheck history = new MessageHistoryCheck();
    private long number;
    private @Nullable Thread sender;
    private volatile boolean sending;
    private volatile @Nullable Throwable failure;

    private QueueFeed(Cluster cluster, String queue, int groups, Map<String, String> topicConfig) {
        this.calls = cluster.sqs().calls();
        this.queue = queue;
        this.groups = groups;
        this.topic = new TopicPartition(queue, 0);
        queueUrl = groups > 0 ? calls.createFifoQueue(queue) : calls.createQueue(queue, Map.of());
        cluster.createTopicNamed(queue, 1, topicConfig);
        consumer = new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, cluster.bootstrapServers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed",
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false",
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        consumer.assign(List.of(topic));
        consumer.seekToBeginning(List.of(topic));
    }

    static QueueFeed standard(Cluster cluster, String prefix) {
        return standard(cluster, prefix, Map.of());
    }

    static QueueFeed standard(Cluster cluster, String prefix, Map<String, String> topicConfig) {
        return new QueueFeed(cluster, Cluster.unique(prefix), 0, topicConfig);
    }

    static QueueFeed fifo(Cluster cluster, String prefix) {
        return fifo(cluster, prefix, GROUPS);
    }

    /** Messages are of these groups in turn, and no request has two of one. A group with an undeleted message is not given out. */
    static QueueFeed fifo(Cluster cluster, String prefix, int groups) {
        return new QueueFeed(cluster, Cluster.unique(prefix) + ".fifo", groups, Map.of());
    }

    /** The queue's name, which is the topic's as well. */
    String name() {
        return queue;
    }

    String queueUrl() {
        return queueUrl;
    }

    SqsCalls calls() {
        return calls;
    }

    // ---- sending

    /** Text of a few hundred characters, every third message with an attribute. */
    synchronized void send(int count, Random random) {
        List<SentEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String body = "message " + number + " " + "x".repeat(random.nextInt(500));
            Map<String, SqsAttribute> attributes =
                    random.nextInt(3) == 0 ? Map.of("trace", SqsAttribute.text("t" + random.nextInt(1000))) : Map.of();
            entries.add(entry(body, attributes));
            if (entries.size() == 10 || i == count - 1) {
                send(entries);
                entries.clear();
            }
        }
    }

    /** One message; returns its MessageId. */
    synchronized String send(String body, Map<String, SqsAttribute> attributes) {
        return send(List.of(entry(body, attributes))).get(0);
    }

    private SentEntry entry(String body, Map<String, SqsAttribute> attributes) {
        long mine = number++;
        return groups == 0
                ? new SentEntry("n" + mine, body, attributes, null, null)
                : new SentEntry("n" + mine, body, attributes, "g" + mine % groups, queue + "-" + mine);
    }

    private List<String> send(List<SentEntry> entries) {
        SqsAnswer answer = calls.send(queueUrl, entries).orThrow();
        Map<String, String> ids = new HashMap<>();
        answer.json()
                .path("Successful")
                .forEach(entry -> ids.put(
                        entry.path("Id").asText(), entry.path("MessageId").asText()));
        List<String> messageIds = new ArrayList<>();
        for (SentEntry entry : entries) {
            String messageId = ids.get(entry.id());
            if (messageId == null) {
                throw new IllegalStateException("not taken: " + entry.id() + " in " + answer.text());
            }
            history.sent(messageId, entry);
            messageIds.add(messageId);
        }
        return messageIds;
    }

    /**
     * Ten messages every interval, from a thread of its own, until {@link #stopSending}; none while a few hundred are not
     * committed, so that a slow machine has no more to make up for than a fast one.
     */
    void keepSending(Duration interval, Random random) {
        sending = true;
        Thread thread = new Thread(
                () -> {
                    try {
                        while (sending) {
                            if (sent() - committed() < MOST_AHEAD) {
                                send(10, random);
                            }
                            Await.sleep(interval);
                        }
                    } catch (Throwable e) {
                        failure = e;
                    }
                },
                "queue-feed-" + queue);
        thread.setDaemon(true);
        thread.start();
        sender = thread;
    }

    /** Returns how many messages were sent in all. */
    long stopSending() {
        sending = false;
        Thread thread = sender;
        if (thread != null) {
            try {
                thread.join(30_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
        if (failure != null) {
            throw new AssertionError("sending ended", failure);
        }
        return sent();
    }

    synchronized long sent() {
        return history.sent();
    }

    // ---- what became of it

    /** What the queue has: what waits, what somebody holds, and what is delayed. */
    long left() {
        long left = 0;
        var attributes = calls.attributes(queueUrl);
        for (String kind : List.of("", "NotVisible", "Delayed")) {
            left += attributes.path("ApproximateNumberOfMessages" + kind).asLong();
        }
        return left;
    }

    /** Different messages that a {@code read_committed} reader has seen. */
    synchronized long committed() {
        readOn();
        return history.distinct();
    }

    synchronized boolean isCommitted(String messageId) {
        readOn();
        return history.hasRead(messageId);
    }

    /** Committed messages that are still in the queue, as far as the queue's own count is right. */
    synchronized long undeleted() {
        // nothing is sent meanwhile; what is deleted between the two makes it less
        long committed = committed();
        return Math.max(0, committed + left() - sent());
    }

    /** Up to where the topic ends now. */
    private void readOn() {
        long end = consumer.endOffsets(List.of(topic)).getOrDefault(topic, 0L);
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (consumer.position(topic) < end) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("cannot read " + topic + " to its end within a minute");
            }
            consumer.poll(Duration.ofMillis(200)).forEach(history::read);
        }
    }

    synchronized MessageHistoryCheck.Result check() {
        readOn();
        return history.result();
    }

    @Override
    public void close() {
        sending = false;
        synchronized (this) {
            consumer.close();
            // what is left would only make the server slower
            calls.deleteQueue(queueUrl);
        }
    }
}
