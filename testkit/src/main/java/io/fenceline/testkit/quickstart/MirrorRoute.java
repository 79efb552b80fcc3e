package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.history.TopicHistory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Kafka to S2 and back into another topic, by both connectors in one worker. */
final class MirrorRoute implements Route {

    private final Servers<S2Side> servers;
    private final Records records;
    private final CommittedRecords committed;
    private final String topic = "orders";
    private final String streams;
    private final String copy = "copy." + topic;

    MirrorRoute(Servers<S2Side> servers, Options options) {
        this.servers = servers;
        streams = servers.far().fresh("mirror") + "/";
        servers.broker().createTopic(topic, SinkRoute.PARTITIONS, Map.of());
        records = Records.of(servers.broker().bootstrapServers(), topic, options, true);
        committed = CommittedRecords.of(servers.broker().bootstrapServers(), copy, true);
    }

    @Override
    public List<Posting> postings() {
        return List.of(
                new Posting(
                        "config/s2-mirror-sink.json",
                        2,
                        Map.of("tasks.max", "2", "s2.stream", streams + "${topic}/${partition}")),
                new Posting(
                        "config/s2-mirror-source.json",
                        2,
                        // the default looks for new streams once a minute, and here they are made while it runs
                        Map.of("tasks.max", "2", "s2.stream.prefix", streams, "s2.discovery.interval.ms", "2000")));
    }

    @Override
    public String begin() {
        records.start();
        return String.format(Locale.ROOT, "producing %,d records to topic %s", total(), topic);
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
        return committed.count();
    }

    @Override
    public String how() {
        return String.format(
                Locale.ROOT, "%,d in Kafka, %,d in S2, %,d back in Kafka", records.sent(), inS2(), arrived());
    }

    private long inS2() {
        return SinkRoute.inStreams(servers.far(), streams + topic + "/");
    }

    @Override
    public List<String> afterKill(String lastConnector) {
        return List.of("in S2: %,d records; committed in topic %s: %,d".formatted(inS2(), copy, arrived()));
    }

    @Override
    public String checking() {
        return "comparing topic " + copy + " (read_committed) with topic " + topic + ", byte by byte";
    }

    @Override
    public Balance check(long given) {
        Comparison comparison = new Comparison();
        String bootstrap = servers.broker().bootstrapServers();
        TopicHistory.forEach(
                bootstrap, topic, record -> comparison.expect("partition " + record.partition(), copy, record));
        long inKafka = comparison.expected();
        AtomicLong inS2 = new AtomicLong();
        for (String stream : servers.far().reader().streams(streams)) {
            servers.far().reader().forEach(stream, record -> {
                if (!record.isCommand()) {
                    inS2.incrementAndGet();
                }
            });
        }
        CommittedRecords.forEach(bootstrap, copy, comparison::found);
        Balance verdict = comparison.verdict(
                given,
                List.of(
                        new Comparison.Line("records in Kafka", inKafka),
                        new Comparison.Line("records in S2", inS2.get()),
                        new Comparison.Line("back in Kafka", comparison.found())),
                CommittedRecords.aborted(bootstrap, copy, comparison.found()));
        return inS2.get() == given
                ? verdict
                : new Balance(
                        false,
                        verdict.summary() + String.format(Locale.ROOT, "%nbut %,d records were produced", given));
    }

    @Override
    public List<String> lookAt() {
        String basin = servers.far().basinAddress();
        return List.of(
                "the streams:      curl -H 's2-basin: %s' '%s/v1/streams?prefix=%s'"
                        .formatted(servers.far().basin(), basin, streams),
                "the topics:       %s and %s at %s; read the copy with isolation.level=read_committed"
                        .formatted(topic, copy, servers.broker().bootstrapServers()));
    }

    @Override
    public void close() {
        committed.close();
    }
}
