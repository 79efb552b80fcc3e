package io.fenceline.connect.sink.queue;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.MemoryShares;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.lane.TargetEnd;
import io.fenceline.connect.sqs.QueueStops;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue of one topic-partition's records: makes messages of them, hands those that may be sent to the task's outbox, and
 * tells the lane what becomes of each. A queue says nothing about the offsets it holds, so the lane starts wherever the consumer
 * stands.
 *
 * <pre>
 *   write ──► admission: beyond the bound waits for a commit ──► outbox ──► accepted, refused, skipped, stop
 * </pre>
 *
 * <p>Owned by the task thread: the outbox answers through the task's inbox.
 */
public final class QueueTarget implements LaneTarget, OutboxLane.Receiver, QueueKnowledge.Asker {

    private static final Logger log = LoggerFactory.getLogger(QueueTarget.class);

    /** Room for what a lane may send between two commits, and as much again to be ready meanwhile. */
    private static final int USEFUL_MESSAGES = 2 * CommitBound.LENGTH;

    /** About what the objects of one message take beside its bytes. */
    private static final int OBJECT_BYTES = 600;

    /** Of messages that were overtaken, every so many is warned about. */
    private static final int TELL_EVERY = 1_000;

    private static final long NONE = -1;

    private final TopicPartition partition;
    private final QueueUrl queue;
    private final QueueServices services;
    private final Lane lane;
    private final OffsetTracker offsets;
    private final QueueStops stops;
    private final QueueFailures failures;
    private final Admission admission;
    private final QueueFigures figures;

    private QueueState state = QueueState.ASKING;
    private boolean closed;
    private @Nullable MessageMaker messages;

    /** What the outbox knows of this lane since it last dropped what it held. */
    private OutboxLane current;

    private long heldBytes;
    private int held;
    private long lastHandedOver = NONE;
    private TargetEnd end = new TargetEnd(null, Anchor.exactly(null), true);
    private long overtaken;

    /** @param offsets where it opens an entry for each record */
    QueueTarget(
            TopicPartition partition,
            QueueUrl queue,
            QueuePolicy policy,
            QueueServices services,
            Lane lane,
            OffsetTracker offsets) {
        this.partition = partition;
        this.queue = queue;
        this.services = services;
        this.lane = lane;
        this.offsets = offsets;
        this.stops = QueueStops.ofPartition(policy.connector(), partition.topic(), partition.partition(), queue);
        this.failures = new QueueFailures(partition, stops);
        this.admission = new Admission(new CommitBound(), services.dispatch()::add);
        this.current = newOutboxLane();
        this.figures = new QueueFigures(current);
    }

    private OutboxLane newOutboxLane() {
        return new OutboxLane(queue, new DoubtRange(toString()), this);
    }

    // ------------------------------------------------------------------ what the lane asks

    @Override
    public void open(long now) {
        services.troubles().opened(partition);
        services.ends().opened(partition, this::end);
        services.queues().ask(queue, this);
    }

    @Override
    public boolean write(SinkRecord record, long offset, long now) {
        if (messages == null) {
            throw new IllegalStateException(this + ": a record before it is known how the queue is set up");
        }
        admission.handedOver(offset, now);
        current.doubtRange.handedOver(offset);
        OutgoingMessage message = messages.of(record);
        lastHandedOver = offset;
        if (message == null) {
            return false;
        }
        OffsetTracker.Entry entry = offsets.open(offset);
        OutboxMessage waiting =
                new OutboxMessage(current, entry, record, offset, message, memoryOf(message, record.value()));
        waiting.givenAt = now;
        held++;
        heldBytes += waiting.heldBytes;
        admission.add(waiting);
        return true;
    }

    /** The message, the value it was made of, and, if that is no bytes, the bytes that Connect's converter read and keeps. */
    private static long memoryOf(OutgoingMessage message, @Nullable Object value) {
        int copies = value == null || value instanceof byte[] ? 2 : 3;
        return (long) copies * message.size() + OBJECT_BYTES;
    }

    @Override
    public void flush() {
        admission.handOnAll();
        services.dispatch().flush(current);
    }

    @Override
    public boolean endPut(long now, boolean busy, boolean heldBack) {
        services.dispatch().throwIfDead();
        admission.handOnAll();
        if (heldBack && held > 0) {
            flush();
        }
        askForCommit(now);
        figures.show(held, admission.waiting());
        return true;
    }

    private void askForCommit(long now) {
        long unsettled = offsets.firstUnsettled();
        long settledBelow = unsettled == NONE ? lastHandedOver + 1 : unsettled;
        if (admission.wantsCommit(settledBelow, now)) {
            services.counters().commitsRequested.increment();
            services.port().requestCommit();
        }
    }

    @Override
    public void onCommitGiven(long offset) {
        admission.commitGiven(offset, services.nanoTime().getAsLong());
    }

    @Override
    public void onQuiet(long now, long idleNanos) {}

    @Override
    public void takeBack(long now) {
        throw new IllegalStateException(this + ": nobody takes a queue from its lane");
    }

