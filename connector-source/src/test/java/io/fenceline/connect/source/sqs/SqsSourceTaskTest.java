package io.fenceline.connect.source.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A task with its threads and its client, against a scripted server, under a model of a worker with exactly-once support. */
@Timeout(120)
class SqsSourceTaskTest {

    private static final Predicate<SourceRecord> ALL = record -> true;

    private final ScriptedSqsServer sqs = ScriptedSqsServer.start();
    private final SqsCalls calls = new SqsCalls(sqs.endpoint());
    private final SourceWorkerModel.Store store = new SourceWorkerModel.Store();
    private final Map<String, String> urls = new HashMap<>();
    private final List<SqsSourceTask> tasks = new ArrayList<>();
    /** How far the clocks of the tasks are ahead of the real one. */
    private final AtomicLong ahead = new AtomicLong();

    private final Map<String, String> properties = new HashMap<>(Map.of(
            "name", "sqs-to-orders",
            "topic", "orders",
            "sqs.region", "eu-central-1",
            "aws.access.key.id", "AKIDEXAMPLE",
            "aws.secret.access.key", "secret",
            "sqs.wait.time.seconds", "1",
            "retry.backoff.ms", "5",
            "retry.backoff.max.ms", "40"));

    @AfterEach
    void tearDown() {
        tasks.forEach(SqsSourceTask::stop);
        sqs.close();
    }

