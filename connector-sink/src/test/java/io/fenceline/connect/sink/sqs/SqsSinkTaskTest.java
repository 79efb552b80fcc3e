package io.fenceline.connect.sink.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.EntryFault;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsFault;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A task with its threads and its client, against a scripted server, under a model worker. */
class SqsSinkTaskTest {

    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final TopicPartition T0 = new TopicPartition("t", 0);

    private final ScriptedSqsServer sqs = ScriptedSqsServer.start();
    private final ModelTopic topic = new ModelTopic(T0);
    private final Map<String, String> properties = new HashMap<>(Map.of(
            "name", "orders-to-sqs",
            "topics", "t",
            "sqs.region", "eu-central-1",
            "aws.access.key.id", "AKIDEXAMPLE",
            "aws.secret.access.key", "secret",
            "retry.backoff.ms", "5",
            "retry.backoff.max.ms", "40",
            "consumer.override.isolation.level", "read_committed"));
    private final List<WorkerModel> workers = new ArrayList<>();
    /** How far the task's clock is ahead of the real one. */
    private final AtomicLong pausedFor = new AtomicLong();

    @AfterEach
    void tearDown() {
        workers.forEach(worker -> worker.task.stop());
        sqs.close();
    }

    @Test
    void recordsAreInAFifoQueueOnceInTheirOrderAndTheirOffsetsAreCommitted() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        topic.produce(250);
        WorkerModel worker = running();

        drain(worker);

