package io.fenceline.systemtests;

import static io.fenceline.systemtests.QueueSink.SEND;
import static io.fenceline.systemtests.QueueSink.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.HttpFaultProxy.Plan;
import io.fenceline.testkit.history.QueueHistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import io.fenceline.testkit.sqs.QueuedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** Kafka to SQS in a real worker: what arrives in a queue through kills, lost answers and rebalances, and what stops a task. */
final class SqsSinkIT {

    private static final int KILLS = Integer.getInteger("kills", 3);
    private static final int PARTITIONS = 6;
    /** Few enough to be sent long before they could be older than the window, which a new task has to take for sent before. */
    private static final int AHEAD = 1500;

    private final Cluster cluster = Cluster.shared();

    /** One answer in five is lost, and one in five is an error in place of a success. */
    private static Plan manyFaults() {
        return number -> number % 5 == 1 ? Fault.LOSE_ANSWER : number % 5 == 3 ? Fault.ERROR_500_AFTER : null;
    }

    @Test
    void recordsAreInAFifoQueueOnceAndInOrderThroughKillsLostAnswersAndRebalances() {
        Random random = new Random(Cluster.seed("SqsSinkIT fifo -Dkills=" + KILLS));
        ConnectWorker worker = cluster.newWorker("sqs-fifo")
                .with("offset.flush.interval.ms", "1000")
                // a killed worker is missed before it is up again
                .with("session.timeout.ms", "3000")
                .with("heartbeat.interval.ms", "800")
                .with("consumer.session.timeout.ms", "3000")
                .with("consumer.heartbeat.interval.ms", "800")
                .jvmOptions("-Xms64m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
                .start();
        try (worker;
                QueueSink sink =
                        QueueSink.fifo(cluster, "sqs-killed", PARTITIONS).on(worker)) {
            sink.proxy().plan(SEND, manyFaults());
            sink.produce(500, random);
            sink.start(2);
            int effective = 0;
            for (int kill = 1; kill <= KILLS; kill++) {
                long before = sink.inQueue();
                sink.produce((int) Math.max(0, before + AHEAD - sink.produced()), random);
                sink.awaitInQueue(before + 200 + random.nextInt(600));
                worker.kill();
                long stored = sink.inQueue();
                long committed = sink.committed();
                effective += stored > committed ? 1 : 0;
                Cluster.say("kill " + kill + ": in the queue " + stored + ", committed " + committed);
                worker.launch();
                if (kill % 10 == 0) {
                    // so that the server has no more to keep than in a short run
                    sink.take();
                }
                worker.awaitReady();
            }
            for (int tasks : new int[] {3, 1, 2}) {
                sink.produce(700, random);
                sink.start(tasks);
                sink.awaitInQueue(sink.inQueue() + 100);
            }
            sink.check().requirePerfect();
            Cluster.say("SqsSinkIT: " + effective + " of " + KILLS + " kills effective, answers lost "
                    + sink.proxy().struck(Fault.LOSE_ANSWER) + ", 500 after the effect "
                    + sink.proxy().struck(Fault.ERROR_500_AFTER));
            assertThat(effective)
                    .as("kills that left messages in the queue uncommitted")
                    .isPositive();
            assertThat(sink.proxy().struck(Fault.LOSE_ANSWER)).isGreaterThanOrEqualTo(100);
            assertThat(sink.proxy().struck(Fault.ERROR_500_AFTER)).isGreaterThanOrEqualTo(100);
        }
    }

    @Test
    void nothingIsMissingFromAStandardQueueAndWhatIsThereTwiceHasTheSameIdAndBytes() {
        Random random = new Random(Cluster.seed("SqsSinkIT standard"));
        ConnectWorker worker = cluster.newWorker("sqs-standard")
                .with("offset.flush.interval.ms", "60000")
                .start();
        try (worker;
                QueueSink sink =
                        QueueSink.standard(cluster, "sqs-standard", PARTITIONS).on(worker)) {
            sink.proxy().plan(SEND, Plan.every(10, Fault.LOSE_ANSWER));
            sink.produce(2000, random);
            sink.start(2);
            sink.awaitInQueue(500 + random.nextInt(500));
            worker.kill();
            worker.launch();
            worker.awaitReady();
            QueueHistoryCheck.Result result = sink.check().requireComplete();
            assertThat(sink.proxy().struck(Fault.LOSE_ANSWER)).isPositive();
            assertThat(result.duplicates()).as("the faults were seen").isPositive();
        }
    }

    /** With the window over, anything it sent would be in the queue twice. */
    @Test
    void aWorkerThatWasFrozenAndReplacedSendsNothingWhenItWakesUp() {
        Random random = new Random(Cluster.seed("SqsSinkIT frozen"));
        ConnectWorker frozen = cluster.newWorker("sqs-frozen", "sqs-frozen-1")
                .with("offset.flush.interval.ms", "1000")
                .start();
        try (frozen;
                QueueSink sink =
                        QueueSink.fifo(cluster, "sqs-frozen", PARTITIONS).on(frozen)) {
            // slow enough to be frozen with most of its records at hand
            sink.proxy().delay(Duration.ofMillis(40));
            sink.produce(3000, random);
            sink.start(1);
            sink.awaitInQueue(200);
            frozen.process().suspend();
            long since = System.nanoTime();
            sink.proxy().delay(Duration.ZERO);
            ConnectWorker successor = cluster.newWorker("sqs-frozen", "sqs-frozen-2")
                    .with("offset.flush.interval.ms", "1000")
                    .start();
            try (successor) {
                sink.on(successor).awaitCommitted(3000);
                long left = 31_000 - Cluster.millisSince(since);
                Await.sleep(Duration.ofMillis(Math.max(0, left)));
                cluster.sqs().moveClock(Duration.ofMinutes(6));
                long sent = sink.proxy().requests(SEND);

                frozen.process().resume();

                frozen.awaitReady();
                Await.sleep(Duration.ofSeconds(3));
                assertThat(sink.proxy().requests(SEND)).isEqualTo(sent);
                sink.check().requirePerfect();
                sink.on(frozen);
            }
        }
    }

    @Test
    void aTaskThatCannotLearnWhatBecameOfItsRecordsStopsBeforeTheWindowEndsAndNamesThem() {
        Random random = new Random(Cluster.seed("SqsSinkIT window"));
        try (QueueSink sink = QueueSink.fifo(cluster, "sqs-window", 1)) {
            sink.start(1);
            sink.proxy().plan(SEND, number -> Fault.LOSE_ANSWER);
            // An earlier task may have sent what a task begins with, no earlier than its timestamp. So the end for all
            // of them is 257 s later, 20 s from now: five minutes less 30 s and the timeouts of one attempt.
            sink.produce(25, random, System.currentTimeMillis() - 237_000);

            String message = sink.awaitStopped("DEDUP_WINDOW_EXPIRED");

            TreeSet<Long> named = offsetsIn(message);
            long sent = sink.proxy().requests(SEND);
            long stored = sink.inQueue();
            assertThat(stored).isPositive();
            assertThat(sink.take())
                    .extracting(SqsSinkIT::offset)
                    .allMatch(named::contains, "in doubt, named by " + message);
            cluster.sqs().moveClock(Duration.ofMinutes(6));
            Await.sleep(Duration.ofSeconds(2));
            assertThat(sink.proxy().requests(SEND))
                    .as("nothing is sent by a stopped task")
                    .isEqualTo(sent);
            assertThat(sink.inQueue()).isEqualTo(stored);

            sink.proxy().clearPlans();
            sink.restart(1);
            QueueHistoryCheck.Result result = sink.check().requireComplete();
            assertThat(result.repeated()).as("the window was over").isNotEmpty();
            List<String> warnings = sink.logLines("WARN", sink.topic() + "-0", "may have been sent by an earlier task");
            assertThat(warnings).as("one for each start that had such records").isNotEmpty();
            TreeSet<Long> warned = offsetsIn(warnings.get(warnings.size() - 1));
            for (String id : result.repeated()) {
                long offset = Long.parseLong(id.substring(id.lastIndexOf('/') + 1));
                assertThat(warned).contains(offset);
            }
        }
    }

    private static long offset(QueuedMessage message) {
        String id = String.valueOf(message.attribute("kafka.id"));
        return Long.parseLong(id.substring(id.lastIndexOf('/') + 1));
    }

    /** What stands behind "offset" or "offsets", single ones and runs such as 42-45. */
    private static TreeSet<Long> offsetsIn(String text) {
        TreeSet<Long> offsets = new TreeSet<>();
        Matcher list =
                Pattern.compile("offsets? (\\d+(?:(?:-| to |, | and )\\d+)*)").matcher(text);
        assertThat(list.find()).as(text).isTrue();
        Matcher run = Pattern.compile("(\\d+)(?:(?:-| to )(\\d+))?").matcher(list.group(1));
        while (run.find()) {
            long first = Long.parseLong(run.group(1));
            long last = run.group(2) == null ? first : Long.parseLong(run.group(2));
            for (long offset = first; offset <= last; offset++) {
                offsets.add(offset);
            }
        }
        return offsets;
    }

    @Test
    void everyRecordOfATopicMadeAgainWithinTheWindowArrives() throws Exception {
        Random random = new Random(Cluster.seed("SqsSinkIT again"));
        try (QueueSink sink = QueueSink.fifo(cluster, "sqs-again", 1)) {
            sink.produce(40, random);
            sink.start(1);
            sink.check().requirePerfect();
            sink.rest().stop(sink.name());
            sink.rest().awaitState(sink.name(), "STOPPED", Duration.ofSeconds(30));

            recreate(sink.topic());
            sink.produce(60, random);
            sink.rest().resume(sink.name());

            sink.awaitInQueue(100);
            sink.awaitCommitted(60);
            List<QueuedMessage> all = new ArrayList<>(sink.take());
            new QueueHistoryCheck()
                    .expect(cluster.bootstrapServers(), sink.topic())
                    .compare(all.subList(40, all.size()))
                    .requirePerfect();
        }
    }

    private void recreate(String topic) throws InterruptedException, ExecutionException {
        cluster.admin().deleteTopics(List.of(topic)).all().get();
        Await.until("the topic can be made again", Duration.ofSeconds(30), () -> {
            try {
                cluster.admin()
                        .createTopics(List.of(new NewTopic(topic, 1, (short) 1)))
                        .all()
                        .get();
                return true;
            } catch (ExecutionException e) {
                return false;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void badRecordsGoToTheDeadLetterQueueAndTheirNeighboursArrive() {
        try (QueueSink sink = QueueSink.fifo(cluster, "sqs-bad", 1)) {
            String dlq = cluster.createTopic("sqs-bad-dlq", 1);
            sink.with("errors.tolerance", "all")
                    .with("errors.deadletterqueue.topic.name", dlq)
                    .with("errors.deadletterqueue.topic.replication.factor", "1")
                    .with("producer.override.max.request.size", "8388608");
            RecordHeaders eleven = new RecordHeaders();
            for (int i = 0; i < 11; i++) {
                eleven.add("h" + i, bytes("x"));
            }
            RecordHeaders twice = new RecordHeaders();
            twice.add("same", bytes("x")).add("same", bytes("y"));
            RecordHeaders unnamed = new RecordHeaders();
            unnamed.add("no such name", bytes("x"));
            try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
                String topic = sink.topic();
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("good 0")));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("bad"), eleven));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("good 2")));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("bad"), twice));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("bad"), unnamed));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("good 5")));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("x".repeat((1 << 20) + 1))));
                producer.send(new ProducerRecord<>(topic, 0, bytes("key"), bytes("good 7")));
            }
            sink.start(1);

            sink.awaitCommitted(8);

            assertThat(sink.take())
                    .extracting(QueuedMessage::body)
                    .containsExactly("good 0", "good 2", "good 5", "good 7");
            List<Integer> sizes = new ArrayList<>();
            TopicHistory.forEach(cluster.bootstrapServers(), dlq, bad -> sizes.add(bad.value().length));
            assertThat(sizes).containsExactly(3, 3, 3, (1 << 20) + 1);
        }
    }

    @Test
    void aQueueDeletedUnderARunningTaskStopsItWithTheOffsetsThatAreSafe() {
        Random random = new Random(Cluster.seed("SqsSinkIT deleted"));
        try (QueueSink sink = QueueSink.fifo(cluster, "sqs-deleted", 1)) {
            sink.produce(30, random);
            sink.start(1);
            sink.awaitCommitted(30);
            assertThat(sink.take()).hasSize(30);
            sink.calls().deleteQueue(sink.queueUrl());
            sink.produce(5, random);

            assertThat(sink.awaitStopped("TARGET_MISSING")).contains("offsets up to 29");

            sink.calls().createFifoQueue(sink.topic() + ".fifo");
            sink.restart(1);
            sink.check().requirePerfect();
        }
    }
}
