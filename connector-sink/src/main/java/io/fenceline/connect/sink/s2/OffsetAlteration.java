package io.fenceline.connect.sink.s2;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointInstaller;
import io.fenceline.connect.sink.claim.S2BasinAccess;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
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

    /** Partitions of one topic whose streams are asked for side by side. */
    private static final int AT_ONCE = 16;

    private static final int MOST_PARTITIONS = 4_096;

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

    /**
     * Judges the whole request, and asks for every stream of it, before it changes anything.
     *
     * @throws ConnectException if the request makes no sense, or a stream could not be reached; repeating it is harmless
     */
    void apply(Map<TopicPartition, @Nullable Long> requested) {
        List<Wish> wishes = new ArrayList<>();
        List<TopicPartition> others = new ArrayList<>();
        requested.forEach((partition, offset) -> {
            check(partition, offset);
            if (isOurs(partition.topic())) {
                wishes.add(new Wish(partition, stream(partition), offset));
            } else {
                others.add(partition);
            }
        });
        for (TopicPartition partition : others) {
            // Another connector may own its stream by now, and a fence of ours would stop that one.
            log.info(
                    "{}: its topic is not one of this connector's any more: Connect forgets the consumer group's"
                            + " offset, the stream is left as it is, and whoever writes the topic there again goes on"
                            + " behind what it holds",
                    partition);
        }
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try (BasinAccess basin = new S2BasinAccess(config.connection().newClient(), config.newStreams())) {
            if (requested.isEmpty()) {
                refuseUnlessNew(basin, deadline);
            }
            if (wishes.size() > 1) {
                look(basin, wishes, deadline);
            }
            CheckpointInstaller installer =
                    new CheckpointInstaller(basin, new SecureRandom(), System::nanoTime, deadline);
            Map<Wish, CompletableFuture<Boolean>> answers = new LinkedHashMap<>();
            for (Wish wish : wishes) {
                answers.put(
                        wish, installer.install(wish.stream, position -> Checkpoint.startingAt(wish.offset, position)));
            }
            answers.forEach((wish, answer) -> report(wish, await(wish, answer, deadline)));
        }
    }

    /**
     * Connect passes those partitions to a {@code DELETE} whose offset the consumer group has committed. A group without any
     * says nothing of the streams, which keep their positions: that is no reset.
     */
    private void refuseUnlessNew(BasinAccess basin, long deadline) {
        List<Map<String, ?>> written = new ArrayList<>();
        for (String topic : topics()) {
            for (TopicPartition partition : written(basin, topic, deadline)) {
                written.add(OffsetRequestText.kafkaPartition(partition.topic(), partition.partition()));
            }
        }
        if (topics().isEmpty()) {
            written.add(OffsetRequestText.kafkaPartition("<topic>", new OffsetRequestText.Blank("<number>")));
        }
        if (!written.isEmpty()) {
            throw new ConnectException(
                    "Offsets not changed: the consumer group has committed none, so Connect named no partition (a topic was"
                            + " deleted and made again, nothing was committed yet, or it was reset before); the position of"
                            + " each partition is in its stream, where it stays until the partition is named: "
                            + new OffsetRequestText(properties.getOrDefault("name", "<connector>")).forget(written));
        }
    }

    /** The partitions of a topic that have a stream. They begin at 0, and every one is claimed by some task. */
    private List<TopicPartition> written(BasinAccess basin, String topic, long deadline) {
        List<TopicPartition> found = new ArrayList<>();
        int before = -1;
        for (int first = 0; found.size() > before && first < MOST_PARTITIONS; first += AT_ONCE) {
            before = found.size();
            List<Wish> asked = new ArrayList<>();
            for (int i = first; i < first + AT_ONCE; i++) {
                TopicPartition partition = new TopicPartition(topic, i);
                asked.add(new Wish(partition, stream(partition), null));
            }
            exist(basin, asked, deadline).forEach((wish, exists) -> {
                if (exists) {
                    found.add(wish.partition);
                }
            });
        }
        return found;
    }

    /** Where the next owner of a partition's stream is to start; null: at the consumer group's position. */
    private record Wish(
            TopicPartition partition,
            String stream,
            @Nullable Long offset) {}

    /** Asks where each stream ends. One that is missing beside others is most likely a wrong partition. */
    private static void look(BasinAccess basin, List<Wish> wishes, long deadline) {
        List<TopicPartition> wrong = new ArrayList<>();
        int existing = 0;
        for (Map.Entry<Wish, Boolean> asked : exist(basin, wishes, deadline).entrySet()) {
            Wish wish = asked.getKey();
            if (asked.getValue()) {
                existing++;
            } else if (wish.offset != null) {
                wrong.add(wish.partition);
            }
        }
        if (existing > 0 && !wrong.isEmpty()) {
            throw refused(
                    "there are no streams of " + wrong + ", and there are of other partitions of the request; if"
                            + " these are meant, set them in a request of their own, which Connect takes if the topic has them");
        }
    }

    /** Whether the stream of each is there, in their order. */
    private static Map<Wish, Boolean> exist(BasinAccess basin, List<Wish> wishes, long deadline) {
        Map<Wish, CompletableFuture<Boolean>> answers = new LinkedHashMap<>();
        for (Wish wish : wishes) {
            answers.put(
                    wish,
                    basin.checkTail(wish.stream)
                            .thenApply(tail -> true)
                            .exceptionallyCompose(CheckpointInstaller::unlessMissing));
        }
        Map<Wish, Boolean> exist = new LinkedHashMap<>();
        answers.forEach((wish, answer) -> exist.put(wish, await(wish, answer, deadline)));
        return exist;
    }

    private static void report(Wish wish, boolean set) {
        if (set) {
            log.info(
                    "{}: the next owner of stream {} starts at {}; records that are in the stream already and are read"
                            + " from Kafka again are written again, as asked",
                    wish.partition,
                    wish.stream,
                    wish.offset == null ? "the consumer group's position" : "offset " + wish.offset);
        } else {
            log.warn(
                    "{}: stream {} does not exist, nothing to set there; Connect refuses the request if the topic has"
                            + " no such partition",
                    wish.partition,
                    wish.stream);
        }
    }

    private static boolean await(Wish wish, CompletableFuture<Boolean> answer, long deadline) {
        try {
            return answer.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw failed(wish, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            throw failed(wish, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(wish, e);
        }
    }

    private static ConnectException failed(Wish wish, Throwable cause) {
        String reason =
                cause instanceof TimeoutException ? "no answer within " + LIMIT.toSeconds() + " s" : cause.getMessage();
        return new ConnectException(
                "The offset of " + wish.partition + " could not be set in stream '" + wish.stream + "': " + reason
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

    /** Those that are listed; empty with a pattern. */
    private List<String> topics() {
        String list = properties.get("topics");
        return list == null || list.isBlank()
                ? List.of()
                : Arrays.stream(list.split(","))
                        .map(String::strip)
                        .filter(topic -> !topic.isEmpty())
                        .distinct()
                        .toList();
    }

    private boolean isOurs(String topic) {
        if (!topics().isEmpty()) {
            return topics().contains(topic);
        }
        String regex = properties.get("topics.regex");
        return regex == null || regex.isBlank() || Pattern.matches(regex, topic);
    }

    private String stream(TopicPartition partition) {
        try {
            return config.stream().streamFor(partition.topic(), partition.partition());
        } catch (ConfigException e) {
            throw refused(String.valueOf(e.getMessage()));
        }
    }

    private static ConnectException refused(String what) {
        return new ConnectException("Offsets not changed: " + what + "; " + FORM);
    }
}
