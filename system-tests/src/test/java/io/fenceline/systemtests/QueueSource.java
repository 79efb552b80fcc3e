package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy;
import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.history.MessageHistoryCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A source that reads one or more queues through a proxy, on a worker, which the test may kill meanwhile. */
final class QueueSource implements AutoCloseable {

    static final String CLASS = "io.fenceline.connect.source.sqs.SqsSourceConnector";

    static final String RECEIVE = "ReceiveMessage";
    static final String DELETE = "DeleteMessageBatch";
    static final String EXTEND = "ChangeMessageVisibilityBatch";

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final String BYTES = "org.apache.kafka.connect.converters.ByteArrayConverter";

    private final Cluster cluster;
    private final String name;
    private final HttpFaultProxy proxy;
    private final Map<String, String> config;
    private final List<QueueFeed> feeds;
    private ConnectWorker worker;

    private QueueSource(Cluster cluster, ConnectWorker worker, List<QueueFeed> feeds) {
        this.cluster = cluster;
        this.worker = worker;
        this.feeds = feeds;
        name = "source-" + feeds.get(0).name();
        proxy = HttpFaultProxy.to(cluster.sqs().endpoint());
        String urls = feeds.stream().map(QueueFeed::queueUrl).collect(Collectors.joining(","));
        config = config(proxy.url(), urls, "${queue}");
        with("tasks.max", Integer.toString(feeds.size()));
        // a worker that starts waits until the transaction of a killed one is given up
        with("producer.override.transaction.timeout.ms", "4000");
        if (worker.writesInTransactions()) {
            Source.inTransactions(config);
        }
    }

    /** The configuration of a source of one task as users write it, everything else at its default. */
    static Map<String, String> config(URI endpoint, String queueUrls, String topic) {
        Map<String, String> config = new LinkedHashMap<>();
        config.put("connector.class", CLASS);
        config.put("tasks.max", "1");
        config.put("key.converter", BYTES);
        config.put("value.converter", BYTES);
        config.put("header.converter", BYTES);
        config.put("value.type", "bytes");
        config.put("sqs.queue.urls", queueUrls);
        config.put("sqs.endpoint", endpoint.toString());
        config.put("sqs.region", "us-east-1");
        // ElasticMQ takes any
        config.put("aws.access.key.id", "any");
        config.put("aws.secret.access.key", Cluster.TOKEN);
        config.put("topic", topic);
        return config;
    }

    /** Not posted yet; a task for each queue. */
    static QueueSource of(Cluster cluster, ConnectWorker worker, QueueFeed... feeds) {
        return new QueueSource(cluster, worker, List.of(feeds));
    }

    QueueSource with(String key, String value) {
        config.put(key, value);
        return this;
    }

    String name() {
        return name;
    }

    HttpFaultProxy proxy() {
        return proxy;
    }

    ConnectRest rest() {
        return worker.rest();
    }

    /** Seen by another worker of the group from now on. */
    void on(ConnectWorker other) {
        worker = other;
    }

    // ---- the connector

    QueueSource start() {
        rest().put(name, config);
        return awaitRunning();
    }

    QueueSource awaitRunning() {
        int tasks = Math.min(feeds.size(), Integer.parseInt(config.getOrDefault("tasks.max", "1")));
        rest().awaitRunning(name, tasks, Duration.ofSeconds(90));
        return this;
    }

    /** A worker killed and started again; true if something was on its way: written and not committed, or committed and not deleted. */
    boolean kill() {
        worker.kill();
        long cut = feeds.stream().filter(cluster::hasOpenTransaction).count();
        long undeleted = feeds.stream().mapToLong(QueueFeed::undeleted).sum();
        Cluster.say(name + " killed: open transactions " + cut + ", committed and still in the queue " + undeleted);
        return cut + undeleted > 0;
    }

    void launch() {
        worker.launch();
        worker.awaitReady();
    }

