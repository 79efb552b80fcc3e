package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.SendOutcome;
import io.fenceline.sqs.SendOutcome.Entry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/** An outbox, and a clock that the test advances. */
final class OutboxRig {

    static final QueueUrl FIFO = QueueUrl.parse("http://localhost:1/000000000000/orders.fifo");
    static final QueueUrl OTHER_FIFO = QueueUrl.parse("http://localhost:1/000000000000/others.fifo");
    static final QueueUrl STANDARD = QueueUrl.parse("http://localhost:1/000000000000/orders");

    static final QueuePolicy POLICY = new QueuePolicy(
            "orders-to-sqs",
            new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null),
            Duration.ofMillis(5),
            4,
            10,
            Duration.ofSeconds(10),
            InDoubtPolicy.FAIL,
            InDoubtOnRestart.RESEND);

    /** When SQS's window, the margin and one attempt leave no time for another. */
    static final Duration SPAN = Duration.ofSeconds(300 - 30 - 10);

    final QueueCounters counters = new QueueCounters();
    final List<String> warnings = new ArrayList<>();
    final List<OutboxMessage> done = new ArrayList<>();
    final Outbox outbox;
    boolean leased = true;
    private long nanos = 1_000_000_000L;
    private long wall = 1_800_000_000_000L;

    OutboxRig() {
        this(POLICY);
    }

    OutboxRig(QueuePolicy policy) {
        outbox = new Outbox(policy, moment -> leased, () -> 0.5, counters, warnings::add);
    }

    static QueuePolicy with(InDoubtPolicy inDoubt) {
        return new QueuePolicy(
                POLICY.connector(),
                POLICY.retries(),
                POLICY.linger(),
                POLICY.maxInFlight(),
                POLICY.maxPerGroup(),
                POLICY.attempt(),
                inDoubt,
                POLICY.onRestart());
    }

    static QueuePolicy with(InDoubtOnRestart onRestart) {
        return new QueuePolicy(
                POLICY.connector(),
                POLICY.retries(),
                POLICY.linger(),
                POLICY.maxInFlight(),
                POLICY.maxPerGroup(),
                POLICY.attempt(),
                POLICY.inDoubt(),
                onRestart);
    }

    static QueuePolicy with(RetrySettings retries, int maxPerGroup) {
        return new QueuePolicy(
                POLICY.connector(),
                retries,
                POLICY.linger(),
                POLICY.maxInFlight(),
                maxPerGroup,
                POLICY.attempt(),
                POLICY.inDoubt(),
                POLICY.onRestart());
    }

    long now() {
        return nanos;
    }

    long wallNow() {
        return wall;
    }

    void advance(Duration time) {
        nanos += time.toNanos();
        wall += time.toMillis();
    }

    OutboxLane lane(QueueUrl queue) {
        return new OutboxLane(queue, new DoubtRange("t-0"), new OutboxLane.Receiver() {
            @Override
            public void onDone(OutboxMessage message) {
                throw new AssertionError("the outbox tells nobody by itself");
            }

            @Override
            public void onStop(SendStop stop, List<OutboxMessage> messages) {
                throw new AssertionError("the outbox tells nobody by itself");
            }
        });
    }

    /** Adds messages of a group, with rising offsets; their records are new. */
    List<OutboxMessage> add(OutboxLane lane, @Nullable String group, long... offsets) {
        List<OutboxMessage> added = new ArrayList<>();
        for (long offset : offsets) {
            added.add(add(lane, group, offset, 100, wall));
        }
        return added;
    }

    OutboxMessage add(OutboxLane lane, @Nullable String group, long offset, int size, @Nullable Long timestamp) {
        SinkRecord record = new SinkRecord("t", 0, null, null, null, "v", offset, timestamp, TimestampType.CREATE_TIME);
        OffsetTracker.Entry entry = new OffsetTracker().open(offset);
        OutgoingMessage message =
                new OutgoingMessage("m" + offset, List.of(), group, lane.queue.isFifo() ? "d" + offset : null, size);
        OutboxMessage added = new OutboxMessage(lane, entry, record, offset, message, size);
        outbox.add(added, nanos);
        return added;
    }

    @Nullable
    SendRequest take() {
        return outbox.take(nanos);
    }

    /** A request that is there at once. */
    SendRequest taken() {
        SendRequest request = take();
        if (request == null) {
            throw new AssertionError("nothing to send");
        }
        return request;
    }

    /** Takes requests until there is none. */
    List<SendRequest> takeAll() {
        List<SendRequest> all = new ArrayList<>();
        for (SendRequest request = take(); request != null; request = take()) {
            all.add(request);
        }
        return all;
    }

    boolean mayGo(SendRequest request) {
        return outbox.mayGo(request, nanos, wall);
    }

    /** The request goes, and is answered. */
    List<OutboxMessage> answer(SendRequest request, SendOutcome outcome) {
        if (!mayGo(request)) {
            throw new AssertionError("held back: " + offsets(request));
        }
        return come(request, outcome);
    }

    List<OutboxMessage> come(SendRequest request, SendOutcome outcome) {
        List<OutboxMessage> sealed = outbox.answered(request, outcome, nanos);
        done.addAll(sealed);
        return sealed;
    }

    /** Passes the pause of the only request that waits, and takes it again. */
    SendRequest again() {
        long within = outbox.wakeWithin(nanos);
        if (within == Long.MAX_VALUE) {
            throw new AssertionError("nothing waits for a moment");
        }
        advance(Duration.ofNanos(within));
        return taken();
    }

    static List<Long> offsets(SendRequest request) {
        return request.members.stream().map(member -> member.offset).toList();
    }

    static List<Long> offsets(List<OutboxMessage> messages) {
        return messages.stream().map(member -> member.offset).toList();
    }

    static SendOutcome failed(QueueAnswer answer) {
        return new SendOutcome.Failed(answer, answer == QueueAnswer.NO_ANSWER ? null : answer.name(), "as scripted");
    }

    static SendOutcome accepted(SendRequest request) {
        return answered(request.members.stream().map(member -> accepted()).toArray(Entry[]::new));
    }

    static SendOutcome answered(Entry... entries) {
        return new SendOutcome.Answered(List.of(entries));
    }

    static Entry accepted() {
        return new Entry.Accepted("id", null);
    }

    static Entry not(QueueAnswer answer) {
        return new Entry.NotTaken(answer, answer.name(), "as scripted");
    }
}
