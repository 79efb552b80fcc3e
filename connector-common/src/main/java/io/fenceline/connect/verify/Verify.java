package io.fenceline.connect.verify;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.s2.StoredRecord;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.wire.SequencedRecord;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/**
 * Compares a Kafka topic with its streams and prints what it found; see {@link VerifyOptions#USAGE}. Kafka's ends are taken
 * first, then the streams' tails, so a record Kafka has and the stream should have is never judged against an older stream; then
 * Kafka's ends again, so a record the stream has and Kafka should have is never judged against an older topic.
 */
public final class Verify {

    /** The exit code when the comparison could not be finished; the others are those of {@link VerifyReport.Conclusion}. */
    static final int COULD_NOT_FINISH = 2;

    private static final Duration METADATA_TIMEOUT = Duration.ofSeconds(30);
    /** After which an answer that does not come, or has stopped coming, is not waited for any longer. */
    private static final Duration S2_TIMEOUT = Duration.ofSeconds(30);

    /** What the consumers of a stream's partitions fetch at a time, together and at least. */
    private static final int FETCH_BYTES = 4 << 20;

    private static final int MIN_FETCH_BYTES = 64 << 10;
    private static final int MAX_FETCH_BYTES = 1 << 20;

    private final VerifyOptions options;
    private final PrintStream progress;

    private Verify(VerifyOptions options, PrintStream progress) {
        this.options = options;
        this.progress = progress;
    }

    public static void main(String[] args) {
        System.exit(run(List.of(args), System.getenv(), System.out, System.err));
    }

    /** What {@link #main} does; gives back the exit code. */
    public static int run(List<String> args, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (args.contains("--help") || args.contains("-h")) {
            out.println(VerifyOptions.USAGE);
            return 0;
        }
        try {
            VerifyOptions options = optionsOf(args, environment, err);
            return options == null ? COULD_NOT_FINISH : run(options, out, err);
        } catch (CompletionException e) {
            err.println("verify: S2: " + reason(e));
        } catch (TerminalException e) {
            // one of Kafka's by its class, and of the connection to S2
            err.println("verify: " + e.getMessage());
        } catch (KafkaException e) {
            err.println("verify: Kafka: " + e.getMessage() + (e.getCause() == null ? "" : ": " + reason(e)));
        } catch (IllegalStateException e) {
            err.println("verify: " + e.getMessage());
        } catch (Throwable e) {
            // an end without a result must not look like an end with findings, as the JVM's own exit code would
            err.println("verify: ended by an error that should not occur:");
            e.printStackTrace(err);
        }
        return COULD_NOT_FINISH;
    }

    private static int run(VerifyOptions options, PrintStream out, PrintStream err) {
        VerifyReport report = new Verify(options, err).compare();
        if (options.json()) {
            report.printJson(out);
        } else {
            report.printTable(out);
        }
        if (out.checkError()) {
            throw new IllegalStateException("the result could not be written");
        }
        return report.verdict().exitCode();
    }

    /** Null if they are wrong, which has been said then. */
    private static @Nullable VerifyOptions optionsOf(
            List<String> args, Map<String, String> environment, PrintStream err) {
        try {
            return VerifyOptions.parse(args, environment);
        } catch (IllegalArgumentException | ConfigException e) {
            err.println("verify: " + e.getMessage() + " (--help shows all options)");
            return null;
        }
    }

    private VerifyReport compare() {
        // a mistake of the command line is told before anybody is asked
        options.connection().openTokens().close();
        Map<Integer, long[]> ranges = new TreeMap<>();
        try (Consumer<byte[], byte[]> consumer = newConsumer("read_committed", 1)) {
            List<PartitionInfo> partitions = consumer.partitionsFor(options.topic(), METADATA_TIMEOUT);
            if (partitions == null || partitions.isEmpty()) {
                throw new IllegalStateException("topic '" + options.topic() + "' does not exist");
            }
            List<TopicPartition> all = partitions.stream()
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .toList();
            Map<TopicPartition, Long> beginnings = consumer.beginningOffsets(all, METADATA_TIMEOUT);
            consumer.endOffsets(all, METADATA_TIMEOUT)
                    .forEach((partition, end) ->
                            ranges.put(partition.partition(), new long[] {beginnings.get(partition), end}));
        }
        boolean compacted = isCompacted();
        Map<String, List<Integer>> streams = new LinkedHashMap<>();
        for (int partition : ranges.keySet()) {
            streams.computeIfAbsent(options.stream().streamFor(options.topic(), partition), s -> new ArrayList<>())
                    .add(partition);
        }
        VerifyReport report = new VerifyReport(options.topic(), options.idsOnly(), options.atLeastOnce());
        try (S2Client client =
                options.connection().newClient(options.connection().connectTimeout(), S2_TIMEOUT)) {
            Map<String, Long> tails = new HashMap<>();
            streams.keySet()
                    .forEach(stream -> tails.put(stream, reader(client, stream).tail()));
            Map<TopicPartition, Long> latest = latestOffsets(ranges.keySet());
            ProgressLine line = new ProgressLine(progress, ranges.values());
            streams.forEach((stream, partitions) -> compareStream(
                    reader(client, stream),
                    stream,
                    Objects.requireNonNull(tails.get(stream)),
                    partitions,
                    ranges,
                    latest,
                    compacted,
                    line,
                    report));
        }
        return report;
    }

