package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy;
import io.fenceline.testkit.history.CommitWatcher;
import io.fenceline.testkit.history.QueueHistoryCheck;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/** A topic, its queue, a proxy between them and the connector under test; reads the queue past the proxy. */
final class QueueSink implements AutoCloseable {

    static final String SEND = "SendMessageBatch";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Cluster cluster;
    private final String topic;
    private final int partitions;
    private final String queueUrl;
    private final String name;
    private final SqsCalls calls;
    private final HttpFaultProxy proxy;
    private final Map<String, String> config;
    private final List<QueuedMessage> taken = new ArrayList<>();
    private @Nullable ConnectWorker worker;
    private long produced;

    private QueueSink(Cluster cluster, String prefix, int partitions, boolean fifo) {
        this.cluster = cluster;
        this.partitions = partitions;
        topic = cluster.createTopic(prefix, partitions);
        name = "sink-" + topic;
        calls = cluster.sqs().calls();
        queueUrl = fifo ? calls.createFifoQueue(topic + ".fifo") : calls.createQueue(topic, Map.of());
        proxy = HttpFaultProxy.to(cluster.sqs().endpoint());
        config = Cluster.sinkToQueue(proxy.url(), queueUrl, topic, 1);
    }

    /** With an empty topic and an empty queue of the topic's name; the connector is not posted yet. */
    static QueueSink fifo(Cluster cluster, String prefix, int partitions) {
        return new QueueSink(cluster, prefix, partitions, true);
    }

    static QueueSink standard(Cluster cluster, String prefix, int partitions) {
        return new QueueSink(cluster, prefix, partitions, false);
    }

    QueueSink with(String key, String value) {
        config.put(key, value);
        return this;
    }

    /** On this worker in place of the shared one. */
    QueueSink on(ConnectWorker other) {
        worker = other;
        return this;
    }

    String topic() {
        return topic;
    }

    HttpFaultProxy proxy() {
        return proxy;
    }

    ConnectRest rest() {
        return worker().rest();
    }

    private ConnectWorker worker() {
        return worker == null ? cluster.worker() : worker;
    }

    String name() {
        return name;
    }

    // ---- the topic

    /** Records of every partition in turn with a key, a header and text that says which it is; seldom with bytes or nothing. */
    void produce(int count, Random random) {
        produce(count, random, System.currentTimeMillis());
    }

    void produce(int count, Random random, long timestamp) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < count; i++) {
                RecordHeaders headers = new RecordHeaders();
                if (random.nextInt(3) == 0) {
                    headers.add("trace", bytes("t" + random.nextInt(1000)));
                }
                byte[] key = random.nextInt(5) == 0 ? null : bytes("k" + random.nextInt(50));
                producer.send(new ProducerRecord<>(
                        topic, i % partitions, timestamp, key, value(produced + i, random), headers));
            }
        }
        produced += count;
    }

    /** Records of every partition in turn with that many bytes of text. */
    void produceLarge(int count, int bytes) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < count; i++) {
                String start = "record " + (produced + i) + " ";
                byte[] value = bytes(start + "x".repeat(bytes - start.length()));
                producer.send(new ProducerRecord<>(topic, i % partitions, bytes("k" + i), value));
            }
        }
        produced += count;
    }

    private static byte[] value(long number, Random random) {
        return switch (random.nextInt(40)) {
            case 0 -> new byte[] {0, (byte) number, (byte) 0xff};
            case 1 -> new byte[0];
            case 2 -> null;
            default -> bytes("record " + number + " " + "x".repeat(random.nextInt(500)));
        };
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    long produced() {
        return produced;
    }

    // ---- the connector

    QueueSink start(int tasks) {
        config.put("tasks.max", Integer.toString(tasks));
        rest().put(name, config);
        rest().awaitRunning(name, tasks, Duration.ofSeconds(90));
        return this;
    }

    /** The message the task has stopped with, which begins with this code and names the topic and the queue. */
    String awaitStopped(String code) {
        String trace = rest().awaitFailed(name, PATIENCE);
        String message =
                StopMessage.firstIn(trace, code).orElseThrow(() -> new AssertionError("no " + code + " in " + trace));
        Cluster.say(name + " stopped: " + message);
        assertThat(message).contains(topic + "-0").contains(queueUrl);
        return message;
    }

    /** The status shows the old failure for a moment still. */
    void restart(int tasks) {
        rest().restart(name);
        Await.until(
                name + " runs again",
                PATIENCE,
                () -> rest().status(name).running(tasks),
                () -> "Status: " + rest().status(name));
    }

    /** Committed offsets, summed over the partitions. */
    long committed() {
        try {
            return CommitWatcher.committed(cluster.admin(), "connect-" + name).entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    void awaitCommitted(long offsets) {
        awaitCommitted(offsets, PATIENCE);
    }

    void awaitCommitted(long offsets, Duration patience) {
        Await.until(
                offsets + " offsets of " + topic + " are committed",
                patience,
                () -> {
                    requireNoFailure();
                    return committed() == offsets;
                },
                () -> "Committed is " + committed() + ", in the queue " + inQueue() + ", status "
                        + rest().status(name));
    }

    void requireNoFailure() {
        ConnectRest.Status status = rest().status(name);
        if (status.state().equals("FAILED") || status.anyTaskFailed()) {
            throw new AssertionError(name + " failed:\n" + status.traces());
        }
    }

    List<String> logLines(String... words) {
        try (Stream<String> lines = Files.lines(worker().log())) {
            return lines.filter(line -> Stream.of(words).allMatch(line::contains))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- the queue

    String queueUrl() {
        return queueUrl;
    }

    SqsCalls calls() {
        return calls;
    }

    /** Everything the queue has stored so far: what waits in it and what was taken out. */
    long inQueue() {
        return taken.size() + calls.waiting(queueUrl);
    }

    void awaitInQueue(long count) {
        Await.until(
                count + " messages of " + topic + " are in the queue",
                PATIENCE,
                () -> {
                    requireNoFailure();
                    return inQueue() >= count;
                },
                () -> "There are " + inQueue() + ", committed " + committed() + ", status " + rest().status(name));
    }

    /** All messages the queue ever gave out, those it has now included. */
    List<QueuedMessage> take() {
        taken.addAll(calls.drain(queueUrl));
        return taken;
    }

    /** Everything of the topic committed; then what the queue holds of it. */
    QueueHistoryCheck.Result check() {
        awaitCommitted(produced);
        QueueHistoryCheck.Result result = new QueueHistoryCheck()
                .expect(cluster.bootstrapServers(), topic)
                .compare(take());
        Cluster.say(name + ": " + result);
        return result;
    }

    /** The connector and the proxy; the queue stays. */
    @Override
    public void close() {
        rest().delete(name);
        proxy.close();
    }
}
