package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Workers that read S2 die, or freeze and wake up as zombies; what a {@code read_committed} reader sees stays whole. */
final class SourceKillIT {

    private static final int STREAMS = 4;
    /** A thousand records a second in transactions of ten: there is always one, and what a restart leaves is made up for soon. */
    private static final int PER_BATCH = Integer.getInteger("feed", 40);

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Cluster cluster = Cluster.shared();

    /** -Dkills=n, -Dkill.minutes=m or -Dkill.effective=e for a long run; the last counts those that met a transaction. */
    @Test
    void everyRecordIsCommittedOnceThroughKills() {
        int minutes = Integer.getInteger("kill.minutes", 0);
        int wanted = Integer.getInteger("kill.effective", 1);
        int kills = Integer.getInteger("kills", minutes > 0 ? 1_000_000 : wanted > 1 ? wanted : 3);
        long seed = Cluster.seed(
                "SourceKillIT -Dkills=" + kills + " -Dkill.minutes=" + minutes + " -Dkill.effective=" + wanted);
        Random random = new Random(seed);
        String prefix = Cluster.unique("killed");
        StreamFeed feed = StreamFeed.start(cluster, prefix, STREAMS, PER_BATCH, Duration.ofMillis(40));
        createTopics(feed.topics());
        ConnectWorker worker = worker(prefix, prefix).start();
        Source source = Source.start(cluster, worker.rest(), "source-" + prefix, config(worker, prefix, STREAMS));

        long until = System.nanoTime() + Duration.ofMinutes(minutes).toNanos();
        int effective = 0;
        int cut = 0;
        int done = 0;
        // more if too few of them met a transaction
        while ((done < kills || (effective < wanted && done < 2 * kills + 6))
                && (minutes == 0 || System.nanoTime() < until)) {
            awaitProgress(source, feed.topics());
            // transactions follow each other without a pause: any moment is before, in or after one
            Await.sleep(Duration.ofMillis(random.nextInt(600)));
            worker.kill();
            Map<TopicPartition, Long> committed = ends(feed.topics(), IsolationLevel.READ_COMMITTED);
            Map<TopicPartition, Long> written = ends(feed.topics(), IsolationLevel.READ_UNCOMMITTED);
            long open = written.entrySet().stream()
                    .filter(end -> end.getValue() > committed.get(end.getKey()))
                    .count();
            cut += (int) open;
            effective += open > 0 ? 1 : 0;
            done++;
            if (kills < 10 || done % 10 == 0) {
                Cluster.say("kill " + done + ": effective " + effective + ", transactions cut " + cut);
            }
            worker.launch();
        }
        worker.awaitReady();
        long produced = feed.stop();
        awaitCommitted(source, feed, produced);

        assertThat(feed.requireExactlyOnce()).isEqualTo(produced);
        Cluster.say("SourceKillIT: " + done + " kills, " + effective + " effective, " + cut + " transactions cut, "
                + produced + " records, none missing, none twice");
        assertThat(effective).as("kills that met records on their way").isGreaterThanOrEqualTo(wanted);
        source.delete();
        worker.close();
    }

    @Test
    void aZombieThatWakesUpCommitsNothing() throws IOException {
        String prefix = Cluster.unique("zombie-source");
        StreamFeed feed = StreamFeed.start(cluster, prefix, STREAMS, PER_BATCH, Duration.ofMillis(40));
        createTopics(feed.topics());
        List<ConnectWorker> workers = List.of(
                worker(prefix, prefix + "-1").startInBackground(),
                worker(prefix, prefix + "-2").startInBackground());
        workers.forEach(ConnectWorker::awaitReady);
        Source source =
                Source.start(cluster, workers.get(0).rest(), "source-" + prefix, config(workers.get(0), prefix, 1));
        source.awaitRunning(1);
        awaitProgress(source, feed.topics());
        String owner =
                workers.get(0).rest().status(source.name()).tasks().get(0).worker();
        ConnectWorker frozen = workers.get(0).url().getAuthority().equals(owner) ? workers.get(0) : workers.get(1);
        ConnectWorker other = frozen == workers.get(0) ? workers.get(1) : workers.get(0);
        frozen.process().suspend();
        long start = System.nanoTime();
        Source seenByOther = source.seenBy(other.rest());
        awaitProgress(seenByOther, feed.topics());
        awaitProgress(seenByOther, feed.topics());
        Cluster.say("zombie: taken over after " + Cluster.millisSince(start) + " ms");
        frozen.process().resume();
        awaitProgress(seenByOther, feed.topics());
        frozen.awaitReady();
        Await.until("the zombie was fenced", PATIENCE, () -> wasFenced(frozen), () -> frozen.log()
                .toString());
        other.rest().awaitRunning(source.name(), 1, PATIENCE);
        long produced = feed.stop();
        awaitCommitted(source, feed, produced);

        assertThat(feed.requireExactlyOnce()).isEqualTo(produced);
        source.delete();
        workers.forEach(ConnectWorker::close);
    }