    @Test
    void messagesAreInKafkaOnceAndThenDeleted() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 250);
        SourceWorkerModel worker = running(ALL);

        turnUntil(worker, () -> store.topic.size() == 250 && isEmpty("orders"));

        assertThat(bodies()).containsExactlyInAnyOrderElementsOf(values(250));
        assertThat(store.reads).as("all slots in one call").isEqualTo(1);
        assertThat(store.offsets.keySet())
                .allSatisfy(slot -> assertThat(slot.get("slot").toString()).matches("\\d+/orders#1\\.\\d+"));
    }

    @Test
    void theOrderOfEachGroupOfAFifoQueueIsKept() throws InterruptedException {
        String queue = read(sqs.createQueue("orders.fifo"));
        for (int i = 0; i < 200; i++) {
            calls.send(queue, SentEntry.of("0", "g" + i % 3 + ":" + i, "g" + i % 3, "d" + i));
        }
        SourceWorkerModel worker = running(ALL);

        turnUntil(worker, () -> store.topic.size() == 200 && isEmpty("orders.fifo"));

        for (int group = 0; group < 3; group++) {
            String prefix = "g" + group + ":";
            assertThat(bodies().stream()
                            .filter(body -> body.startsWith(prefix))
                            .map(body -> Integer.parseInt(body.substring(prefix.length()))))
                    .isSorted();
        }
        assertThat(bodies()).doesNotHaveDuplicates();
    }

    @Test
    void messagesThatAreEqualToTheByteAreAllWrittenAndDeleted() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        for (int i = 0; i < 30; i++) {
            calls.send(queue, SentEntry.of("0", "the same"));
        }
        SourceWorkerModel worker = running(ALL);

        turnUntil(worker, () -> store.topic.size() == 30 && isEmpty("orders"));

        assertThat(store.topic).doesNotHaveDuplicates();
    }

    @Test
    void aMessageThatWasCommittedAndNotDeletedIsKnownToTheNextStart() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 5);
        // of this task none gets through
        sqs.injectInto("DeleteMessageBatch", refusedDeletes());
        SourceWorkerModel killed = running(ALL);
        turnUntil(killed, () -> store.topic.size() == 5);
        tasks.remove(0).stop();
        sqs.clearFaults();
        assertThat(left("orders")).isEqualTo(5);

        moveClocks(Duration.ofMinutes(3));
        SourceWorkerModel next = running(ALL);
        drain(next, () -> isEmpty("orders"));

        assertThat(bodies()).containsExactlyInAnyOrderElementsOf(values(5));
    }

    private static SqsFault[] refusedDeletes() {
        SqsFault[] faults = new SqsFault[10_000];
        Arrays.fill(faults, SqsFault.internalError(false));
        return faults;
    }

    @Test
    void whatWasPolledAndNotCommittedComesAgain() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 5);
        SourceWorkerModel killed = running(ALL);
        List<SourceRecord> polled = new ArrayList<>();
        while (polled.size() < 5) {
            polled.addAll(killed.poll());
        }
        tasks.remove(0).stop();

        moveClocks(Duration.ofMinutes(3));
        SourceWorkerModel next = running(ALL);
        drain(next, () -> isEmpty("orders"));

        assertThat(bodies()).containsExactlyInAnyOrderElementsOf(values(5));
    }

    @Test
    void aLoneRecordThatATransformDropsStopsTheTaskAndItsMessageStays() {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 1);
        SourceWorkerModel worker = running(record -> false);

        assertThatThrownBy(() -> turnUntil(worker, () -> false))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[UNCONFIRMED_RECORD]")
                .hasMessageContaining(sqs.stored("orders").get(0).messageId())
                .hasMessageContaining("/orders");
        assertThat(left("orders")).isEqualTo(1);
        assertThat(sqs.requests("DeleteMessageBatch")).isEmpty();
    }

    @Test
    void aDroppedRecordIsDeletedIfThatIsAskedForAndNotRemembered() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        properties.put("on.unconfirmed.record", "delete");
        send(queue, 20);
        SourceWorkerModel worker = running(record -> !record.value().equals("m7"));

        turnUntil(worker, () -> isEmpty("orders"));

        assertThat(bodies()).hasSize(19).doesNotContain("m7").doesNotHaveDuplicates();
        assertThat(store.offsets.values()).hasSizeLessThanOrEqualTo(19);
    }

    @Test
    void commitsOfAnotherThreadSayNothingOfRecordsThatAreUnderWay() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 1);
        running(ALL);
        SqsSourceTask task = tasks.get(0);
        List<SourceRecord> polled = null;
        while (polled == null) {
            polled = task.poll();
        }
        for (int i = 0; i < 3; i++) {
            Thread committer = new Thread(task::commit);
            committer.start();
            committer.join();
            assertThat(task.poll()).isNull();
        }
        task.commitRecord(polled.get(0), new RecordMetadata(new TopicPartition("orders", 0), 0, 0, 0, 0, 0));
        pollUntil(task, () -> isEmpty("orders"));
    }

    /** Ten, so that no further receive is open, which could get them again from a server that does not see its client go. */
    @Test
    void whatIsNotHandedOverWhenTheTaskStopsIsVisibleToTheNextAtOnce() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        properties.put("poll.max.records", "1");
        send(queue, 10);
        SourceWorkerModel first = running(ALL);
        while (first.poll().isEmpty()) {
            assertThat(store.topic).isEmpty();
        }
        tasks.remove(0).stop();

        assertThat(visible("orders")).as("all but the one Connect has").isEqualTo(9);
    }

    @Test
    void aLongPollDoesNotHoldUpTheEndOfATask() throws InterruptedException {
        read(sqs.createQueue("orders"));
        properties.put("sqs.wait.time.seconds", "20");
        sqs.injectInto("ReceiveMessage", new SqsFault.Hold(false));
        SourceWorkerModel worker = running(ALL);
        turnUntil(worker, () -> sqs.held() > 0);

        tasks.remove(0).stop();

        assertThat(sqs.held()).as("it is still held").isPositive();
        sqs.release();
    }

    @Test
    void aBodyThatIsNotWhatItsEncodingSaysStopsTheTaskAndIsNotDeleted() {
        String queue = read(sqs.createQueue("orders"));
        calls.send(
                queue,
                new SentEntry("0", "no base64 !", Map.of("kafka.encoding", SqsAttribute.text("base64")), null, null));
        SourceWorkerModel worker = running(ALL);

        assertThatThrownBy(() -> turnUntil(worker, () -> false))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[UNMAPPABLE_RECORD]")
                .hasMessageContaining(sqs.stored("orders").get(0).messageId());
        assertThat(left("orders")).isEqualTo(1);
    }

    @Test
    void aQueueThatIsNotThereStopsTheTask() {
        String queue = read(sqs.createQueue("orders"));
        assertThat(queue).endsWith("/orders");
        sqs.deleteQueue("orders");
        SourceWorkerModel worker = running(ALL);

        assertThatThrownBy(() -> turnUntil(worker, () -> false))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[TARGET_MISSING]");
    }

    @Test
    void whatConnectStoredOfRecordsItsProducerRefusedIsNotRead() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        send(queue, 3);
        properties.put("errors.tolerance", "all");
        SourceWorkerModel worker = running(ALL);

        turnUntil(worker, () -> isEmpty("orders"));

        assertThat(store.reads).isZero();
    }

    /** Loss before: the record its producer refused was stored as if it were produced, and deleted unseen by the next start. */
    @Test
    void whatWasStoredWithoutProofIsNoProofToALaterStartThatReads() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        properties.put("errors.tolerance", "all");
        send(queue, 1);
        running(ALL);
        SqsSourceTask refusing = tasks.get(0);
        List<SourceRecord> refused = null;
        while (refused == null) {
            refused = refusing.poll();
        }
        // at least once Connect tells of a refusal as of a drop, and stores the offset
        store.offsets.put(refused.get(0).sourcePartition(), refused.get(0).sourceOffset());
        refusing.commitRecord(refused.get(0), null);
        tasks.remove(0).stop();

        properties.put("errors.tolerance", "none");
        moveClocks(Duration.ofMinutes(3));
        SourceWorkerModel next = running(ALL);
        drain(next, () -> isEmpty("orders"));

        assertThat(bodies()).containsExactly("m0");
    }

    @Test
    void whatIsBehindABodyThatIsNoRecordIsVisibleToTheNextStartAtOnce() throws InterruptedException {
        String queue = read(sqs.createQueue("orders"));
        calls.send(
                queue,
                new SentEntry("0", "no base64 !", Map.of("kafka.encoding", SqsAttribute.text("base64")), null, null));
        send(queue, 9);
        SourceWorkerModel worker = running(ALL);
        assertThatThrownBy(() -> turnUntil(worker, () -> false)).isInstanceOf(TerminalException.class);
        tasks.remove(0).stop();

        assertThat(visible("orders")).as("all but the one").isEqualTo(9);
    }

    // ------------------------------------------------------------------ tools

    private long visible(String queue) {
        return calls.waiting(urls.get(queue));
    }

    /** A receive of the task before that ends late hides messages once more. */
    private void drain(SourceWorkerModel worker, BooleanSupplier condition) throws InterruptedException {
        for (int turn = 1; !condition.getAsBoolean(); turn++) {
            worker.turn();
            if (turn % 20 == 0) {
                moveClocks(Duration.ofMinutes(3));
            }
        }
    }

    private String read(String queueUrl) {
        properties.put("sqs.queue.urls", queueUrl);
        urls.put(queueUrl.substring(queueUrl.lastIndexOf('/') + 1), queueUrl);
        return queueUrl;
    }

    private void send(String queue, int messages) {
        for (int i = 0; i < messages; i++) {
            calls.send(queue, SentEntry.of("0", "m" + i));
        }
    }

    private boolean isEmpty(String queue) {
        return left(queue) == 0;
    }

    /** Messages in the queue, visible or hidden. */
    private long left(String queue) {
        var attributes = calls.attributes(urls.get(queue));
        return attributes.path("ApproximateNumberOfMessages").asLong()
                + attributes.path("ApproximateNumberOfMessagesNotVisible").asLong();
    }

    private static List<String> values(int messages) {
        return IntStream.range(0, messages).mapToObj(i -> "m" + i).toList();
    }

    private List<String> bodies() {
        return store.topic.stream().map(record -> (String) record.value()).toList();
    }

    private void moveClocks(Duration by) {
        sqs.moveClock(by);
        ahead.addAndGet(by.toNanos());
    }

    private SourceWorkerModel running(Predicate<SourceRecord> transform) {
        SqsSourceTask task =
                new SqsSourceTask(() -> System.nanoTime() + ahead.get(), System::currentTimeMillis, () -> 0.5);
        tasks.add(task);
        SourceWorkerModel worker = new SourceWorkerModel(task, store, transform);
        worker.start(properties);
        return worker;
    }

    private static void turnUntil(SourceWorkerModel worker, BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            worker.turn();
        }
    }

    private static void pollUntil(SqsSourceTask task, BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            task.poll();
        }
    }
}
