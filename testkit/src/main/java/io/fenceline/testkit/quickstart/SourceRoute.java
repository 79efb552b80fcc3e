package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.S2Reader;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Streams somebody else writes, brought to Kafka with exactly-once source support. */
final class SourceRoute implements Route {

    private static final int STREAMS = 4;
    private static final String TOPICS = "from-s2.";

    private final Servers<S2Side> servers;
    private final SpreadWriting records;
    private final CommittedRecords committed;
    private final String prefix;

    SourceRoute(Servers<S2Side> servers, Options options) {
        this.servers = servers;
        prefix = servers.far().fresh("quickstart") + "/";
        records = StreamWriter.of(servers.far().reader(), prefix, STREAMS, options)
                .writing();
        committed = CommittedRecords.of(servers.broker().bootstrapServers(), TOPICS, true);
    }

    @Override
    public List<Posting> postings() {
        return List.of(new Posting("config/s2-source-quickstart.json", 2, Map.of("s2.stream.prefix", prefix)));
    }

    @Override
    public String begin() {
        records.start();
        return String.format(Locale.ROOT, "writing %,d records to %d streams", total(), STREAMS);
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
        return String.format(Locale.ROOT, "%,d in S2, %,d committed in Kafka", records.written(), arrived());
    }

    @Override
    public List<String> afterKill(String lastConnector) {
        return List.of(String.format(
                        Locale.ROOT, "in S2: %,d records; committed in Kafka: %,d. ", records.written(), arrived())
                + "What the worker had in a transaction is given up and read again.");
    }

    @Override
    public String checking() {
        return "reading the topics with read_committed and comparing them with the streams";
    }

    @Override
    public Balance check(long given) {
        Comparison comparison = new Comparison();
        S2Reader s2 = servers.far().reader();
        for (String stream : s2.streams(prefix)) {
            s2.forEach(stream, record -> {
                if (!record.isCommand()) {
                    comparison.expect(stream, topicOf(stream), record);
                }
            });
        }
        long inS2 = comparison.expected();
        String bootstrap = servers.broker().bootstrapServers();
        CommittedRecords.forEach(bootstrap, TOPICS, comparison::found);
        return comparison.verdict(
                given,
                List.of(
                        new Comparison.Line("records in S2", inS2),
                        new Comparison.Line("records in Kafka", comparison.found())),
                CommittedRecords.aborted(bootstrap, TOPICS, comparison.found()));
    }

    /** What {@code topic} of the posted file makes of a stream's name. */
    private static String topicOf(String stream) {
        return TOPICS + stream.replace('/', '_');
    }

    @Override
    public List<String> lookAt() {
        String basin = servers.far().basinAddress();
        return List.of(
                "the streams:      curl -H 's2-basin: %s' '%s/v1/streams?prefix=%s'"
                        .formatted(servers.far().basin(), basin, prefix),
                ("write one more:   curl -H 's2-basin: %s' -H 'content-type: application/json'"
                                + " -d '{\"records\":[{\"body\":\"hello\"}]}' '%s/v1/streams/%s0/records'")
                        .formatted(servers.far().basin(), basin, prefix.replace("/", "%2F")),
                "the topics:       %s0 to %d, at %s; read them with isolation.level=read_committed"
                        .formatted(
                                topicOf(prefix), STREAMS - 1, servers.broker().bootstrapServers()));
    }

    @Override
    public void close() {
        committed.close();
    }
}
