package io.fenceline.testkit.quickstart;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Streams somebody else writes, brought to Kafka with exactly-once source support. */
final class SourceRoute implements Route {

    private static final int STREAMS = 4;
    private static final String TOPICS = "from-s2.";

    private @Nullable Servers servers;
    private @Nullable StreamWriter records;
    private @Nullable CommittedRecords committed;
    private String prefix = "";

    @Override
    public Map<String, String> workerSettings() {
        return EXACTLY_ONCE;
    }

    @Override
    public void prepare(Servers servers, Options options) {
        this.servers = servers;
        prefix = servers.fresh("quickstart") + "/";
        records = StreamWriter.of(servers.reader(), prefix, STREAMS, options);
        committed = CommittedRecords.of(servers.broker().bootstrapServers(), TOPICS, true);
    }

    @Override
    public List<Posting> postings() {
        return List.of(new Posting("config/s2-source-quickstart.json", 2, Map.of("s2.stream.prefix", prefix)));
    }

    @Override
    public String begin() {
        records().start();
        return String.format(Locale.ROOT, "writing %,d records to %d streams", total(), STREAMS);
    }

    @Override
    public long total() {
        return records().count();
    }

    @Override
    public long given() {
        return records().acknowledged();
    }

    @Override
    public long arrived() {
        return Objects.requireNonNull(committed).count();
    }

    @Override
    public String how() {
        return String.format(
                Locale.ROOT, "%,d in S2, %,d committed in Kafka", records().written(), arrived());
    }

    @Override
    public List<String> afterKill(String lastConnector) {
        return List.of(String.format(
                        Locale.ROOT,
                        "in S2: %,d records; committed in Kafka: %,d. ",
                        records().written(),
                        arrived())
                + "What the worker had in a transaction is given up and read again.");
    }

    @Override
    public String checking() {
        return "reading the topics with read_committed and comparing them with the streams";
    }

    @Override
    public Balance check(long given) {
        Comparison comparison = new Comparison();
        Servers all = servers();
        for (String stream : all.reader().streams(prefix)) {
            all.reader().forEach(stream, record -> {
                if (!record.isCommand()) {
                    comparison.expect(stream, topicOf(stream), record);
                }
            });
        }
        long inS2 = comparison.expected();
        String bootstrap = all.broker().bootstrapServers();
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
        String basin =
                servers().s2().basinEndpoint().replace("{basin}", servers().basin());
        return List.of(
                "the streams:      curl -H 's2-basin: %s' '%s/v1/streams?prefix=%s'"
                        .formatted(servers().basin(), basin, prefix),
                ("write one more:   curl -H 's2-basin: %s' -H 'content-type: application/json'"
                                + " -d '{\"records\":[{\"body\":\"hello\"}]}' '%s/v1/streams/%s0/records'")
                        .formatted(servers().basin(), basin, prefix.replace("/", "%2F")),
                "the topics:       %s0 to %d, at %s; read them with isolation.level=read_committed"
                        .formatted(
                                topicOf(prefix), STREAMS - 1, servers().broker().bootstrapServers()));
    }

    @Override
    public void close() {
        if (committed != null) {
            committed.close();
        }
    }

    private Servers servers() {
        return Objects.requireNonNull(servers);
    }

    private StreamWriter records() {
        return Objects.requireNonNull(records);
    }
}
