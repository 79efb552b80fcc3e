package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.sink.queue.OutboxRig.FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.POLICY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.metrics.RecentLatencies;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.connect.sink.queue.Notices.Notice;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueSender;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

/** Real threads, and a sender whose calls last until the test lets them go. */
@Timeout(60)
class SendersTest {

    private static final int MOST = 3;

    private final TaskInbox inbox = new TaskInbox();
    private final QueueCounters counters = new QueueCounters();
    private final RecentLatencies latencies = new RecentLatencies("request-latency", "time", "requests");
    private final HeldSender sender = new HeldSender();
    private volatile boolean leased = true;
    private final Senders senders = senders(POLICY.linger());
    private final Receiver receiver = new Receiver();
    private final OutboxLane lane = new OutboxLane(FIFO, new DoubtRange("t-0"), receiver);

    private Senders senders(Duration linger) {
        return senders(linger, notice -> {});
    }

    private Senders senders(Duration linger, Consumer<Notice> operator) {
        QueuePolicy policy = new QueuePolicy(
                "c", POLICY.retries(), linger, MOST, 10, POLICY.attempt(), POLICY.inDoubt(), POLICY.onRestart());
        return new Senders(
                "fenceline-sender-test",
                policy,
                sender,
                now -> leased,
                inbox,
                System::nanoTime,
                System::currentTimeMillis,
                () -> 0.5,
                counters,
                latencies,
                operator);
    }

    @AfterEach
    void letGo() {
        senders.close();
        sender.permits.release(1_000);
    }

    /** Calls reach {@link #arrived}; each goes on with a permit. */
    private static final class HeldSender implements QueueSender {
        final Semaphore arrived = new Semaphore(0);
        final Semaphore permits = new Semaphore(0);
        final AtomicInteger sent = new AtomicInteger();
        final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
        final CopyOnWriteArrayList<Map<String, String>> contexts = new CopyOnWriteArrayList<>();
        volatile SendOutcome outcome = null;
        volatile Error error = null;

        @Override
        public SendOutcome send(QueueUrl queue, List<OutgoingMessage> messages, BooleanSupplier gate) {
            threads.add(Thread.currentThread());
            Map<String, String> context = MDC.getCopyOfContextMap();
            contexts.add(context == null ? Map.of() : context);
            arrived.release();
            permits.acquireUninterruptibly();
            Error planned = error;
            if (planned != null) {
                throw planned;
            }
            if (!gate.getAsBoolean()) {
                return new SendOutcome.Failed(QueueAnswer.HELD_BACK, null, "held back");
            }
            sent.incrementAndGet();
            SendOutcome scripted = outcome;
            outcome = null;
            return scripted != null
                    ? scripted
                    : new SendOutcome.Answered(messages.stream()
                            .map(message -> (SendOutcome.Entry) new SendOutcome.Entry.Accepted("id", null))
                            .toList());
        }

        @Override
        public void close() {}
    }

    private static final class Receiver implements OutboxLane.Receiver {
        final List<Long> done = new ArrayList<>();

        @Override
        public void onDone(OutboxMessage message) {
            done.add(message.offset);
        }

        @Override
        public void onStop(SendStop stop, List<OutboxMessage> messages) {
            throw new AssertionError(stop);
        }
    }

    private void add(String group, long... offsets) {
        List<OutboxMessage> all = new ArrayList<>();
        for (long offset : offsets) {
            SinkRecord record = new SinkRecord(
                    "t", 0, null, null, null, "v", offset, System.currentTimeMillis(), TimestampType.CREATE_TIME);
            all.add(new OutboxMessage(
                    lane,
                    new OffsetTracker().open(offset),
                    record,
                    offset,
                    new OutgoingMessage("m" + offset, List.of(), group, "d" + offset, 10),
                    10));
        }
        senders.add(all);
        senders.flush(lane);
    }

    /** As many as a request holds. */
    private void addFull(String group, long first) {
        add(group, LongStream.range(first, first + 10).toArray());
    }