    @Test
    void withoutExactlyOnceSupportRecordsComeAgainAfterAKillButNoneIsLost() {
        String prefix = Cluster.unique("repeated-source");
        StreamFeed feed = StreamFeed.start(cluster, prefix, STREAMS, PER_BATCH, Duration.ofMillis(40));
        createTopics(feed.topics());
        ConnectWorker worker = worker(prefix, prefix)
                .with("exactly.once.source.support", "disabled")
                // no commit before the kill
                .with("offset.flush.interval.ms", "60000")
                .start();
        Source source = Source.start(cluster, worker.rest(), "source-" + prefix, config(worker, prefix, 2));
        awaitProgress(source, feed.topics());
        worker.kill();
        worker.launch();
        awaitProgress(source, feed.topics());
        worker.awaitReady();
        long produced = feed.stop();
        awaitCommitted(source, feed, produced);

        long again = feed.requireAtLeastOnce();
        Cluster.say("at least once: " + produced + " records, " + again + " of them again");
        assertThat(again).isPositive();
        source.delete();
        worker.close();
    }

    private ConnectWorker.Builder worker(String group, String folder) {
        return cluster.newWorker(group, folder)
                .with("exactly.once.source.support", "enabled")
                .with("session.timeout.ms", "3000")
                .with("heartbeat.interval.ms", "800")
                .jvmOptions("-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    }

    private Map<String, String> config(ConnectWorker worker, String prefix, int tasks) {
        StringBuilder streams = new StringBuilder();
        for (int i = 0; i < STREAMS; i++) {
            streams.append(i == 0 ? "" : ",").append(prefix).append('/').append(i);
        }
        Map<String, String> config = Source.config(cluster.s2(), streams.toString(), "${stream}", tasks);
        // many small transactions, so that there is nearly always one to meet
        config.put("poll.max.records", "10");
        // a worker that starts reads the offsets up to where an abandoned transaction began, until that is given up
        config.put("producer.override.transaction.timeout.ms", "4000");
        return worker.writesInTransactions() ? Source.inTransactions(config) : config;
    }

    private void createTopics(List<String> topics) {
        topics.forEach(topic -> cluster.createTopicNamed(topic, 1));
    }

    private void awaitProgress(Source source, List<String> topics) {
        Map<TopicPartition, Long> before = ends(topics, IsolationLevel.READ_COMMITTED);
        Await.until(
                "records of all streams are committed",
                PATIENCE,
                () -> {
                    source.requireNoFailure();
                    Map<TopicPartition, Long> now = ends(topics, IsolationLevel.READ_COMMITTED);
                    return now.entrySet().stream().allMatch(end -> end.getValue() > before.get(end.getKey()));
                },
                () -> before + " and now " + ends(topics, IsolationLevel.READ_COMMITTED));
    }

    private void awaitCommitted(Source source, StreamFeed feed, long records) {
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        long found = 0;
        while (found < records && System.nanoTime() < deadline) {
            source.requireNoFailure();
            long before = found;
            // offsets first: reading is only worth it once there are enough of them
            long offsets =
                    feed.topics().stream().mapToLong(source::committedOffsets).sum();
            found = offsets < records
                    ? offsets
                    : feed.topics().stream()
                            .mapToLong(source::distinctCommitted)
                            .sum();
            if (found > before) {
                // after many kills there is a lot to make up for
                deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            }
            Await.sleep(Duration.ofMillis(500));
        }
        assertThat(found).isEqualTo(records);
    }

    private Map<TopicPartition, Long> ends(List<String> topics, IsolationLevel level) {
        Admin admin = cluster.admin();
        Map<TopicPartition, OffsetSpec> wanted = topics.stream()
                .collect(Collectors.toMap(topic -> new TopicPartition(topic, 0), topic -> OffsetSpec.latest()));
        try {
            Map<TopicPartition, Long> ends = new HashMap<>();
            for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : admin.listOffsets(
                            wanted, new ListOffsetsOptions(level))
                    .all()
                    .get()
                    .entrySet()) {
                ends.put(end.getKey(), end.getValue().offset());
            }
            return ends;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static boolean wasFenced(ConnectWorker worker) {
        try {
            return Files.readString(worker.log()).matches("(?s).*(ProducerFenced|InvalidProducerEpoch).*");
        } catch (IOException e) {
            return false;
        }
    }
}