    private void compareStream(
            StreamScan reader,
            String stream,
            long tail,
            List<Integer> partitions,
            Map<Integer, long[]> ranges,
            Map<TopicPartition, Long> latest,
            boolean compacted,
            ProgressLine line,
            VerifyReport report) {
        Map<Integer, PartitionComparison> comparisons = new TreeMap<>();
        StreamHoles holes = new StreamHoles();
        ComparisonMemory memory = ComparisonMemory.sharedBy(partitions.size());
        List<PartitionReader> readers = new ArrayList<>();
        try {
            for (int partition : partitions) {
                long[] range = Objects.requireNonNull(ranges.get(partition));
                TopicPartition topicPartition = new TopicPartition(options.topic(), partition);
                PartitionReader kafka = new PartitionReader(
                        newConsumer("read_committed", partitions.size()),
                        topicPartition,
                        range[0],
                        range[1],
                        Objects.requireNonNull(latest.get(topicPartition)),
                        options.ignoreNullValues(),
                        options.reservedHeaders(),
                        maxSilentPolls());
                readers.add(kafka);
                comparisons.put(
                        partition,
                        new PartitionComparison(
                                topicPartition + " in '" + stream + "'",
                                kafka,
                                options.idsOnly(),
                                compacted,
                                holes,
                                memory));
            }
            reader.readTo(tail, new StreamScan.Sink() {
                @Override
                public void onRecord(SequencedRecord record) {
                    if (!record.isCommand()) {
                        judge(record, comparisons);
                        line.onRecord();
                    }
                }

                @Override
                public void onHole(long first, long positions) {
                    holes.add(first, positions);
                }
            });
            comparisons.forEach((partition, comparison) -> report.add(partition, stream, comparison.finish()));
        } finally {
            readers.forEach(PartitionReader::close);
        }
    }

    private void judge(SequencedRecord record, Map<Integer, PartitionComparison> comparisons) {
        StoredRecord stored = StoredRecord.of(record.headers(), record.body());
        RecordId id = stored.id();
        PartitionComparison any = comparisons.values().iterator().next();
        if (id == null) {
            any.onForeignRecord(record.seqNum(), "has no kafka.id");
        } else if (!id.topic().equals(options.topic())) {
            if (options.stream().usesTopic()) {
                any.onForeignRecord(record.seqNum(), "has id " + id);
            } else {
                any.onOtherTopic();
            }
        } else if (!comparisons.containsKey(id.partition())) {
            any.onForeignRecord(record.seqNum(), "has id " + id);
        } else {
            comparisons.get(id.partition()).onRecord(id, stored, record.seqNum());
        }
    }

    /** What went wrong, without the wrapper a future puts around it. */
    private static @Nullable String reason(Throwable wrapper) {
        Throwable cause = wrapper.getCause();
        return cause == null ? wrapper.getMessage() : cause.getMessage();
    }

    /** Whether Kafka may have lost records the stream still has. Without the right to ask, it is taken not to be. */
    private boolean isCompacted() {
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, options.topic());
        Map<String, Object> properties = new HashMap<>(options.kafka());
        properties.put("default.api.timeout.ms", 10_000);
        properties.put("request.timeout.ms", 9_000);
        try (Admin admin = Admin.create(properties)) {
            Config config = admin.describeConfigs(List.of(topic)).all().get().get(topic);
            ConfigEntry policy = config == null ? null : config.get("cleanup.policy");
            return policy != null && String.valueOf(policy.value()).contains("compact");
        } catch (ExecutionException e) {
            progress.println(
                    "verify: cannot see whether the topic is compacted, taking it as not compacted: " + reason(e));
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Kafka's ends now, those of open transactions too: no record that is in a stream already can be behind them. */
    private Map<TopicPartition, Long> latestOffsets(Collection<Integer> partitions) {
        try (Consumer<byte[], byte[]> consumer = newConsumer("read_uncommitted", 1)) {
            return consumer.endOffsets(
                    partitions.stream()
                            .map(partition -> new TopicPartition(options.topic(), partition))
                            .toList(),
                    METADATA_TIMEOUT);
        }
    }

    private StreamScan reader(S2Client client, String stream) {
        return new StreamScan(client, stream, note -> progress.println("verify: " + note));
    }

    /** A minute, or as long as two requests may take by the settings given. */
    private int maxSilentPolls() {
        Object timeout = options.kafka().get(ConsumerConfig.REQUEST_TIMEOUT_MS_CONFIG);
        long millis = timeout == null ? 0 : Long.parseLong(timeout.toString());
        return (int) Math.max(PartitionReader.MAX_SILENT_POLLS, Math.min(2 * millis / 1000, Integer.MAX_VALUE));
    }

    /** @param atOnce how many are open at the same time and share the memory for what they fetch */
    private Consumer<byte[], byte[]> newConsumer(String isolation, int atOnce) {
        Properties properties = new Properties();
        // small: a fetch has to arrive within a request's timeout, and what it holds takes a multiple of that on the
        // heap
        int fetchBytes = Math.max(MIN_FETCH_BYTES, Math.min(MAX_FETCH_BYTES, FETCH_BYTES / atOnce));
        properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, fetchBytes);
        properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, fetchBytes);
        properties.putAll(options.kafka());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    /** One line on the error stream every other second, so that a long run does not look dead. */
    private static final class ProgressLine {

        private static final long INTERVAL_NANOS = Duration.ofSeconds(2).toNanos();

        private final PrintStream out;
        private final long expected;
        private long seen;
        private long nextAt = System.nanoTime() + INTERVAL_NANOS;

        ProgressLine(PrintStream out, Collection<long[]> ranges) {
            this.out = out;
            this.expected =
                    ranges.stream().mapToLong(range -> range[1] - range[0]).sum();
        }

        void onRecord() {
            seen++;
            if ((seen & 0xff) == 0 && System.nanoTime() - nextAt >= 0) {
                nextAt = System.nanoTime() + INTERVAL_NANOS;
                out.println("verify: compared " + seen + " of about " + expected + " records");
            }
        }
    }
}