    void stop() {
        rest().stop(name);
        rest().awaitState(name, "STOPPED", PATIENCE);
        Await.until("no task of " + name + " is left", PATIENCE, () -> rest().status(name)
                .tasks()
                .isEmpty());
    }

    /** The new configuration, if there is one, is taken before the tasks start. */
    void resume() {
        rest().put(name, config);
        rest().resume(name);
        awaitRunning();
    }

    /** The message a task has stopped with, which begins with this code. */
    String awaitStopped(String code, Duration patience) {
        String[] traces = {""};
        // right after a restart the failure before it may be on show, and gone a moment later: it is looked at once
        Await.until(
                "a task of " + name + " fails with " + code,
                patience,
                () -> {
                    traces[0] = rest().status(name).traces();
                    return traces[0].contains("[" + code + "]");
                },
                () -> "Status: " + rest().status(name));
        String message = StopMessage.firstIn(traces[0], code).orElseThrow();
        Cluster.say(name + " stopped: " + message);
        return message;
    }

    void requireNoFailure() {
        ConnectRest.Status status = rest().status(name);
        boolean failed = status.state().equals("FAILED") || status.anyTaskFailed();
        if (failed && !Source.restartedAfterKafkasRace(rest(), name, status)) {
            throw new AssertionError(name + " failed:\n" + status.traces());
        }
    }

    List<String> logLines(String... words) {
        try (Stream<String> lines = Files.lines(worker.log())) {
            return lines.filter(line -> Stream.of(words).allMatch(line::contains))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- queues and topics

    /** Deletes do not reach the queues before {@link #passDeletes}. */
    void refuseDeletes() {
        proxy.plan(DELETE, number -> Fault.ERROR_503_BEFORE);
    }

    void passDeletes() {
        proxy.clearPlans();
    }

    /** Until every topic has so many different messages. */
    void awaitCommitted(long each) {
        for (QueueFeed feed : feeds) {
            awaitProgress(feed, each);
        }
    }

    /** Until every topic has so many more different messages than now. */
    void awaitMore(long each) {
        Map<QueueFeed, Long> before = feeds.stream().collect(Collectors.toMap(feed -> feed, QueueFeed::committed));
        before.forEach((feed, count) -> awaitProgress(feed, count + each));
    }

    private void awaitProgress(QueueFeed feed, long count) {
        Await.until(
                count + " messages of " + feed.name() + " are committed",
                PATIENCE,
                () -> {
                    requireNoFailure();
                    return feed.committed() >= count;
                },
                () -> "So far: " + feed.check() + ", status " + rest().status(name));
    }

    /** Everything that was sent is committed, and the queues are empty; then what the topics have of it. */
    List<MessageHistoryCheck.Result> check() {
        for (QueueFeed feed : feeds) {
            awaitProgress(feed, feed.sent());
            Await.until(
                    feed.name() + " is empty",
                    PATIENCE,
                    () -> {
                        requireNoFailure();
                        return feed.left() == 0;
                    },
                    () -> "So far: " + feed.check() + ", left " + feed.left() + ", receives "
                            + proxy.requests(RECEIVE) + ", deletes " + proxy.requests(DELETE) + ", extensions "
                            + proxy.requests(EXTEND) + ", status " + rest().status(name));
        }
        List<MessageHistoryCheck.Result> results =
                feeds.stream().map(QueueFeed::check).toList();
        for (int i = 0; i < results.size(); i++) {
            Cluster.say(feeds.get(i).name() + ": " + results.get(i));
        }
        return results;
    }

    void requirePerfect() {
        check().forEach(MessageHistoryCheck.Result::requirePerfect);
        assertThat(feeds).isNotEmpty();
    }

    /** The connector, the queues and the proxy. */
    @Override
    public void close() {
        rest().delete(name);
        feeds.forEach(QueueFeed::close);
        proxy.close();
    }
}