    /** What the lanes are told comes from the task thread only. */
    private void awaitDone(int count) throws InterruptedException {
        while (receiver.done.size() < count) {
            inbox.drain();
            senders.throwIfDead();
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void asManyRequestsAsMayBeAreUnderWayAtATime() throws InterruptedException {
        for (int group = 0; group < 5; group++) {
            addFull("g" + group, 10 * group);
        }

        sender.arrived.acquire(MOST);
        assertThat(sender.arrived.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
        sender.permits.release(100);
        awaitDone(50);

        assertThat(sender.threads.stream().distinct())
                .hasSize(MOST)
                .allMatch(Thread::isDaemon)
                .allMatch(thread -> thread.getName().startsWith("fenceline-sender-test-"));
        assertThat(counters.requests.sum()).isEqualTo(sender.sent.get());
    }

    @Test
    void aThreadIsStartedOnlyForWorkThatNoOtherCanDo() throws InterruptedException {
        sender.permits.release(100);
        for (int i = 0; i < 20; i++) {
            add("a", i);
            awaitDone(i + 1);
        }

        assertThat(sender.threads.stream().distinct().count()).isLessThanOrEqualTo(2);
    }

    @Test
    void aRequestThatIsNotFullGoesWithoutAnotherCall() throws InterruptedException {
        sender.permits.release(100);
        Senders lingering = senders(Duration.ofMillis(20));
        OutboxMessage only = new OutboxMessage(
                lane,
                new OffsetTracker().open(0),
                new SinkRecord("t", 0, null, null, null, "v", 0),
                0,
                new OutgoingMessage("m", List.of(), "g", "d", 10),
                10);

        lingering.add(List.of(only));

        awaitDone(1);
        lingering.close();
    }

    /** One thread sleeps for a pause of seconds; what is due sooner is not kept waiting by that. */
    @Test
    void aPauseKeepsNothingElseWaiting() throws InterruptedException {
        sender.permits.release(100);
        sender.outcome = new SendOutcome.Failed(QueueAnswer.UNREACHABLE, null, "as scripted");
        add("a", 0);
        sender.arrived.acquire();

        add("b", 1);
        add("c", 2);

        awaitDone(3);
        assertThat(receiver.done).containsExactlyInAnyOrder(0L, 1L, 2L);
    }

    /** Of an attempt that fails, and of an old record that an earlier task may have sent. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowLogKeepsNobodyElseWaiting(boolean ofAFailure) throws InterruptedException {
        CountDownLatch logs = new CountDownLatch(1);
        CountDownLatch added = new CountDownLatch(1);
        List<Boolean> wentOn = new CopyOnWriteArrayList<>();
        List<Notice> told = new CopyOnWriteArrayList<>();
        Consumer<Notice> slow = notice -> {
            told.add(notice);
            logs.countDown();
            try {
                wentOn.add(added.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        try (Senders own = senders(Duration.ZERO, slow)) {
            sender.permits.release(100);
            if (ofAFailure) {
                sender.outcome = new SendOutcome.Failed(QueueAnswer.UNREACHABLE, null, "as scripted");
            } else {
                lane.doubtRange.handedOver(0);
            }
            own.add(List.of(messageWithoutATimestamp("a", 0)));
            logs.await();

            own.add(List.of(messageWithoutATimestamp("b", 1)));
            added.countDown();

            awaitDone(2);
        }
        assertThat(wentOn).doesNotContain(false);
        assertThat(told.get(0).isWarning()).isTrue();
        assertThat(told.get(0).text()).contains(ofAFailure ? "as scripted" : "offsets 0 to 1999");
    }

    private OutboxMessage messageWithoutATimestamp(String group, long offset) {
        return new OutboxMessage(
                lane,
                new OffsetTracker().open(offset),
                new SinkRecord("t", 0, null, null, null, "v", offset),
                offset,
                new OutgoingMessage("m", List.of(), group, "d" + offset, 10),
                10);
    }

    @Test
    void theLogContextOfTheTaskGoesWithItsThreads() throws InterruptedException {
        MDC.put("connector.context", "[orders|task-0] ");
        try (Senders own = senders(Duration.ZERO)) {
            sender.permits.release(100);
            own.add(List.of(new OutboxMessage(
                    lane,
                    new OffsetTracker().open(0),
                    new SinkRecord("t", 0, null, null, null, "v", 0),
                    0,
                    new OutgoingMessage("m", List.of(), "g", "d", 10),
                    10)));
            awaitDone(1);
        } finally {
            MDC.clear();
        }

        Map<String, String> expected =
                MDC.getMDCAdapter().getClass().getSimpleName().startsWith("NOP")
                        ? Map.of()
                        : Map.of("connector.context", "[orders|task-0] ");
        assertThat(sender.contexts).containsExactly(expected);
    }

    @Test
    void withoutTheLeaseARequestIsHeldBackAndGoesOnceItIsRenewed() throws InterruptedException {
        add("a", 0);
        sender.arrived.acquire();
        leased = false;
        sender.permits.release(100);
        assertThat(sender.arrived.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(sender.sent).hasValue(0);

        leased = true;
        senders.onCall();

        awaitDone(1);
        assertThat(counters.requests.sum()).isEqualTo(1);
    }

    /** The threads are idle when the message comes, so that none of them has looked since. */
    @Test
    void whatComesWhileTheLeaseIsOutGoesWithTheNextCallAfterItIsRenewed() throws InterruptedException {
        sender.permits.release(100);
        add("a", 0);
        awaitDone(1);
        leased = false;
        add("a", 1);

        leased = true;
        senders.onCall();

        awaitDone(2);
    }

    @Test
    void closeWaitsForNoCallAndNothingGoesAfterIt() throws InterruptedException {
        addFull("a", 0);
        addFull("b", 10);
        sender.arrived.acquire(2);

        senders.close();

        sender.permits.release(100);
        for (Thread thread : sender.threads) {
            thread.join();
        }
        assertThat(sender.sent).hasValue(0);
        add("c", 2);
        assertThat(sender.arrived.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
        senders.throwIfDead();
    }

    @Test
    void closeEndsIdleThreads() throws InterruptedException {
        sender.permits.release(100);
        add("a", 0);
        awaitDone(1);

        senders.close();

        for (Thread thread : sender.threads) {
            thread.join();
        }
    }

    @Test
    void aThreadThatDiesByAnErrorFailsTheTask() throws InterruptedException {
        sender.error = new StackOverflowError("as scripted");
        add("a", 0);
        sender.permits.release(100);
        sender.arrived.acquire();
        for (Thread thread : sender.threads) {
            thread.join();
        }

        assertThatThrownBy(senders::throwIfDead)
                .isInstanceOf(ConnectException.class)
                .hasRootCause(sender.error);
        sender.error = null;
        add("b", 1);
        assertThat(sender.arrived.tryAcquire(50, TimeUnit.MILLISECONDS)).isFalse();
    }

    @Test
    void latenciesAreShownOnceThereAreAny() throws InterruptedException {
        assertThat(latencies.gauges()).extracting(gauge -> gauge.value().read()).containsExactly(null, null);
        sender.permits.release(100);

        add("a", 0);
        awaitDone(1);

        assertThat(latencies.gauges())
                .extracting(gauge -> gauge.value().read())
                .allMatch(millis -> (Double) millis > 0);
    }
}