    @Override
    public void drop() {
        services.dispatch().drop(current);
        current = newOutboxLane();
        figures.lane(current);
        admission.drop();
        held = 0;
        heldBytes = 0;
        // what was handed over and not settled is forgotten; the last end that was looked at lies at or below what is
        // settled
        Long settled = end.watermark();
        lastHandedOver = settled == null ? NONE : settled;
    }

    /** A queue holds no mark: the next task sends what was not committed, as after any restart. */
    @Override
    public @Nullable CompletableFuture<TerminalException> halt(TerminalException reason, boolean onlySeenHere) {
        closed = true;
        services.troubles().over(partition);
        return null;
    }

    @Override
    public @Nullable CompletableFuture<?> close(boolean quiet) {
        closed = true;
        services.troubles().closed(partition);
        services.ends().closed(partition);
        drop();
        return null;
    }

    @Override
    public Readiness readiness() {
        return state.readiness();
    }

    @Override
    public TargetEnd end() {
        long unsettled = offsets.firstUnsettled();
        long settled = unsettled == NONE ? lastHandedOver : Math.min(unsettled - 1, lastHandedOver);
        Long before = end.watermark();
        if (settled >= 0 && lastHandedOver != NONE && (before == null || before != settled)) {
            end = new TargetEnd(settled, Anchor.exactly(null), false);
        }
        return end;
    }

    @Override
    public long heldBytes() {
        return heldBytes;
    }

    @Override
    public long usefulBytes() {
        long each = held == 0 ? 0 : heldBytes / held;
        return Math.max(2 * MemoryShares.READY_BYTES, USEFUL_MESSAGES * each);
    }

    @Override
    public long wakeWithin(long now, long watchful) {
        return held > 0 ? watchful : Long.MAX_VALUE;
    }

    @Override
    public String name() {
        return queue.text();
    }

    @Override
    public String noun() {
        return "queue";
    }

    @Override
    public String state() {
        return state.name();
    }

    @Override
    public List<Gauge> gauges() {
        return figures.gauges();
    }

    @Override
    public TerminalException topicRecreated(String seen) {
        return stops.topicRecreated(seen, settled(), services.ends().of(partition.topic()));
    }

    @Override
    public TerminalException unwritable(UnmappableRecordException record) {
        return stops.unwritable(record);
    }

    @Override
    public TerminalException reportLost(long offset, Throwable reason) {
        return stops.reportLost(offset, reason, settled());
    }

    @Override
    public String toString() {
        return partition + " → " + queue;
    }

    private @Nullable Long settled() {
        return end().watermark();
    }

    // ------------------------------------------------------------------ what is known of the queue

    @Override
    public void onKnown(QueueSettings settings) {
        if (!closed) {
            services.troubles().over(partition);
            messages = services.messages().of(partition, queue, settings);
            become(QueueState.OPEN, "messages of up to " + settings.maximumMessageSize() + " bytes");
            lane.onReady();
        }
    }

    @Override
    public void onWaiting(String why) {
        if (!closed) {
            become(QueueState.UNREACHED, why);
            services.troubles().failed(partition, why, services.nanoTime().getAsLong());
        }
    }

    @Override
    public void onUnusable(SendStop reason) {
        if (!closed) {
            lane.onFailed(failures.of(reason, "sqs:GetQueueAttributes", List.of(), settled()));
        }
    }

    // ------------------------------------------------------------------ what became of messages

    @Override
    public void onDone(OutboxMessage message) {
        if (message.lane != current) {
            return;
        }
        held--;
        heldBytes -= message.heldBytes;
        switch (message.fate) {
            case ACCEPTED -> {
                if (message.overtaken) {
                    warnOfOvertaken(message);
                }
                lane.onSettled(message.entry);
            }
            case SKIPPED -> {
                log.warn(
                        "{}: offset {} counts as sent, and may be missing: it cannot be learned whether the queue has it"
                                + " (in.doubt.policy=skip)",
                        this,
                        message.offset);
                lane.onSettled(message.entry);
            }
            case REFUSED -> lane.onRefused(message.entry, message.record, failures.refused(message));
            case OPEN, STOPS -> throw new IllegalStateException(this + ": offset " + message.offset + " is not done");
        }
    }

    private void warnOfOvertaken(OutboxMessage message) {
        if (overtaken++ % TELL_EVERY == 0) {
            log.warn(
                    "{}: offset {} is in the queue behind later records of its group: SQS failed it in the middle of a"
                            + " request ({} so far); sqs.max.batch.per.group=1 keeps the order in that case too",
                    this,
                    message.offset,
                    overtaken);
        }
    }

    @Override
    public void onStop(SendStop stop, List<OutboxMessage> stopped) {
        if (!closed && stopped.get(0).lane == current) {
            lane.onFailed(failures.of(stop, "sqs:SendMessage", stopped, settled()));
        }
    }

    // ------------------------------------------------------------------ small things

    private void become(QueueState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(this + ": " + state + " cannot become " + next + " (" + reason + ")");
        }
        if (next == QueueState.UNREACHED) {
            log.debug("{}: {} → {}: {}", this, state, next, reason); // one warning speaks for all
        } else if (state != next) {
            log.info("{}: {} → {}: {}", this, state, next, reason);
        }
        state = next;
    }
}
