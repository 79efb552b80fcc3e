package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.history.CommitWatcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/** Kafka to S2, compared by {@code bin/verify}. */
final class SinkRoute implements Route {

    static final int PARTITIONS = 4;
    private static final Pattern IN_KAFKA = Pattern.compile("(?m)^records in Kafka\\D+(\\d+)");

    private final Servers<S2Side> servers;
    private final Records records;
    private final String topic;

    SinkRoute(Servers<S2Side> servers, Options options) {
        this.servers = servers;
        topic = servers.far().fresh("quickstart");
        servers.broker().createTopic(topic, PARTITIONS, Map.of());
        records = Records.of(servers.broker().bootstrapServers(), topic, options, false);
    }

    @Override
    public List<Posting> postings() {
        return List.of(new Posting("config/s2-sink-quickstart.json", 2, Map.of("topics", topic)));
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

    /** Offsets are dense here, so the last record of a stream tells how many there should be. */
    @Override
    public long arrived() {
        return inStreams(servers.far(), topic + "/");
    }

    static long inStreams(S2Side s2, String prefix) {
        long sum = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            sum += CommitWatcher.durable(s2.reader(), prefix + partition);
        }
        return sum;
    }

    @Override
    public String how() {
        return String.format(Locale.ROOT, "%,d in Kafka, %,d in S2", records.sent(), arrived());
    }

    @Override
    public List<String> afterKill(String lastConnector) throws Exception {
        long durable = arrived();
        try (Admin admin = servers.broker().admin()) {
            long committed = CommitWatcher.committed(admin, "connect-" + lastConnector).entrySet().stream()
                    .filter(entry -> entry.getKey().topic().equals(topic))
                    .mapToLong(Map.Entry<TopicPartition, Long>::getValue)
                    .sum();
            return List.of(String.format(
                    Locale.ROOT,
                    "in S2: %,d records; committed in Kafka: %,d. Starting from the commit alone would repeat %,d.",
                    durable,
                    committed,
                    Math.max(0, durable - committed)));
        }
    }

    @Override
    public String checking() {
        return "bin/verify: comparing the topic with its streams";
    }

    @Override
    public Balance check(long given) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "bash",
                        servers.root().resolve("bin/verify").toString(),
                        "--bootstrap-servers",
                        servers.broker().bootstrapServers(),
                        "--topic",
                        topic,
                        "--basin",
                        servers.far().basin(),
                        "--account-endpoint",
                        servers.far().server().accountEndpoint(),
                        "--basin-endpoint",
                        servers.far().server().basinEndpoint())
                .redirectErrorStream(true);
        builder.environment().putIfAbsent("S2_ACCESS_TOKEN", "any");
        Process verify = builder.start();
        String output = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8).stripTrailing();
        int code = verify.waitFor();
        Matcher counted = IN_KAFKA.matcher(output);
        if (code == 0 && (!counted.find() || Long.parseLong(counted.group(1)) != given)) {
            return new Balance(false, output + String.format(Locale.ROOT, "%nbut %,d records were produced", given));
        }
        return new Balance(code == 0, output);
    }

    @Override
    public List<String> lookAt() {
        String basin = servers.far().basinAddress();
        return List.of(
                "the streams:      curl -H 's2-basin: %s' '%s/v1/streams?prefix=%s/'"
                        .formatted(servers.far().basin(), basin, topic),
                "last records:     curl -H 's2-basin: %s' '%s/v1/streams/%s%%2F0/records?tail_offset=3&count=3'"
                        .formatted(servers.far().basin(), basin, topic),
                ("check again:      bin/verify --bootstrap-servers %s --topic %s --basin %s --account-endpoint %s"
                                + " --basin-endpoint %s --access-token any")
                        .formatted(
                                servers.broker().bootstrapServers(),
                                topic,
                                servers.far().basin(),
                                servers.far().server().accountEndpoint(),
                                servers.far().server().basinEndpoint()));
    }
}
