package io.fenceline.testkit.quickstart;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A FIFO queue somebody else sends to, brought to Kafka with exactly-once source support; in the end the queue is empty. */
final class SqsSourceRoute implements Route {

    /** As the posted file has it. */
    private static final String TOPIC = "from-sqs";

    /** Longer than what a killed worker has received stays hidden. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Servers<SqsSide> servers;
    private final String queue;
    private final QueueLevel level;
    private final Comparison comparison = new Comparison(new MessageForm());
    private final SpreadWriting messages;
    private final CommittedRecords committed;

    SqsSourceRoute(Servers<SqsSide> servers, Options options) {
        this.servers = servers;
        queue = servers.far().createFifoQueue(servers.far().fresh("quickstart") + ".fifo");
        level = new QueueLevel(servers.far().calls(), queue);
        messages = QueueWriter.of(servers.far().calls(), queue, options, TOPIC, comparison)
                .writing();
        committed = CommittedRecords.of(servers.broker().bootstrapServers(), TOPIC, true);
    }

    @Override
    public List<Posting> postings() {
        return List.of(new Posting("config/sqs-source-quickstart.json", 1, Map.of("sqs.queue.urls", queue)));
    }

    @Override
    public String begin() {
        messages.start();
        return String.format(Locale.ROOT, "sending %,d messages", total());
    }

    @Override
    public long total() {
        return messages.count();
    }

    @Override
    public long given() {
        return messages.acknowledged();
    }

    @Override
    public long arrived() {
        return committed.count();
    }

    @Override
    public String how() {
        return String.format(Locale.ROOT, "%,d sent to SQS, %,d committed in Kafka", messages.written(), arrived());
    }

    @Override
    public List<String> afterKill(String lastConnector) {
        long inKafka = arrived();
        return List.of(
                String.format(
                        Locale.ROOT,
                        "sent to SQS: %,d messages; committed in Kafka: %,d; not deleted in SQS: %,d.",
                        messages.written(),
                        inKafka,
                        level.now()),
                "What the worker had received comes again. What of it is in Kafka is known by the connector's offsets,"
                        + " and deleted.");
    }

    @Override
    public String checking() {
        return "waiting for the queue to be empty, and comparing the topic, read with read_committed, with what was sent";
    }

    @Override
    public String howFar() {
        return String.format(Locale.ROOT, "%,d messages in the queue", Math.max(0, level.last()));
    }

    /** The topic is read last: a message that SQS gives out again would have come again by then. */
    @Override
    public Balance check(long given) throws Exception {
        // what a distant service says of itself lags behind
        Duration quiet = servers.far().isLasting() ? Duration.ofSeconds(5) : Duration.ofSeconds(1);
        long left = level.awaitEmpty(quiet, PATIENCE);
        String bootstrap = servers.broker().bootstrapServers();
        CommittedRecords.forEach(bootstrap, TOPIC, comparison::found);
        Balance balance = comparison.verdict(
                given,
                List.of(
                        new Comparison.Line("records in SQS", given),
                        new Comparison.Line("records in Kafka", comparison.found())),
                CommittedRecords.aborted(bootstrap, TOPIC, comparison.found()));
        String summary = balance.summary()
                + System.lineSeparator()
                + new Comparison.Line("left in the queue", left).text().stripTrailing();
        return new Balance(balance.right() && left == 0, summary);
    }

    @Override
    public List<String> lookAt() {
        SqsSide sqs = servers.far();
        String url = "\"QueueUrl\":\"" + queue + "\"";
        List<String> commands = new ArrayList<>(List.of(
                "the queue:        " + sqs.curl("GetQueueAttributes", "{" + url + ",\"AttributeNames\":[\"All\"]}"),
                "send one more:    "
                        + sqs.curl(
                                "SendMessage",
                                "{" + url + ",\"MessageBody\":\"hello\",\"MessageGroupId\":\"me\","
                                        + "\"MessageDeduplicationId\":\"1\"}"),
                "the topic:        %s at %s; read it with isolation.level=read_committed"
                        .formatted(TOPIC, servers.broker().bootstrapServers())));
        if (sqs.isLasting()) {
            commands.add("delete the queue: " + sqs.curl("DeleteQueue", "{" + url + "}"));
        }
        return commands;
    }

    @Override
    public void close() {
        committed.close();
    }
}
