package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.history.CommitWatcher;
import io.fenceline.testkit.history.TopicHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** Kafka to a FIFO queue, out of which everything is taken in the end. */
final class SqsSinkRoute implements Route {

    /** What one receive gives out. */
    private static final int MORE = 10;

    private final Servers<SqsSide> servers;
    private final Records records;
    private final String topic;
    private final String queue;
    private final AtomicLong taken = new AtomicLong();

    SqsSinkRoute(Servers<SqsSide> servers, Options options) {
        this.servers = servers;
        topic = servers.far().fresh("quickstart");
        servers.broker().createTopic(topic, SinkRoute.PARTITIONS, Map.of());
        queue = servers.far().createFifoQueue(topic + ".fifo");
        records = Records.of(servers.broker().bootstrapServers(), topic, options, true);
    }

    @Override
    public List<Posting> postings() {
        return List.of(
                new Posting("config/sqs-sink-quickstart.json", 2, Map.of("topics", topic, "sqs.queue.url", queue)));
    }

    @Override
    public String begin() {
        records.start();
        return String.format(Locale.ROOT, "producing %,d records", total());
    }

    @Override
    public long total() {
        return records.count();
    }

    @Override
    public long given() {
        return records.acknowledged();
    }

    @Override
    public long arrived() {
        return QueueDrain.again(() -> servers.far().calls().waiting(queue));
    }

    @Override
    public String how() {
        return String.format(Locale.ROOT, "%,d in Kafka, %,d in the queue", records.sent(), arrived());
    }

    @Override
    public List<String> afterKill(String lastConnector) throws Exception {
        long inQueue = arrived();
        try (Admin admin = servers.broker().admin()) {
            long committed = CommitWatcher.committed(admin, "connect-" + lastConnector).entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic))
                    .mapToLong(Map.Entry<TopicPartition, Long>::getValue)
                    .sum();
            return List.of(
                    String.format(
                            Locale.ROOT, "in the queue: %,d messages; committed in Kafka: %,d.", inQueue, committed),
                    String.format(
                            Locale.ROOT,
                            "The %,d between are sent again, and the queue recognises them by their deduplication ids.",
                            Math.max(0, inQueue - committed)));
        }
    }

    @Override
    public String checking() {
        return "receiving and deleting every message of the queue, and comparing them with the topic";
    }

    @Override
    public String howFar() {
        return String.format(Locale.ROOT, "%,d messages received", taken.get());
    }

    @Override
    public Balance check(long given) throws Exception {
        QueueComparison comparison = new QueueComparison();
        TopicHistory.forEach(servers.broker().bootstrapServers(), topic, comparison::expect);
        // what a distant service says of itself lags behind
        Duration quiet = servers.far().isLasting() ? Duration.ofSeconds(5) : Duration.ofSeconds(1);
        new QueueDrain(servers.far().calls(), queue, quiet).drain(message -> {
            comparison.found(message);
            taken.incrementAndGet();
        });
        return comparison.verdict(given);
    }

    @Override
    public void refill() {
        records.more(MORE);
    }

    @Override
    public List<String> lookAt() {
        SqsSide sqs = servers.far();
        String url = "\"QueueUrl\":\"" + queue + "\"";
        List<String> commands = new ArrayList<>(List.of(
                "the queue:        " + sqs.curl("GetQueueAttributes", "{" + url + ",\"AttributeNames\":[\"All\"]}"),
                "its messages:     "
                        + sqs.curl(
                                "ReceiveMessage",
                                "{" + url + ",\"MaxNumberOfMessages\":10,\"VisibilityTimeout\":5,"
                                        + "\"AttributeNames\":[\"All\"],\"MessageAttributeNames\":[\"All\"]}")));
        if (sqs.isLasting()) {
            commands.add("delete the queue: " + sqs.curl("DeleteQueue", "{" + url + "}"));
        }
        commands.add("the queue was emptied by the check; %d more records are in topic %s and on their way into it"
                .formatted(MORE, topic));
        return commands;
    }
}
