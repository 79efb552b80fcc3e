package io.fenceline.connect.sink.s2;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointInstaller;
import io.fenceline.connect.sink.claim.S2BasinAccess;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.S2Client;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out {@code PATCH} and {@code DELETE /connectors/…/offsets}: the position of an exactly-once sink is in its
 * streams, so that is where the new one goes, before Connect changes the consumer group's.
 */
final class OffsetAlteration {

    private static final Logger log = LoggerFactory.getLogger(OffsetAlteration.class);

    /** The worker gives a REST request 90 seconds. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private static final String FORM = "expected "
            + OffsetRequestText.body(
                    OffsetRequestText.kafkaPartition(
                            "<topic of this connector>", new OffsetRequestText.Blank("<number>")),
                    OffsetRequestText.KAFKA_OFFSET,
                    "<0 or more>")
            + ", or \"offset\":null for a reset";

    private final S2SinkConfig config;
    private final Map<String, String> properties;

    OffsetAlteration(S2SinkConfig config, Map<String, String> properties) {
        this.config = config;
        this.properties = properties;
    }

    /** @throws ConnectException if the request makes no sense, or a stream could not be reached; repeating it is harmless */
    void apply(Map<TopicPartition, @Nullable Long> requested) {
        Map<TopicPartition, @Nullable Long> offsets = new LinkedHashMap<>();
        requested.forEach((partition, offset) -> {
            check(partition, offset);
            if (isOurs(partition.topic())) {
                offsets.put(partition, offset);
            } else {
                // Another connector may own its stream by now, and a fence of ours would stop that one.
                log.info(
                        "{}: its topic is not one of this connector's any more: Connect forgets the consumer group's"
                                + " offset, the stream is left as it is, and whoever writes the topic there again goes on"
                                + " behind what it holds",
                        partition);
            }
        });
        try (BasinAccess basin =
                new S2BasinAccess(new S2Client(config.connection().clientConfig()))) {
            CheckpointInstaller installer = new CheckpointInstaller(
                    basin, new SecureRandom(), System::nanoTime, System.nanoTime() + LIMIT.toNanos());
            Map<TopicPartition, CompletableFuture<Boolean>> answers = new LinkedHashMap<>();
            offsets.forEach((partition, offset) ->
                    answers.put(partition, installer.install(stream(partition), position -> fact(offset, position))));
            answers.forEach((partition, answer) -> await(partition, offsets.get(partition), answer));
        }
    }

    /** What has to hold of everything below {@code position} so that the next owner starts at {@code offset}. */
    static Checkpoint fact(@Nullable Long offset, long position) {
        return offset == null || offset == 0
                ? Checkpoint.groupPositionFrom(position)
                : Checkpoint.of(offset - 1, position, Anchor.UNKNOWN);
    }

    private void await(TopicPartition partition, @Nullable Long offset, CompletableFuture<Boolean> answer) {
        String stream = stream(partition);
        try {
            if (answer.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.info(
                        "{}: the next owner of stream {} starts at {}; records that are in the stream already and are read"
                                + " from Kafka again are written again, as asked",
                        partition,
                        stream,
                        offset == null ? "the consumer group's position" : "offset " + offset);
            } else {
                log.warn(
                        "{}: stream {} does not exist, nothing to set there; Connect refuses the request if the topic has"
                                + " no such partition",
                        partition,
                        stream);
            }
        } catch (ExecutionException e) {
            throw failed(partition, stream, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw failed(partition, stream, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(partition, stream, e);
        }
    }

    private static ConnectException failed(TopicPartition partition, String stream, Throwable cause) {
        String reason =
                cause instanceof TimeoutException ? "no answer within " + LIMIT.toSeconds() + " s" : cause.getMessage();
        return new ConnectException(
                "The offset of " + partition + " could not be set in stream '" + stream + "': " + reason
                        + ". The consumer group's offsets are unchanged; repeat the request, which is harmless",
                cause);
    }

    private void check(TopicPartition partition, @Nullable Long offset) {
        if (partition.topic() == null || partition.topic().isEmpty() || partition.partition() < 0) {
            throw refused("partition " + partition + " is not a topic-partition");
        }
        // a reset cleans up whatever is stored, also of topics that are not in the configuration any more
        if (offset != null && !isOurs(partition.topic())) {
            throw refused("topic '" + partition.topic() + "' is not one of this connector's topics");
        }
        if (offset != null && offset < 0) {
            throw refused("offset " + offset + " of " + partition + " is negative");
        }
    }

    private boolean isOurs(String topic) {
        String list = properties.get("topics");
        if (list != null && !list.isBlank()) {
            return Arrays.stream(list.split(",")).map(String::strip).anyMatch(topic::equals);
        }
        String regex = properties.get("topics.regex");
        return regex == null || regex.isBlank() || Pattern.matches(regex, topic);
    }

    private String stream(TopicPartition partition) {
        return config.stream().streamFor(partition.topic(), partition.partition());
    }

    private static ConnectException refused(String what) {
        return new ConnectException("Offsets not changed: " + what + "; " + FORM);
    }
}
