package io.fenceline.connect.sink.lane;

import io.fenceline.append.AppendSession;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionEnd.Rejected;
import io.fenceline.append.machine.SessionState;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.connect.sink.claim.FenceClaim;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One original topic-partition and its stream: claims the stream, decides where to start, sends what its packer packs, and
 * knows which offset may be committed.
 *
 * <p>Owned by the task thread, without exception: sessions, claims and checkpoints report through {@link TaskInbox}. The
 * worker is asked to seek, pause or resume only within {@code put} and {@code open} ({@link #open}, {@link #applyWishes},
 * {@link #add}, {@link #endPut}).
 */
public final class PartitionLane implements MemoryHolder, LaneSession.Owner, StreamQuestion.Owner {

    private static final Logger log = LoggerFactory.getLogger(PartitionLane.class);

    private static final long NONE = -1;

    private final TopicPartition partition;
    private final String stream;
    private final LanePolicy policy;
    private final LaneServices services;

    private final StreamHold hold = new StreamHold();
    private final BatchPacker packer;
    private final ConsumerSteering consumer;
    private final JumpWatch jumps;
    private final TimestampRule timestamps = new TimestampRule();
    private final TakeoverRation takeovers;
    private final LaneFailures failures;
    private final LaneFigures figures;

    private LaneState state = LaneState.NEW;
    private @Nullable TerminalException failure;
    /** In {@link LaneState#STOPPING}: when it is known whether the mark was left. */
    private @Nullable CompletableFuture<?> marking;

    private final HeldNotice heldNotice;
    private MetricRegistry.@Nullable Published published;

    /** Grows with each claim and checkpoint: an answer to an older one changes nothing (INV-43). */
    private int generation;

    private ClaimRunner.@Nullable Running claim;
    private @Nullable StreamQuestion question;
    private @Nullable LaneSession session;
    private LaneStart start = LaneStart.anywhere();
    /**
     * No record was accepted since the partition came. A topic that is deleted takes its partitions from the task, whose last
     * commit goes on trying until the topic is there again: the position it leaves may be that of the old topic.
     */
    private boolean arriving = true;

    private boolean configurationChecked;
    /** A batch was refused, and {@link #question} is to tell why. */
    private @Nullable Rejected refused;

    private long lastActivity;
    /** In {@link LaneState#LOST}: Kafka has given this task something since. */
    private boolean fetchedSinceLoss;
    /** In {@link LaneState#LOST}: where Connect stood when it first asked, {@link #NONE} before. */
    private long stoodAtLoss = NONE;
    /** First offset handed over and not kept, {@link #NONE} if there is none: Kafka has to give it again. */
    private long firstDropped = NONE;

    /** A record that stops the task once everything before it is durable. */
    private @Nullable UnmappableRecordException stopper;

    private OffsetTracker.@Nullable Entry stopperEntry;
    /** Offset of a record that its converter could not convert just now, {@link #NONE} if there was none. */
    private long notConverted = NONE;

    private final SettledOffset settled = new SettledOffset();

    public PartitionLane(TopicPartition partition, String stream, LanePolicy policy, LaneServices services) {
        this.partition = partition;
        this.stream = stream;
        this.policy = policy;
        this.services = services;
        this.packer = new BatchPacker(policy.batchMaxRecords(), policy.batchMaxBytes(), services.frames());
        this.consumer = new ConsumerSteering(partition, services.port(), services.counters(), services.nanoTime());
        this.jumps = new JumpWatch(partition + " → " + stream, services.counters());
        this.takeovers = new TakeoverRation(policy.maxTakeovers());
        this.failures = new LaneFailures(policy, partition, stream, hold::positionRequested);
        this.heldNotice = new HeldNotice(toString(), log::warn);
        this.figures = new LaneFigures(services.nanoTime());
    }

    // ------------------------------------------------------------------ the worker's calls, in their order

    /** Assigned: starts the claim and holds the partition back until it is done. */
    public void open(long now) {
        lastActivity = now;
        figures.progressed();
        published = services.metrics()
                .publish(
                        "s2-sink-stream",
                        Map.of("topic", partition.topic(), "partition", String.valueOf(partition.partition())),
                        figures.gauges());
        startClaim("assigned");
        adjustPause();
    }

    /**
     * Tokens of ours that may be in force. After {@link #close} that of its checkpoint or of a claim that was under way:
     * who opens the partition again in this task must not take them for another writer's.
     */
    public Set<FencingToken> ownTokens() {
        Set<FencingToken> all = new HashSet<>(hold.ownTokens());
        if (claim != null) {
            all.addAll(claim.tokens());
        }
        return all;
    }

    /** Before {@link #open}: what an earlier lane of this task for the same partition left behind. */
    public void recognise(Set<FencingToken> tokens) {
        hold.mayBeInForce(tokens);
    }

    /** First in every {@code put}: a seek asked for earlier has been applied by now. */
    public void beginPut() {
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
    public void add(SinkRecord record, long now) {
        long offset = record.originalKafkaOffset();
        if (consumer.isUnderWay()) {
            return;
        }
        if (!state.takesRecords()) {
            drop(offset);
            return;
        }
        if (stopper != null) {
            return;
        }
        lastActivity = now;
        LaneStart.Verdict verdict = start.judge(offset, record.timestamp());
        if (verdict instanceof LaneStart.Verdict.Accept accept) {
            if (accept.skippedFrom() != NONE) {
                jumps.onSkipped(accept.skippedFrom(), offset);
            }
            jumps.onAccepted(offset);
            arriving = false;
            write(record, offset, now);
        } else if (verdict instanceof LaneStart.Verdict.Drop) {
            services.counters().duplicatesDropped.increment();
            log.info(
                    "{}: offset {} {}, goes on behind it",
                    this,
                    offset,
                    hold.positionRequested() ? "is left out as an offset request asks" : "is in the stream already");
        } else if (verdict instanceof LaneStart.Verdict.Seek target) {
            services.counters().duplicatesDropped.increment();
            log.info(
                    "{}: offset {} was handed over, {}; moving to offset {}",
                    this,
                    offset,
                    hold.describeEnd(),
                    target.offset());
            seek(target.offset());
            settled.is(start.settledBelow());
        } else if (verdict instanceof LaneStart.Verdict.Contradiction contradiction) {
            // First what is dropped, which was of the other topic: nothing is settled above where this one begins.
            dropRecords();
            settled.isNotAbove(offset);
            stop(failures.topicRecreated(contradiction.seen(), hold.watermark()), contradiction.onlySeenHere());
        }
    }

    /**
     * Last in every {@code put}: sends what is due and moves the lane on.
     *
     * @param busy the task has more than it can do, see {@link TaskLoad}
     */
    public void endPut(long now, boolean busy) {
        if (state == LaneState.LOST) {
            reclaimIfWanted(now);
        } else if (state == LaneState.HELD) {
            heldNotice.remind(now);
        } else if (state == LaneState.OWNED || state == LaneState.RESOLVING) {
            sendWaiting();
            if (packer.isDue(now, policy.linger(), busy, isBackPressured())) {
                packer.seal();
                sendWaiting();
            }
            Throwable lostReport = packer.failedReport();
            if (lostReport != null) {
                fail(failures.reportLost(packer.firstUnsettled(), lostReport, hold.watermark()));
            } else if (stopper != null && stopperEntry != null && packer.firstUnsettled() == stopperEntry.firstOffset) {
                fail(failures.unwritable(stopper));
            } else if (state == LaneState.OWNED && checkpointDue(now)) {
                startCheckpoint();
            }
        }
        adjustPause();
        showFigures();
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
            long unsettled = packer.firstUnsettled();
            settled.is(unsettled == NONE ? given : Math.min(unsettled, given));
        }
        return settled.upTo(given);
    }

    /** Records that transforms drop are never handed over; that Connect's offset moves shows that they are fetched. */
    private void noticeFiltered(long given) {
        if (state == LaneState.LOST && !consumer.isUnderWay() && !consumer.hasWish()) {
            fetchedSinceLoss |= stoodAtLoss != NONE && given > stoodAtLoss;
            stoodAtLoss = given;
        }
    }

    private boolean canVouchFor(long given) {
        if (!state.takesRecords() || consumer.isUnderWay() || consumer.hasWish() || firstDropped != NONE) {
            return false;
        }
        long lookBack = start.lookBackFrom(given);
        if (lookBack == NONE) {
            return start.mayCommit(given);
        }
        log.info(
                "{}: the consumer stands at offset {}, {}; moving to offset {}, as its reset may have passed over records",
                this,
                given,
                hold.describeEnd(),
                lookBack);
        consumer.wishFor(lookBack);
        settled.is(start.settledBelow());
        return false;
    }

    /**
     * No longer assigned. Sends no data; leaves a checkpoint behind if nothing is in flight. A stop mark that is under way
     * goes on, which harms nobody: it goes over tokens of ours only. Idempotent.
     *
     * @return when that checkpoint or mark is answered, null if there is none
     */
    public @Nullable CompletableFuture<?> close() {
        if (state == LaneState.CLOSED) {
            return null;
        }
        boolean quiet = state == LaneState.OWNED && canCheckpoint();
        CompletableFuture<?> mark = state == LaneState.STOPPING ? marking : null;
        if (state == LaneState.HELD) {
            services.counters().lanesHeld.decrement();
        }
        generation++;
        if (claim != null) {
            claim.cancel();
        }
        if (question != null) {
            question.cancel();
        }
        dropSession();
        become(LaneState.CLOSED, "partition is not ours any more");
        if (published != null) {
            published.close();
        }
        packer.drop();
        // Best effort: nobody waits for the answer here, and the next owner claims over it in any case.
        return quiet ? sendCheckpoint(hold.nextCheckpoint()) : mark;
    }

    // ------------------------------------------------------------------ what the task asks

    public LaneState state() {
        return state;
    }

    public TopicPartition partition() {
        return partition;
    }

    public String stream() {
        return stream;
    }

    /** Last Kafka offset known durable in the stream, null if none is. */
    public @Nullable Long watermark() {
        return hold.watermark();
    }

    /** Metered bytes of records accepted and not yet durable. */
    @Override
    public long heldBytes() {
        return packer.heldBytes();
    }

    @Override
    public long usefulBytes() {
        long window = session == null
                ? Math.min(AppendSession.FIRST_WINDOW_BYTES, policy.inflightMaxBytes())
                : session.windowBytes();
        return window + Math.min(window, MemoryShares.READY_BYTES);
    }

    /** What the task has to end with, null while there is nothing. */
    public @Nullable TerminalException failure() {
        return state == LaneState.FAILED ? failure : null;
    }

    /** Nanoseconds until the lane wants {@link #endPut} called again, {@link Long#MAX_VALUE} if it can wait. */
    public long wakeWithin(long now, long watchful) {
        if (packer.hasOpen() && !packer.hasWaiting() && (state == LaneState.OWNED || state == LaneState.RESOLVING)) {
            long rest = packer.lingersFor(now, policy.linger());
            return rest > 0 ? rest : watchful;
        }
        boolean expectant = consumer.isPaused()
                || stopper != null
                || packer.hasWaiting()
                || !state.takesRecords()
                || consumer.hasWish()
                || state == LaneState.CHECKPOINTING;
        return expectant && state != LaneState.LOST && state != LaneState.HELD ? watchful : Long.MAX_VALUE;
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
        return partition + " → " + stream;
    }

    // ------------------------------------------------------------------ claims

    private void startClaim(String reason) {
        become(LaneState.CLAIMING, reason);
        int mine = ++generation;
        services.counters().claims.increment();
        if (!policy.exactlyOnce()) {
            askAboutStream(policy.autoCreate());
            return;
        }
        ClaimRequest request = hold.claim(partition, stream, policy.autoCreate());
        FenceClaim machine = new FenceClaim(request, policy.claimTiming(), services.random(), policy.encrypted());
        claim = services.claims().start(machine, request, (outcome, done) -> {
            Set<FencingToken> undecided = done.ownTokens();
            Checkpoint said = done.inForce();
            services.inbox().post(() -> onClaimOutcome(mine, outcome, undecided, said));
        });
    }

    private void onClaimOutcome(
            int of, ClaimStep.Outcome outcome, Set<FencingToken> undecidedTokens, Checkpoint inForce) {
        if (of != generation || state != LaneState.CLAIMING) {
            return;
        }
        hold.mayBeInForce(undecidedTokens);
        if (outcome instanceof ClaimStep.Owned success) {
            onOwned(success.ownership());
        } else if (outcome instanceof ClaimStep.Outrun outrun) {
            lose(outrun.holder(), "another writer fenced the stream during our claim");
        } else if (outcome instanceof ClaimStep.Expired) {
            startClaim("the last claim was interrupted by a pause of the process");
        } else if (outcome instanceof ClaimStep.Refused refused) {
            hold.refused(inForce);
            fail(failures.refused(refused, hold.watermark()));
        } else if (outcome instanceof ClaimStep.Marked marked) {
            stop(failures.marked(marked.mark()), false);
        }
    }

    private void onOwned(Ownership ownership) {
        String contradiction = hold.contradiction(ownership);
        if (contradiction != null) {
            fail(failures.streamReset(contradiction, hold.watermark()));
            return;
        }
        hold.take(ownership);
        lastActivity = services.nanoTime().getAsLong();
        start = LaneStart.undecided(
                hold.watermark(), hold.anchor(), policy.resetMayJump(), arriving && policy.comparesPosition());
        jumps.begin(hold.pastUnknown());
        if (ownership.foreignPosition() >= 0) {
            log.warn(
                    "{}: the stream holds data records of another writer, the last at position {}; going on behind them",
                    this,
                    ownership.foreignPosition());
        }
        become(
                LaneState.OWNED,
                "fence at position " + ownership.fence()
                        + (hold.watermark() == null
                                ? ", no offset is known: starts at the consumer group's position"
                                : ", " + hold.describeEnd()));
        giveBackDropped();
    }

    /** At-least-once, before records go; otherwise when a batch was refused that its timestamps may explain. */
    private void askAboutStream(boolean mayCreate) {
        question = new StreamQuestion(stream, mayCreate, policy, services, failures, this);
        question.ask();
    }

    @Override
    public void onStreamKnown(@Nullable StreamConfig config) {
        question = null;
        if (config != null) {
            timestamps.learn(config);
        }
        Rejected refusal = refused;
        refused = null;
        if (refusal != null && config == null) {
            timestamps.assumeRequired();
        }
        if (refusal != null && !timestamps.isRequired()) {
            fail(failures.of(
                    TerminalCode.PROTOCOL,
                    refusal.describe(),
                    hold.watermark(),
                    "check the stream's configuration, then restart the task"));
        } else if (policy.exactlyOnce()) {
            startClaim("the stream requires timestamps");
        } else {
            start = LaneStart.anywhere();
            become(LaneState.OWNED, "at least once: no claim");
            giveBackDropped();
        }
    }

    @Override
    public void onStreamUnusable(TerminalException reason) {
        question = null;
        fail(reason);
    }

    private void giveBackDropped() {
        if (firstDropped != NONE) {
            settled.is(firstDropped);
            consumer.wishFor(start.seekAfterDropping(firstDropped));
            firstDropped = NONE;
        }
    }

    private void onFenced(FencingToken actual) {
        if (hold.isOurs(actual)) {
            dropRecords();
            startClaim("a token of ours whose answer was lost is in force");
        } else {
            lose(actual, "another writer fenced the stream");
        }
    }

    private void lose(FencingToken actual, String reason) {
        services.counters().fenced.increment();
        dropRecords();
        hold.loseTo(actual);
        fetchedSinceLoss = false;
        stoodAtLoss = NONE;
        become(LaneState.LOST, reason);
        if (firstDropped != NONE) {
            // Kafka gives them again; only then, with records fetched after the loss, may the stream be taken back.
            consumer.wishFor(firstDropped);
            firstDropped = NONE;
        }
    }

    private void reclaimIfWanted(long now) {
        if (!fetchedSinceLoss || !services.port().isAssigned(partition)) {
            return;
        }
        if (!takeovers.tryTake(now)) {
            fail(failures.fenced(policy.maxTakeovers(), hold.watermark()));
            return;
        }
        services.counters().takeovers.increment();
        startClaim("taking the stream back, the partition is still assigned to us");
    }

    // ------------------------------------------------------------------ records

    private void write(SinkRecord record, long offset, long now) {
        boolean wanted;
        try {
            wanted = services.mapper().map(record, services.draft());
        } catch (UnmappableRecordException unmappable) {
            divert(record, offset, unmappable);
            return;
        } catch (RetriableException later) {
            handOverAgain(offset, now, later);
            return;
        }
        if (!wanted) {
            services.counters().nullValuesIgnored.increment();
            return;
        }
        timestamps.applyTo(services.draft(), record.timestamp());
        if (packer.add(services.draft(), offset, record.timestamp(), now)) {
            sendWaiting();
        }
    }

    private void divert(SinkRecord record, long offset, UnmappableRecordException reason) {
        Future<?> reported;
        try {
            reported = services.port().report(record, reason);
        } catch (UnmappableRecordException notReported) {
            // What was handed over before it still goes to the stream; what comes behind it waits for the operator.
            log.error("{}: {}; the task stops when everything before it is durable", this, notReported.getMessage());
            stopper = notReported;
            stopperEntry = packer.stopAt(offset);
            sendWaiting();
            return;
        }
        services.counters().diverted.increment();
        if (packer.divert(offset, reported)) {
            sendWaiting();
        }
    }

    /** The record cannot be converted at the moment: what was accepted before it stays, the consumer comes back to it. */
    private void handOverAgain(long offset, long now, RetriableException later) {
        if (offset != notConverted) {
            log.info(
                    "{}: offset {} is asked for again until it can be converted: {}", this, offset, later.getMessage());
        }
        notConverted = offset;
        consumer.restUntil(now + policy.claimTiming().backoffMin().toNanos());
        long unsettled = packer.firstUnsettled();
        settled.is(unsettled == NONE ? offset : unsettled);
        consumer.seek(offset);
    }

    /** Nothing is sent while a checkpoint is out. */
    private void sendWaiting() {
        if (state == LaneState.CHECKPOINTING) {
            return;
        }
        for (BatchPacker.Packed next = packer.next(); next != null; next = packer.next()) {
            if (session == null) {
                session = new LaneSession(stream, policy, services, policy.exactlyOnce() ? hold.guard() : null, this);
                figures.session(session);
            }
            session.submit(next);
        }
    }

    @Override
    public void onDurable(BatchPacker.Packed batch, AppendAck ack) {
        OffsetTracker.Entry entry = batch.entry();
        packer.settle(entry);
        hold.settle(entry, ack.end().seqNum());
        figures.progressed();
        services.counters().recordsAcknowledged.add(batch.batch().recordCount());
        services.counters().bytesAcknowledged.add(entry.bytes);
        if (!configurationChecked) {
            configurationChecked = true;
            warnIfDeletedOnEmpty();
        }
    }

    private void drop(long offset) {
        if (firstDropped == NONE || offset < firstDropped) {
            firstDropped = offset;
        }
        if (state == LaneState.LOST) {
            fetchedSinceLoss = true;
        }
    }

    /** Kafka has them: forgets everything that is not durable, and remembers where it began. */
    private void dropRecords() {
        long unsettled = packer.drop();
        if (unsettled != NONE) {
            settled.is(unsettled);
            drop(unsettled);
        }
        long wanted = consumer.takeWish();
        if (wanted != NONE) {
            drop(wanted);
        }
        stopper = null;
        stopperEntry = null;
        dropSession();
    }

    private void seek(long offset) {
        dropRecords();
        firstDropped = NONE;
        consumer.seek(offset);
    }

    // ------------------------------------------------------------------ the session

    private void dropSession() {
        if (session != null) {
            session.abandon();
            session = null;
            figures.session(null);
        }
    }

    @Override
    public void onSessionState(SessionState to, String reason) {
        boolean troubled =
                to == SessionState.RESOLVING || to == SessionState.RECONCILING || to == SessionState.BACKING_OFF;
        boolean well = to == SessionState.OPEN || to == SessionState.IDLE;
        if (troubled && state == LaneState.OWNED) {
            become(LaneState.RESOLVING, reason);
        } else if (well && state == LaneState.RESOLVING) {
            become(LaneState.OWNED, reason);
        }
    }

    @Override
    public void onSessionEnd(SessionEnd end) {
        if (end instanceof SessionEnd.Fenced fenced) {
            onFenced(fenced.actual());
        } else if (end instanceof SessionEnd.TailMoved moved) {
            hold.nothingInDoubtBelow(moved.doubtFrom());
            dropRecords();
            startClaim(moved.describe());
        } else if (end instanceof Rejected rejected && timestamps.mayExplain(rejected.error())) {
            askWhetherTimestampsAreRequired(rejected);
        } else {
            TerminalException fatal = failures.sessionEnd(end, hold.watermark());
            if (fatal != null) {
                fail(fatal);
            }
        }
    }

    /** A batch with records without timestamps was refused: if the stream asks for them, they go again with 0. */
    private void askWhetherTimestampsAreRequired(Rejected rejected) {
        dropRecords();
        become(LaneState.CLAIMING, "a batch was refused, looking at the stream's configuration");
        generation++;
        refused = rejected;
        askAboutStream(false);
    }

    private void warnIfDeletedOnEmpty() {
        services.basin().streamConfig(stream).thenAccept((StreamConfig config) -> {
            if (config.deleteOnEmptyMinAgeSecs() != null && config.deleteOnEmptyMinAgeSecs() > 0) {
                log.warn(
                        "{}: the stream is configured to be deleted when it is empty; with it goes what is known of the"
                                + " offsets written",
                        this);
            }
        });
    }

    // ------------------------------------------------------------------ checkpoints

    private boolean checkpointDue(long now) {
        return now - lastActivity >= policy.checkpointIdle().toNanos() && canCheckpoint();
    }

    private boolean canCheckpoint() {
        return policy.exactlyOnce()
                && !policy.checkpointIdle().isZero()
                && packer.isEmpty()
                && stopper == null
                && !consumer.hasWish()
                && firstDropped == NONE
                && hold.outgrewCheckpoint();
    }

    private void startCheckpoint() {
        dropSession();
        become(LaneState.CHECKPOINTING, "idle");
        int mine = ++generation;
        sendCheckpoint(hold.nextCheckpoint())
                .thenAccept(outcome -> services.inbox().post(() -> {
                    if (mine == generation && state == LaneState.CHECKPOINTING) {
                        onCheckpointOutcome(outcome);
                    }
                }));
    }

    private CompletableFuture<CheckpointOutcome> sendCheckpoint(Checkpoint next) {
        FencingToken fresh = CheckpointToken.fresh(next, services.random());
        hold.mayBeInForce(fresh);
        long position = hold.settledSeqNum();
        AppendBatch fence = AppendBatch.fence(fresh, 0).freeze(OptionalLong.of(position), hold.token());
        return services.basin()
                .append(stream, fence)
                .handle((ack, error) -> ack != null
                        ? CheckpointOutcome.acknowledged(ack, fresh, next, position)
                        : CheckpointOutcome.failed(S2Exception.from(error), position));
    }

    private void onCheckpointOutcome(CheckpointOutcome outcome) {
        if (outcome instanceof CheckpointOutcome.Installed done) {
            services.counters().checkpoints.increment();
            hold.renew(done.token(), done.checkpoint(), done.ack().end().seqNum());
            lastActivity = services.nanoTime().getAsLong();
            become(
                    LaneState.OWNED,
                    "checkpoint at position " + done.ack().start().seqNum());
        } else if (outcome instanceof CheckpointOutcome.PutOff later) {
            lastActivity = services.nanoTime().getAsLong();
            become(LaneState.OWNED, "checkpoint put off: " + later.reason());
        } else if (outcome instanceof CheckpointOutcome.Unclear unclear) {
            // A checkpoint is sent only while no data is on its way.
            hold.nothingInDoubtBelow(Long.MAX_VALUE);
            dropRecords();
            startClaim("checkpoint not confirmed: " + unclear.reason());
        } else if (outcome instanceof CheckpointOutcome.Fenced fenced) {
            onFenced(fenced.actual());
        } else if (outcome instanceof CheckpointOutcome.Reset reset) {
            fail(failures.streamReset(reset.seen(), hold.watermark()));
        } else if (outcome instanceof CheckpointOutcome.Missing missing) {
            fail(failures.missing(missing.error(), hold.watermark()));
        }
    }

    // ------------------------------------------------------------------ small things

    private void showFigures() {
        Long durable = hold.watermark();
        figures.records(
                hold.positionRequested() ? "position set by an offset request" : durable,
                durable == null ? 0 : jumps.lagBehind(durable),
                packer.heldBytes());
    }

    private void adjustPause() {
        if (consumer.adjust(state)) {
            jumps.heldBack();
        }
    }

    private void fail(TerminalException terminal) {
        // A topic that was made again shows by itself, unless it is said otherwise.
        stop(terminal, StopMark.isFor(terminal.code()) && terminal.code() != TerminalCode.TOPIC_RECREATED);
    }

    /** @param leavesMark the next task that gets the partition would not come to the same stop by itself */
    private void stop(TerminalException terminal, boolean leavesMark) {
        dropRecords();
        int mine = ++generation;
        if (!leavesMark || !policy.exactlyOnce()) {
            end(terminal);
            return;
        }
        become(LaneState.STOPPING, String.valueOf(terminal.getMessage()));
        CompletableFuture<ClaimStep.MarkOutcome> answer = services.marks()
                .leave(hold.stopMark(terminal.code(), stream, policy.autoCreate()), policy.claimTiming());
        marking = answer;
        answer.thenAccept(outcome -> services.inbox().post(() -> {
            if (mine == generation && state == LaneState.STOPPING) {
                end(LaneFailures.afterMarking(terminal, outcome));
            }
        }));
    }

    private void end(TerminalException terminal) {
        failure = terminal;
        if (policy.onStop() == OnStop.FAIL) {
            become(LaneState.FAILED, String.valueOf(terminal.getMessage()));
            return;
        }
        become(LaneState.HELD, terminal.code().name());
        services.counters().lanesHeld.increment();
        figures.heldWith(terminal.code());
        heldNotice.begin(terminal, services.nanoTime().getAsLong());
    }

    private void become(LaneState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(this + ": " + state + " cannot become " + next + " (" + reason + ")");
        }
        if (state != next) {
            log.info("{}: {} → {}: {}", this, state, next, reason);
        }
        state = next;
        figures.state(next);
    }
}
