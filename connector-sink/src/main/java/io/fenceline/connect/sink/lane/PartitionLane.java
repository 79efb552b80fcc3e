package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One original topic-partition: decides where to start, hands its records to its target, and knows which offset may be
 * committed.
 *
 * <p>Owned by the task thread, without exception. The worker is asked to seek, pause or resume only within {@code put} and
 * {@code open} ({@link #open}, {@link #applyWishes}, {@link #add}, {@link #endPut}).
 */
public final class PartitionLane implements MemoryHolder, LaneTarget.Lane {

    private static final Logger log = LoggerFactory.getLogger(PartitionLane.class);

    private static final long NONE = -1;

    private final TopicPartition partition;
    private final LaneTarget target;
    private final LanePolicy policy;
    private final LaneServices services;

    private final OffsetTracker offsets = new OffsetTracker();
    private final SettledOffset settled = new SettledOffset();
    private final ConsumerSteering consumer;
    private final JumpWatch jumps;
    private final HeldNotice heldNotice;
    private final LaneFigures figures;
    private final LaneStart.Cases<SinkRecord> judged = new Judged();

    private LaneState state = LaneState.OPEN;
    private @Nullable TerminalException failure;
    /** In {@link LaneState#STOPPING}: when it is known whether the mark was left. */
    private @Nullable CompletableFuture<?> marking;

    private MetricRegistry.@Nullable Published published;

    private LaneStart start = LaneStart.anywhere();
    /** When the call under way began. */
    private long now;
    /** When a record was last handed over, or the lane opened. */
    private long lastHandedOver;
    /**
     * No record was accepted since the partition came. A topic that is deleted takes its partitions from the task, whose last
     * commit goes on trying until the topic is there again: the position it leaves may be that of the old topic.
     */
    private boolean arriving = true;

    /** The target is lost, and Kafka has given this task something since. */
    private boolean fetchedSinceLoss;
    /** The target is lost: where Connect stood when it first asked, {@link #NONE} before. */
    private long stoodAtLoss = NONE;
    /** First offset handed over and not kept, {@link #NONE} if there is none: Kafka has to give it again. */
    private long firstDropped = NONE;

    /** A record that stops the task once everything before it is durable. */
    private @Nullable UnmappableRecordException stopper;

    private OffsetTracker.@Nullable Entry stopperEntry;
    /** Offset of a record that its converter could not convert just now, {@link #NONE} if there was none. */
    private long notConverted = NONE;

    public PartitionLane(
            TopicPartition partition, LaneTarget.Factory targets, LanePolicy policy, LaneServices services) {
        this.partition = partition;
        this.target = targets.create(partition, this, offsets);
        this.policy = policy;
        this.services = services;
        this.consumer = new ConsumerSteering(partition, services.port(), services.counters(), services.nanoTime());
        this.jumps = new JumpWatch(toString(), services.counters());
        this.heldNotice = new HeldNotice(toString(), log::warn, target::withTheOthers);
        this.figures = new LaneFigures(services.nanoTime());
    }

    // ------------------------------------------------------------------ the worker's calls, in their order

    /** Assigned: the target is made ready, and the partition held back until it is. */
    public void open(long moment) {
        now = moment;
        lastHandedOver = moment;
        figures.progressed();
        List<MetricRegistry.Gauge> gauges = new ArrayList<>(figures.gauges());
        gauges.addAll(target.gauges());
        published = services.metrics()
                .publish(
                        policy.figures(),
                        Map.of("topic", partition.topic(), "partition", String.valueOf(partition.partition())),
                        gauges);
        services.summary().opened(figures);
        target.open(now);
        adjustPause();
        showFigures();
    }

    /** First in every {@code put}: a seek asked for earlier has been applied by now. */
    public void beginPut(long moment) {
        now = moment;
        if (consumer.applied()) {
            start.onSeekApplied();
        }
    }

    /** After the inbox was drained in {@code put}: asks the worker for what was decided meanwhile. */
    public void applyWishes() {
        long wanted = consumer.takeWish();
        if (wanted != NONE) {
            seek(wanted);
        }
        adjustPause();
    }

    /** The next record of this partition. */
    public void add(SinkRecord record) {
        long offset = record.originalKafkaOffset();
        if (consumer.isUnderWay()) {
            return;
        }
        if (!takesRecords()) {
            passOver(offset);
        } else if (stopper == null) {
            lastHandedOver = now;
            start.judge(offset, record.timestamp()).tell(judged, record);
        }
    }

    /**
     * Last in every {@code put}: sends what is due and moves the lane on.
     *
     * @param busy the task has more than it can do, see {@link TaskLoad}
     */
    public void endPut(boolean busy) {
        if (takesRecords()) {
            if (target.endPut(now, busy, isBackPressured()) && takesRecords()) {
                endOrRest();
            }
        } else if (isLost()) {
            takeBackIfWanted();
        } else if (state == LaneState.HELD) {
            heldNotice.remind(now);
        }
        adjustPause();
        showFigures();
    }

    private void endOrRest() {
        Throwable lostReport = offsets.failedReport();
        if (lostReport != null) {
            stop(target.reportLost(offsets.firstUnsettled(), lostReport), false);
        } else if (stopper != null && stopperEntry != null && offsets.firstUnsettled() == stopperEntry.firstOffset()) {
            stop(target.unwritable(stopper), false);
        } else if (isQuiet()) {
            target.onQuiet(now, now - lastHandedOver);
        }
    }

    /**
     * The offset that may be committed (INV-30): of the first record not settled, or all that was handed over. While the
     * lane can vouch for nothing new, what was settled when it last could; {@link #NONE} only if it never could.
     *
     * @param given the offset Connect would commit: one past the last record handed over or filtered
     */
    public long committable(long given) {
        noticeFiltered(given);
        if (canVouchFor(given)) {
            long unsettled = offsets.firstUnsettled();
            settled.is(unsettled == NONE ? given : Math.min(unsettled, given));
        }
        long committable = settled.upTo(given);
        if (committable != NONE) {
            target.onCommitGiven(committable);
        }
        return committable;
    }

    /** Records that transforms drop are never handed over; that Connect's offset moves shows that they are fetched. */
    private void noticeFiltered(long given) {
        if (isLost() && !consumer.isUnderWay() && !consumer.hasWish()) {
            fetchedSinceLoss |= stoodAtLoss != NONE && given > stoodAtLoss;
            stoodAtLoss = given;
        }
    }

    private boolean canVouchFor(long given) {
        if (!takesRecords() || consumer.isUnderWay() || consumer.hasWish() || firstDropped != NONE) {
            return false;
        }
        long lookBack = start.lookBackFrom(given);
        if (lookBack == NONE) {
            return start.mayCommit(given);
        }
        log.info(
                "{}: the consumer stands at offset {}, {}; moving to offset {}, as its reset may have passed over"
                        + " records",
                this,
                given,
                target.end().describe(target.noun()),
                lookBack);
        consumer.requestSeek(lookBack);
        settled.is(start.settledBelow());
        return false;
    }

    /**
     * No longer assigned. Sends no data. A stop mark that is under way goes on and has to be waited for. Where the partition
     * was lost and not given back that harms nobody: it goes over tokens of ours only. Idempotent.
     *
     * @return when what was left behind for the next owner is answered, null if there is nothing
     */
    public @Nullable CompletableFuture<?> close() {
        if (state == LaneState.CLOSED) {
            return null;
        }
        CompletableFuture<?> mark = state == LaneState.STOPPING ? marking : null;
        if (state == LaneState.HELD) {
            services.counters().lanesHeld.decrement();
        }
        boolean quiet = state == LaneState.OPEN && isQuiet();
        become(LaneState.CLOSED, "partition is not ours any more");
        services.summary().closed(figures);
        if (published != null) {
            published.close();
        }
        offsets.drop();
        CompletableFuture<?> parting = target.close(quiet);
        return mark != null ? mark : parting;
    }

    // ------------------------------------------------------------------ what the task asks

    public LaneState state() {
        return state;
    }

    public TopicPartition partition() {
        return partition;
    }

    /** Bytes, as the target counts them, of records accepted and not yet durable. */
    @Override
    public long heldBytes() {
        return target.heldBytes();
    }

    @Override
    public long usefulBytes() {
        return target.usefulBytes();
    }

    /** What the task has to end with, null while there is nothing. */
    public @Nullable TerminalException failure() {
        return state == LaneState.FAILED ? failure : null;
    }

    /** A stop of this lane, with what is known by now of others that have stopped for the same thing. */
    TerminalException withTheOthers(TerminalException own) {
        return target.withTheOthers(own);
    }

    /** The failure may have met other lanes of the task as well. */
    boolean isOneOfMany() {
        return state == LaneState.FAILED && target.isOneOfMany();
    }

    /** It has not stopped, and an answer that may stop it is out. */
    boolean mayStillStop() {
        return state == LaneState.OPEN && target.mayStillStop();
    }

    /** Nanoseconds until the lane wants {@link #endPut} called again, {@link Long#MAX_VALUE} if it can wait. */
    public long wakeWithin(long moment, long watchful) {
        if (state == LaneState.HELD || isLost()) {
            return Long.MAX_VALUE;
        }
        boolean expectant = !takesRecords() || consumer.isPaused() || consumer.hasWish() || stopper != null;
        return Math.min(expectant ? watchful : Long.MAX_VALUE, target.wakeWithin(moment, watchful));
    }

    /** Holds the partition back, or lets it flow again; only within {@code put} and {@code open}. */
    @Override
    public void setBackPressure(boolean on) {
        consumer.setBackPressure(on);
        adjustPause();
    }

    @Override
    public boolean isBackPressured() {
        return consumer.isBackPressured();
    }

    @Override
    public String toString() {
        return partition + " → " + target.name();
    }

    private boolean takesRecords() {
        return state == LaneState.OPEN && target.readiness() == LaneTarget.Readiness.READY;
    }

    private boolean isLost() {
        return state == LaneState.OPEN && target.readiness() == LaneTarget.Readiness.LOST;
    }

    /** Every record handed over is settled, and none has to be handed over again. */
    private boolean isQuiet() {
        return offsets.isEmpty() && stopper == null && !consumer.hasWish() && firstDropped == NONE;
    }

    // ------------------------------------------------------------------ what the target tells

    @Override
    public void onReady() {
        start = LaneStart.anywhere();
        handOverDropped();
    }

    @Override
    public void onReadyBehind(TargetEnd end) {
        start = LaneStart.undecided(
                end.watermark(),
                end.anchor(),
                policy.resetMayJump(),
                arriving && policy.comparesPosition(),
                target.noun());
        jumps.begin(end.pastUnknown());
        handOverDropped();
    }

    private void handOverDropped() {
        if (firstDropped != NONE) {
            settled.is(firstDropped);
            consumer.requestSeek(start.seekAfterDropping(firstDropped));
            firstDropped = NONE;
        }
    }

    @Override
    public void onLost() {
        dropUnsettled();
        fetchedSinceLoss = false;
        stoodAtLoss = NONE;
        if (firstDropped != NONE) {
            // Kafka gives them again; only then, with records fetched after the loss, may the target be taken back.
            consumer.requestSeek(firstDropped);
            firstDropped = NONE;
        }
    }

    private void takeBackIfWanted() {
        if (fetchedSinceLoss && services.port().isAssigned(partition)) {
            target.takeBack(now);
        }
    }

    @Override
    public void onSettled(OffsetTracker.Entry entry) {
        offsets.settle(entry);
        figures.progressed();
    }

    @Override
    public void onRefused(OffsetTracker.Entry entry, SinkRecord record, UnmappableRecordException reason) {
        if (entry.firstOffset() != entry.lastOffset() || entry.firstOffset() != record.originalKafkaOffset()) {
            throw new IllegalStateException(
                    this + ": the record at offset " + record.originalKafkaOffset() + " was refused, but not " + entry);
        }
        if (!offsets.refuse(entry)) {
            return;
        }
        figures.progressed();
        try {
            offsets.reported(entry, report(record, reason));
        } catch (UnmappableRecordException notReported) {
            stopBefore(entry, notReported);
        }
    }

    @Override
    public void onFailed(TerminalException reason) {
        stop(reason, false);
    }

    /** What comes back from Kafka begins with the first of them. */
    @Override
    public void dropUnsettled() {
        long unsettled = offsets.drop();
        if (unsettled != NONE) {
            settled.is(unsettled);
            passOver(unsettled);
        }
        long wanted = consumer.takeWish();
        if (wanted != NONE) {
            passOver(wanted);
        }
        stopper = null;
        stopperEntry = null;
        target.drop();
    }

    // ------------------------------------------------------------------ records

    /** What the start says of a record. */
    private final class Judged implements LaneStart.Cases<SinkRecord> {

        @Override
        public void accept(SinkRecord record, long skippedFrom) {
            long offset = record.originalKafkaOffset();
            if (skippedFrom != NONE) {
                jumps.onSkipped(skippedFrom, offset);
            }
            jumps.onAccepted(offset);
            arriving = false;
            write(record, offset);
        }

        @Override
        public void drop(SinkRecord record) {
            services.counters().duplicatesDropped.increment();
            TargetEnd end = target.end();
            log.info(
                    "{}: offset {} {}, goes on behind it",
                    PartitionLane.this,
                    record.originalKafkaOffset(),
                    end.positionRequested()
                            ? "is left out as an offset request asks"
                            : "is in the " + target.noun() + " already");
        }

        @Override
        public void seek(SinkRecord record, long offset) {
            services.counters().duplicatesDropped.increment();
            log.info(
                    "{}: offset {} was handed over, {}; moving to offset {}",
                    PartitionLane.this,
                    record.originalKafkaOffset(),
                    target.end().describe(target.noun()),
                    offset);
            PartitionLane.this.seek(offset);
            settled.is(start.settledBelow());
        }

        @Override
        public void contradict(SinkRecord record, String seen, boolean onlySeenHere) {
            // First what is dropped, which was of the other topic: nothing is settled above where this one begins.
            dropUnsettled();
            settled.isNotAbove(record.originalKafkaOffset());
            stop(target.topicRecreated(seen), onlySeenHere);
        }
    }

    private void write(SinkRecord record, long offset) {
        try {
            if (!target.write(record, offset, now)) {
                services.counters().nullValuesIgnored.increment();
            }
        } catch (UnmappableRecordException unmappable) {
            divert(record, offset, unmappable);
        } catch (RetriableException later) {
            handOverAgain(offset, later);
        }
    }

    private void divert(SinkRecord record, long offset, UnmappableRecordException reason) {
        try {
            if (offsets.divert(offset, report(record, reason))) {
                target.flush();
            }
        } catch (UnmappableRecordException notReported) {
            stopBefore(offsets.open(offset), notReported);
        }
    }

    /** @throws UnmappableRecordException it was not reported: records must not be skipped, or the report is lost */
    private @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
        Future<?> reported = services.port().report(record, reason);
        services.counters().diverted.increment();
        return reported;
    }

    /** What was handed over already still goes to the target; what comes behind it waits for the operator. */
    private void stopBefore(OffsetTracker.Entry entry, UnmappableRecordException notReported) {
        log.info(
                "{}: {} at offset {}; the lane stops when everything before it is durable",
                this,
                notReported.code(),
                entry.firstOffset());
        if (stopperEntry == null || entry.firstOffset() < stopperEntry.firstOffset()) {
            stopper = notReported;
            stopperEntry = entry;
        }
        target.flush();
    }

    /** The record cannot be converted at the moment: what was accepted before it stays, the consumer comes back to it. */
    private void handOverAgain(long offset, RetriableException later) {
        if (offset != notConverted) {
            log.info(
                    "{}: offset {} is asked for again until it can be converted: {}", this, offset, later.getMessage());
        }
        notConverted = offset;
        consumer.restUntil(now + policy.conversionPause().toNanos());
        long unsettled = offsets.firstUnsettled();
        settled.is(unsettled == NONE ? offset : unsettled);
        start.handOverAgain(offset);
        consumer.seek(offset);
    }

    /** Not kept: it has to be handed over again. */
    private void passOver(long offset) {
        if (firstDropped == NONE || offset < firstDropped) {
            firstDropped = offset;
        }
        if (isLost()) {
            fetchedSinceLoss = true;
        }
    }

    private void seek(long offset) {
        dropUnsettled();
        firstDropped = NONE;
        consumer.seek(offset);
    }

    // ------------------------------------------------------------------ its end

    /** @param onlySeenHere another task that gets the partition would not come to the same stop by itself */
    private void stop(TerminalException terminal, boolean onlySeenHere) {
        dropUnsettled();
        CompletableFuture<TerminalException> marked = target.halt(terminal, onlySeenHere);
        if (marked == null) {
            end(terminal);
            return;
        }
        become(LaneState.STOPPING, terminal.code().name());
        marking = marked;
        marked.whenComplete((told, error) -> services.inbox().post(() -> {
            TerminalException known = told == null ? terminal : told;
            if (state == LaneState.STOPPING) {
                end(known);
            } else {
                log.warn("{}: was taken away while it stopped: {}", this, known.getMessage());
            }
        }));
    }

    private void end(TerminalException terminal) {
        failure = terminal;
        switch (policy.onStop()) {
            // The message is for Connect, which logs what it is thrown.
            case FAIL -> become(LaneState.FAILED, terminal.code().name());
            case HOLD -> {
                become(LaneState.HELD, terminal.code().name());
                services.counters().lanesHeld.increment();
                figures.heldWith(terminal.code());
                heldNotice.begin(terminal, services.nanoTime().getAsLong());
            }
        }
    }

    // ------------------------------------------------------------------ small things

    private void showFigures() {
        TargetEnd end = target.end();
        Long durable = end.watermark();
        figures.show(shownState(), end.shown(), durable == null ? null : jumps.lagBehind(durable), target.heldBytes());
        figures.stands(standing(), consumer.isPaused());
    }

    private LaneFigures.Standing standing() {
        if (state != LaneState.OPEN) {
            return LaneFigures.Standing.OTHER;
        }
        return switch (target.readiness()) {
            case READY -> LaneFigures.Standing.OWNED;
            case PREPARING -> LaneFigures.Standing.CLAIMING;
            case LOST -> LaneFigures.Standing.OTHER;
        };
    }

    private String shownState() {
        return state == LaneState.OPEN ? target.state() : state.name();
    }

    private void adjustPause() {
        if (state == LaneState.CLOSED) {
            return;
        }
        boolean mustRest = state == LaneState.STOPPING
                || state == LaneState.FAILED
                || state == LaneState.HELD
                || (state == LaneState.OPEN && target.readiness() == LaneTarget.Readiness.PREPARING);
        if (consumer.adjust(mustRest, takesRecords())) {
            jumps.heldBack();
        }
    }

    private void become(LaneState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(this + ": " + state + " cannot become " + next + " (" + reason + ")");
        }
        log.info("{}: {} → {}: {}", this, shownState(), next, reason);
        state = next;
        figures.state(next.name());
    }
}
