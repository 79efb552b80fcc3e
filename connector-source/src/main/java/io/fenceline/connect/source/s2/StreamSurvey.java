package io.fenceline.connect.source.s2;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.s2.RecordOrigin;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the streams of a configuration, before it is used: are they there, do their names fit, and did a sink of ours fill
 * them from the very topic they would be read into? Bounded: a validation has five seconds.
 */
final class StreamSurvey {

    private static final Logger LOG = LoggerFactory.getLogger(StreamSurvey.class);

    /** Streams looked up by name. */
    private static final int MAX_LOOKED_UP = 200;
    /** Streams whose last records are read. */
    private static final int MAX_SAMPLED = 8;

    private static final int SAMPLE_RECORDS = 10;
    private static final int SAMPLE_BYTES = 64 * 1024;

    private final S2SourceConfig config;
    private final boolean lookForLoops;
    private final S2Client client;

    StreamSurvey(S2SourceConfig config, boolean lookForLoops, S2Client client) {
        this.config = config;
        this.lookForLoops = lookForLoops;
        this.client = client;
    }

    /** A key and what is wrong with it. */
    record Problem(Key<?> key, String message) {

        void addTo(ConfigProblems problems) {
            problems.add(key, message);
        }
    }

    /** Completes with what is wrong, empty if nothing is. */
    CompletableFuture<List<Problem>> run() {
        String prefix = config.streams().prefix();
        CompletableFuture<List<Problem>> found;
        if (prefix == null) {
            // the first call alone, so that a wrong token or basin is told once
            found = client.ping().thenCompose(nothing -> lookUp(config.streams().listed()));
            return found.thenCompose(problems -> problems.isEmpty()
                    ? withLoops(config.streams().listed(), problems)
                    : CompletableFuture.completedFuture(problems));
        }
        return client.listStreams(prefix, "").thenCompose(page -> {
            List<String> names = page.streams().stream()
                    .filter(stream -> stream.deletedAt() == null)
                    .map(StreamInfo::name)
                    .toList();
            List<Problem> problems = new ArrayList<>();
            S2SourceConfig.topicProblems(config.topic(), names, S2SourceConfig.TOPIC)
                    .forEach(problem -> problems.add(new Problem(S2SourceConfig.TOPIC, problem)));
            S2SourceConfig.heartbeatProblems(config.topic(), names, config.usedHeartbeatTopic())
                    .forEach(problem -> problems.add(new Problem(S2SourceConfig.HEARTBEAT_TOPIC, problem)));
            return withLoops(names, problems);
        });
    }

    private CompletableFuture<List<Problem>> lookUp(List<String> streams) {
        return gathered(streams.stream()
                .limit(MAX_LOOKED_UP)
                .map(stream -> client.streamInfo(stream).thenApply(info -> absence(stream, info.orElse(null))))
                .toList());
    }

    private Optional<Problem> absence(String stream, @Nullable StreamInfo info) {
        if (info != null && info.deletedAt() == null) {
            return Optional.empty();
        }
        return Optional.of(new Problem(
                StreamSelection.STREAMS,
                "The stream '" + stream + "' "
                        + (info == null ? "does not exist in basin '" : "is being deleted in basin '")
                        + config.connection().basin() + "'; allowed: streams that exist"));
    }

    private CompletableFuture<List<Problem>> withLoops(List<String> streams, List<Problem> problems) {
        if (!lookForLoops) {
            return CompletableFuture.completedFuture(problems);
        }
        return gathered(streams.stream().limit(MAX_SAMPLED).map(this::loop).toList())
                .thenApply(loops -> {
                    List<Problem> all = new ArrayList<>(problems);
                    all.addAll(loops);
                    return all;
                });
    }

    /** Never fails: what cannot be read shows no loop. */
    private CompletableFuture<Optional<Problem>> loop(String stream) {
        return client.checkTail(stream)
                .thenCompose(tail -> {
                    long from = Math.max(0, tail.seqNum() - SAMPLE_RECORDS);
                    return from >= tail.seqNum()
                            ? CompletableFuture.completedFuture(Optional.<Problem>empty())
                            : client.read(stream, from, SAMPLE_RECORDS, SAMPLE_BYTES)
                                    .thenApply(batch -> batch.records().stream()
                                            .flatMap(record -> loop(stream, record).stream())
                                            .findFirst());
                })
                .exceptionally(failure -> {
                    LOG.debug("stream {} was not looked at for loops", stream, failure);
                    return Optional.empty();
                });
    }

    private Optional<Problem> loop(String stream, SequencedRecord record) {
        RecordOrigin origin = record.isCommand() ? null : RecordOrigin.of(record.headers());
        if (origin == null) {
            return Optional.empty();
        }
        Optional<String> topic;
        try {
            topic = config.topic().topicFor(stream, origin.id());
        } catch (ConfigException e) {
            return Optional.empty(); // said elsewhere
        }
        return topic.filter(origin.id().topic()::equals)
                .map(name -> new Problem(
                        S2SourceConfig.TOPIC,
                        "Invalid value " + config.topic() + " for configuration " + S2SourceConfig.TOPIC
                                + ": an S2 sink filled stream '" + stream + "' from topic '" + name
                                + "', and reading it back into that topic would go round for ever; allowed: another topic,"
                                + " e.g. copy.${topic}. If this worker writes to another Kafka cluster than the one"
                                + " the records came from, use ${topic}, or set validate.connection to false"));
    }

    private static CompletableFuture<List<Problem>> gathered(List<CompletableFuture<Optional<Problem>>> answers) {
        return CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new))
                .thenApply(nothing -> answers.stream()
                        .flatMap(answer -> answer.join().stream())
                        .toList());
    }
}