        List<QueuedMessage> stored = sqs.stored("t.fifo");
        assertThat(stored).extracting(QueuedMessage::body).containsExactlyElementsOf(values(250));
        assertThat(stored).extracting(message -> message.attribute("kafka.id")).startsWith("t/0/0", "t/0/1");
        assertThat(topic.committed()).isEqualTo(250);
    }

    @Test
    void recordsAreInAStandardQueueWithTheirIds() {
        properties.put("sqs.queue.url", sqs.createQueue("t"));
        topic.produce(250);
        WorkerModel worker = running();

        drain(worker);

        // on a machine too busy to answer in time one may be there twice, under its id
        assertThat(sqs.stored("t").stream()
                        .map(message -> message.attribute("kafka.id"))
                        .distinct())
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, 250).mapToObj(i -> "t/0/" + i).toList());
    }

    @Test
    void whatIsSentAgainAfterARestartIsRecognised() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        // younger than the window, or the restart would be named in a warning
        for (int i = 0; i < 120; i++) {
            topic.produce(System.currentTimeMillis(), "r" + i);
        }
        WorkerModel first = running();
        drain(first);
        topic.commit(7L);
        WorkerModel second = running();
        drain(second);

        assertThat(sqs.stored("t.fifo")).hasSize(120);
        assertThat(sqs.sends()).hasSizeGreaterThan(20);
    }

    @Test
    void anotherNamespaceMakesNewMessagesOfTheSameRecords() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        topic.produce(20);
        drain(running());
        topic.commit(0L);
        properties.put("sqs.deduplication.namespace", "again");
        drain(running());

        assertThat(sqs.stored("t.fifo")).hasSize(40);
    }

    @Test
    void theQueueOfEachTopicIsItsOwn() {
        sqs.createQueue("t-in.fifo");
        sqs.createQueue("u-in.fifo");
        properties.put("sqs.queue.url", sqs.endpoint() + "/000000000000/${topic}-in.fifo");
        TopicPartition other = new TopicPartition("u", 3);
        ModelTopic second = new ModelTopic(other);
        topic.produce(12);
        second.produce(13);
        WorkerModel worker = worker(Map.of(T0, topic, other, second));
        worker.start();
        worker.assign(T0, other);

        pollUntil(worker, () -> committed(topic) == 12 && committed(second) == 13);

        assertThat(sqs.stored("t-in.fifo")).hasSize(12);
        assertThat(sqs.stored("u-in.fifo")).hasSize(13).allSatisfy(message -> assertThat(message.attribute("kafka.id"))
                .startsWith("u/3/"));
    }

    @Test
    void aQueueThatIsMissingStopsTheTaskAndItSaysSo() {
        properties.put("sqs.queue.url", sqs.endpoint() + "/000000000000/nowhere.fifo");
        topic.produce(3);
        WorkerModel worker = running();

        TerminalException end = failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(end).hasMessageContaining("nowhere.fifo").hasMessageContaining("sqs.queue.url");
        assertThat(sqs.sends()).isEmpty();
    }

    @Test
    void aQueueThatIsDeletedUnderATaskStopsItWithTheSafeOffsets() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        topic.produce(10);
        WorkerModel worker = running();
        drain(worker);
        sqs.deleteQueue("t.fifo");
        topic.produce(10);

        TerminalException end = failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(end).hasMessageContaining("offsets up to 9");
        assertThat(topic.committed()).isEqualTo(10);
    }

    @Test
    void withHoldAMissingQueueHoldsItsPartitionsAndTheOthersGoOn() {
        sqs.createQueue("u.fifo");
        properties.put("sqs.queue.url", sqs.endpoint() + "/000000000000/${topic}.fifo");
        properties.put("on.stop", "hold");
        TopicPartition other = new TopicPartition("u", 0);
        ModelTopic second = new ModelTopic(other);
        topic.produce(5);
        second.produce(5);
        WorkerModel worker = worker(Map.of(T0, topic, other, second));
        worker.start();
        worker.assign(T0, other);

        pollUntil(worker, () -> committed(second) == 5 && worker.isPaused(T0));

        assertThat(committed(topic)).isLessThanOrEqualTo(0);
    }

    @Test
    void theQueuesOwnLimitIsAskedAtTheStartAndHolds() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo", Map.of("MaximumMessageSize", "1024")));
        topic.produce(1_700_000_000_000L, "x".repeat(900));
        topic.produce(1_700_000_000_000L, "x".repeat(1100));
        WorkerModel worker = running();

        TerminalException end = failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(end).hasMessageContaining("t-0@1").hasMessageContaining("1024");
        assertThat(sqs.stored("t.fifo")).hasSize(1);
    }

    @Test
    void refusedCredentialsStopTheTaskWithTheActionThatIsMissing() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        topic.produce(3);
        sqs.injectInto("SendMessageBatch", SqsFault.denied(), SqsFault.denied(), SqsFault.denied());
        WorkerModel worker = running();

        TerminalException end = failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.AUTH);
        assertThat(end).hasMessageContaining("sqs:SendMessage");
    }

    @Test
    void groupAndHeadersAreThoseOfTheConfiguration() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        properties.put("sqs.message.group.id", "all-of-${topic}");
        properties.put("sqs.headers", "wanted");
        topic.produce(1);
        WorkerModel worker = running();
        worker.transform = record -> {
            record.headers().addString("wanted", "1").addString("unwanted", "2");
            return record;
        };

        drain(worker);

        QueuedMessage message = sqs.stored("t.fifo").get(0);
        assertThat(message.groupId()).isEqualTo("all-of-t");
        assertThat(message.attribute("wanted")).isEqualTo("1");
        assertThat(message.attribute("unwanted")).isNull();
    }

    @Test
    void oneMessageOfAGroupAtATimeIfTheConfigurationSaysSo() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        properties.put("sqs.max.batch.per.group", "1");
        topic.produce(5);

        drain(running());

        assertThat(sqs.sends()).hasSize(5);
    }

    @Test
    void aRecordInDoubtGoesByThePolicyOfTheConfiguration() {
        properties.put("sqs.queue.url", sqs.createQueue("t"));
        properties.put("in.doubt.policy", "fail");
        topic.produce(1);
        sqs.injectInto(entry -> true, 1, EntryFault.internalErrorApplied());

        TerminalException end = failureOf(running());

        assertThat(end.code()).isEqualTo(TerminalCode.DEDUP_WINDOW_EXPIRED);
        assertThat(sqs.stored("t")).hasSize(1);
    }

    @Test
    void oldRecordsAfterAStartGoByThePolicyOfTheConfiguration() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        properties.put("in.doubt.on.restart", "fail");
        topic.produce(3);

        TerminalException end = failureOf(running());

        assertThat(end.code()).isEqualTo(TerminalCode.DEDUP_WINDOW_EXPIRED);
        assertThat(end).hasMessageContaining("in.doubt.on.restart");
        assertThat(sqs.sends()).isEmpty();
    }

    /** Its sender threads are idle when the record comes, and nothing but the worker's calls can tell them that they may send. */
    @Test
    void aRecordThatComesRightAfterAPauseOfTheWorkerIsSentOnceTheWorkerHasCalledForAWhile() {
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        topic.produce(1);
        WorkerModel worker = running();
        drain(worker);

        pausedFor.addAndGet(Duration.ofMinutes(1).toNanos());
        topic.produce(1);
        worker.poll();
        worker.poll();
        assertThat(sqs.stored("t.fifo")).hasSize(1);
        pausedFor.addAndGet(Duration.ofSeconds(10).toNanos());
        drain(worker);

        assertThat(sqs.stored("t.fifo")).hasSize(2);
    }

    @Test
    void itsFiguresAreOnShowWhileItRunsAndNotAfterwards() throws JMException {
        properties.put("name", "figures-of-sqs");
        properties.put("sqs.queue.url", sqs.createQueue("t.fifo"));
        WorkerModel worker = running();
        assertThat(types("figures-of-sqs")).containsExactly("sqs-sink-queue", "sqs-sink-task");

        worker.task.stop();
        assertThat(types("figures-of-sqs")).isEmpty();
    }

    @Test
    void aConfigurationThatCannotBeStartsNothingAndStopsCleanly() {
        properties.put("sqs.queue.url", "nonsense");
        WorkerModel worker = worker(Map.of(T0, topic));
        assertThatThrownBy(worker::start).hasMessageContaining("sqs.queue.url");
        worker.task.stop();
        assertThatThrownBy(() -> worker.task.put(List.of())).hasMessageContaining("not started");
    }

    private WorkerModel running() {
        WorkerModel worker = worker(Map.of(T0, topic));
        worker.start();
        worker.assign(T0);
        return worker;
    }

    private WorkerModel worker(Map<TopicPartition, ModelTopic> read) {
        // the default converter comes with a worker
        properties.putIfAbsent("body.converter", "org.apache.kafka.connect.storage.StringConverter");
        SqsSinkTask task =
                new SqsSinkTask(() -> System.nanoTime() + pausedFor.get(), System::currentTimeMillis, () -> 0.5);
        WorkerModel worker = new WorkerModel(task, Map.copyOf(properties), new HashMap<>(read));
        workers.add(worker);
        return worker;
    }

    private void drain(WorkerModel worker) {
        pollUntil(worker, () -> committed(topic) == topic.end());
    }

    private static long committed(ModelTopic of) {
        Long committed = of.committed();
        return committed == null ? -1 : committed;
    }

    private static void pollUntil(WorkerModel worker, BooleanSupplier done) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!done.getAsBoolean()) {
            worker.poll();
            worker.commit();
            pause();
            assertThat(System.nanoTime()).as("it takes too long").isLessThan(deadline);
        }
    }

    private static TerminalException failureOf(WorkerModel worker) {
        try {
            pollUntil(worker, () -> false);
        } catch (TerminalException end) {
            return end;
        }
        throw new AssertionError("the task goes on");
    }

    @SuppressWarnings("ThreadSleep")
    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<String> values(int count) {
        return LongStream.range(0, count).mapToObj(topic::value).toList();
    }

    private static Set<String> types(String connector) throws JMException {
        return ManagementFactory.getPlatformMBeanServer()
                .queryNames(new ObjectName("io.fenceline:connector=" + connector + ",*"), null)
                .stream()
                .map(name -> name.getKeyProperty("type"))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
