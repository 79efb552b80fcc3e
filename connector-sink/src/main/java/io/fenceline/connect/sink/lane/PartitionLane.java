package io.fenceline.connect.sink.lane;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Guard;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.machine.SessionState;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.sink.claim.Anchor;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.connect.sink.claim.FenceClaim;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
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
 * One original topic-partition and its stream: claims the stream, decides where to start, packs records into batches,
 * and knows which offset may be committed.
 *
 * <p>Owned by the task thread, without exception: sessions, claims and checkpoints report through {@link TaskInbox}. The
 * worker is asked to seek, pause or resume only within {@code put} and {@code open} ({@link #open}, {@link #applyWishes},
 * {@link #add}, {@link #endPut}); everything that is learned elsewhere is remembered as a wish until then.
 */
public final class PartitionLane {

    private static final Logger log = LoggerFactory.getLogger(PartitionLane.class);

    /** A batch that takes no more records, and what it settles. */
    private record Packed(AppendBatch batch, OffsetTracker.Entry entry) {}

    private static final int SMALLEST_BUFFER = 2048;
    private static final long NONE = -1;

    // --- for the lane's life ---
    private final TopicPartition partition;
    private final String stream;
    private final LanePolicy policy;
    private final LaneServices services;
    private final LaneFailures failures;
    private final TakeoverRation takeovers;

    private volatile LaneState state = LaneState.NEW;
    private MetricRegistry.@Nullable Published published;
    private @Nullable TerminalException failure;

    /** Grows with each claim and checkpoint: an answer to an older one changes nothing (INV-43). */
    private int generation;

    private ClaimRunner.@Nullable Running claim;
    /** Tokens of ours that may be in force although we were never told. */
    private final Set<FencingToken> ownTokens = new HashSet<>();

    /** The stream refuses records without a timestamp. */
    private boolean timestampsRequired;

    private boolean wroteWithoutTimestamp;
    private boolean configurationChecked;

    // --- for one ownership; meaningful once the stream was ours ---
    private boolean owned;
    private FencingToken token = FencingToken.NONE;
    private Checkpoint inForce = Checkpoint.NOTHING;
    /** One past the last position we know to be settled; with nothing in flight, where the next batch goes. */
    private long settledSeqNum;
    /** Last Kafka offset known durable in the stream; null if none is. */
    private volatile @Nullable Long watermark;

    private Anchor anchor = Anchor.UNKNOWN;
    private LaneStart start = LaneStart.anywhere();
    private volatile @Nullable AppendSession session;
    /** Who holds the stream instead of us; meaningful in {@link LaneState#LOST}. */
    private FencingToken holder = FencingToken.NONE;

    private boolean fetchedSinceLoss;

    // --- records ---
    private final OffsetTracker tracker = new OffsetTracker();
    private @Nullable AppendBatch openBatch;
    private OffsetTracker.@Nullable Entry openEntry;
    private long openedAt;
    /** Batches that are closed and may not be sent yet, oldest first. */
    private final ArrayDeque<Packed> waiting = new ArrayDeque<>();

    private int batchesOut;
    private long heldBytes;
    private int typicalFrame = SMALLEST_BUFFER;
    private long lastActivity;
    /** A record that stops the task once everything before it is durable. */
    private @Nullable UnmappableRecordException stopper;

    private OffsetTracker.@Nullable Entry stopperEntry;
    /** First offset handed over and not kept, {@link #NONE} if there is none: Kafka has to give it again. */
    private long firstDropped = NONE;

    // --- wishes and the consumer ---
    private long wantedSeek = NONE;
    /** A seek was asked for; what is handed over before the next {@code put} comes from before it. */
    private boolean seekUnderWay;

    /** Offset of a record that its converter could not convert just now, {@link #NONE} if there was none. */
    private long notConverted = NONE;
    /** Whether the partition rests after that, and until when. */
    private boolean resting;

    private long restsUntil;

    private boolean paused;
    private boolean backPressured;
    private boolean heldBackSinceAccepted;
    /** Nothing is known of what the topic held before the group's position, and the first record is still to come. */
    private boolean pastUnknown;

    private long lastAccepted = NONE;

    // --- shown to operators, who read on threads of theirs ---
    /** When a batch was last acknowledged, or the lane opened. */
    private volatile long lastProgress;

    private volatile long shownBytesHeld;
    private volatile long shownLag;

    public PartitionLane(TopicPartition partition, String stream, LanePolicy policy, LaneServices services) {
        this.partition = partition;
        this.stream = stream;
        this.policy = policy;
        this.services = services;
        this.failures = new LaneFailures(policy.connector(), partition, stream);
        this.takeovers = new TakeoverRation(policy.maxTakeovers());
    }

    // ------------------------------------------------------------------ the worker's calls, in their order

    /** Assigned: starts the claim and holds the partition back until it is done. */
    public void open(long now) {
        lastActivity = now;
        lastProgress = now;
        published = services.metrics()
                .publish(
                        "s2-sink-stream",
                        Map.of("topic", partition.topic(), "partition", String.valueOf(partition.partition())),
                        gauges());
        startClaim("assigned");
        adjustPause();
    }

    /**
     * Tokens of ours that may be in force. After {@link #close} that of its checkpoint or of a claim that was under way:
     * who opens the partition again in this task must not take them for another writer's.
     */
    public Set<FencingToken> ownTokens() {
        Set<FencingToken> all = new HashSet<>(ownTokens);
        if (claim != null) {
            all.addAll(claim.tokens());
        }
        return all;
    }

    /** Before {@link #open}: what an earlier lane of this task for the same partition left behind. */
    public void recognise(Set<FencingToken> tokens) {
        ownTokens.addAll(tokens);
    }

    /** First in every {@code put}: a seek asked for earlier has been applied by now. */
    public void beginPut() {
        if (seekUnderWay) {
            seekUnderWay = false;
            start.onSeekApplied();
        }
    }

    /** After the inbox was drained in {@code put}: asks the worker for what was decided meanwhile. */
    public void applyWishes() {
        long wanted = wantedSeek;
        if (wanted != NONE) {
            wantedSeek = NONE;
            seek(wanted);
        }
        adjustPause();
    }

    /** The next record of this partition. */
    public void add(SinkRecord record, long now) {
        long offset = record.originalKafkaOffset();
        if (seekUnderWay) {
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
                services.counters().gaps.increment();
                log.info(
                        "{}: goes on at offset {}; offsets {} to {} were not handed over (filtered, compacted or skipped)",
                        this,
                        offset,
                        accept.skippedFrom(),
                        offset - 1);
            }
            noticeJump(offset);
            write(record, offset, now);
        } else if (verdict instanceof LaneStart.Verdict.Drop) {
            services.counters().duplicatesDropped.increment();
            log.info("{}: offset {} is in the stream already, goes on behind it", this, offset);
        } else if (verdict instanceof LaneStart.Verdict.Seek target) {
            services.counters().duplicatesDropped.increment();
            log.info(
                    "{}: offset {} was handed over, the stream ends at offset {}; moving to offset {}",
                    this,
                    offset,
                    watermark,
                    target.offset());
            seek(target.offset());
        } else if (verdict instanceof LaneStart.Verdict.Contradiction contradiction) {
            fail(failures.topicRecreated(contradiction.seen(), watermark));
        }
    }

    /** Last in every {@code put}: sends what is due and moves the lane on. */
    public void endPut(long now) {
        if (state == LaneState.LOST) {
            reclaimIfWanted(now);
        } else if (state == LaneState.OWNED || state == LaneState.RESOLVING) {
            sendWaiting();
            if (waiting.isEmpty()
                    && openBatch != null
                    && (batchesOut == 0 || now - openedAt >= policy.linger().toNanos())) {
                closeOpenBatch();
            }
            Throwable lostReport = tracker.failedReport();
            if (lostReport != null) {
                fail(failures.reportLost(tracker.firstUnsettled(), lostReport, watermark));
            } else if (stopper != null && tracker.firstUnsettled() == firstOffset(stopperEntry)) {
                fail(failures.unwritable(stopper));
            } else if (state == LaneState.OWNED && checkpointDue(now)) {
                startCheckpoint();
            }
        }
        adjustPause();
        showFigures();
    }

    /**
     * The offset that may be committed, {@link #NONE} to leave the partition out (INV-30).
     *
     * @param given the offset Connect would commit: one past the last record handed over or filtered
     */
    public long committable(long given) {
        if (!state.takesRecords()
                || seekUnderWay
                || wantedSeek != NONE
                || firstDropped != NONE
                || !start.mayCommit(given)) {
            return NONE;
        }
        long unsettled = tracker.firstUnsettled();
        return unsettled == NONE ? given : Math.min(unsettled, given);
    }

    /**
     * No longer assigned. Sends no data; leaves a checkpoint behind if nothing is in flight. Idempotent.
     *
     * @return when that checkpoint is answered, null if there is none
     */
    public @Nullable CompletableFuture<?> close() {
        if (state == LaneState.CLOSED) {
            return null;
        }
        boolean quiet = state == LaneState.OWNED && canCheckpoint();
        generation++;
        if (claim != null) {
            claim.cancel();
        }
        dropSession();
        become(LaneState.CLOSED, "partition is not ours any more");
        if (published != null) {
            published.close();
        }
        tracker.drop();
        waiting.clear();
        openBatch = null;
        heldBytes = 0;
        // Best effort: nobody waits for the answer here, and the next owner claims over it in any case.
        return quiet ? sendCheckpoint(nextCheckpoint()) : null;
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
        return watermark;
    }

    /** Metered bytes of records accepted and not yet durable. */
    public long heldBytes() {
        return heldBytes;
    }

    public @Nullable TerminalException failure() {
        return failure;
    }

    /** Nanoseconds until the lane wants {@link #endPut} called again, {@link Long#MAX_VALUE} if it can wait. */
    public long wakeWithin(long now, long watchful) {
        if (openBatch != null && waiting.isEmpty() && (state == LaneState.OWNED || state == LaneState.RESOLVING)) {
            return Math.max(0, policy.linger().toNanos() - (now - openedAt));
        }
        boolean expectant = paused
                || stopper != null
                || !waiting.isEmpty()
                || !state.takesRecords()
                || wantedSeek != NONE
                || state == LaneState.CHECKPOINTING;
        return expectant && state != LaneState.LOST ? watchful : Long.MAX_VALUE;
    }

    /** Holds the partition back, or lets it flow again; takes effect with {@link #applyWishes} or {@link #endPut}. */
    public void setBackPressure(boolean on) {
        backPressured = on;
        adjustPause();
    }

    public boolean isBackPressured() {
        return backPressured;
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
            openWithoutClaim(mine);
            return;
        }
        ClaimRequest request = new ClaimRequest(
                partition,
                stream,
                policy.autoCreate(),
                owned ? (holder.isNone() ? token : holder) : FencingToken.NONE,
                Set.copyOf(ownTokens),
                owned ? fact(settledSeqNum) : Checkpoint.NOTHING,
                owned);
        FenceClaim machine = new FenceClaim(request, policy.claimTiming(), services.random());
        claim = services.claims().start(machine, request, (outcome, done) -> {
            Set<FencingToken> undecided = done.ownTokens();
            services.inbox().post(() -> onClaimOutcome(mine, outcome, undecided));
        });
    }

    private void onClaimOutcome(int of, ClaimStep.Outcome outcome, Set<FencingToken> undecidedTokens) {
        if (of != generation || state != LaneState.CLAIMING) {
            return;
        }
        ownTokens.addAll(undecidedTokens);
        if (outcome instanceof ClaimStep.Owned success) {
            onOwned(success.ownership());
        } else if (outcome instanceof ClaimStep.Outrun outrun) {
            lose(outrun.holder(), "another writer fenced the stream during our claim");
        } else if (outcome instanceof ClaimStep.Expired) {
            startClaim("the last claim was interrupted by a pause of the process");
        } else if (outcome instanceof ClaimStep.Refused refused) {
            fail(failures.refused(refused, watermark));
        }
    }

    private void onOwned(Ownership ownership) {
        Long known = watermark;
        if (known != null && (ownership.watermark() == null || ownership.watermark() < known)) {
            fail(failures.streamReset(
                    "offset " + known + " was acknowledged, but the stream now ends at "
                            + (ownership.watermark() == null
                                    ? "no record of this partition"
                                    : "offset " + ownership.watermark()),
                    known));
            return;
        }
        owned = true;
        token = ownership.token();
        inForce = ownership.inForce();
        holder = FencingToken.NONE;
        ownTokens.clear();
        settledSeqNum = ownership.nextSeqNum();
        lastActivity = services.nanoTime().getAsLong();
        watermark = ownership.watermark();
        anchor = ownership.anchor();
        start = LaneStart.undecided(watermark, anchor, policy.resetMayJump());
        pastUnknown = watermark == null && inForce.position() == null;
        lastAccepted = NONE;
        if (ownership.foreignPosition() >= 0) {
            log.warn(
                    "{}: the stream holds data records of another writer, the last at position {}; going on behind them",
                    this,
                    ownership.foreignPosition());
        }
        become(
                LaneState.OWNED,
                watermark == null
                        ? "fence at position " + ownership.fence()
                                + ", no offset is known: starts at the consumer group's position"
                        : "fence at position " + ownership.fence() + ", the stream ends at offset " + watermark);
        giveBackDropped();
    }

    private void giveBackDropped() {
        if (firstDropped != NONE) {
            wantedSeek = start.seekAfterDropping(firstDropped);
            firstDropped = NONE;
        }
    }

    /** At-least-once: no fence, no watermark; only makes sure that the stream is there and learns what it asks of records. */
    private void openWithoutClaim(int mine) {
        services.basin().streamConfig(stream).whenComplete((config, error) -> services.inbox()
                .post(() -> {
                    if (mine != generation || state != LaneState.CLAIMING) {
                        return;
                    }
                    if (config != null) {
                        timestampsRequired = requiresTimestamps(config);
                        start = LaneStart.anywhere();
                        become(LaneState.OWNED, "at least once: no claim");
                        giveBackDropped();
                        return;
                    }
                    S2Exception failed = S2Exception.from(error);
                    ServerError answer = failed.serverError();
                    if (answer != null && policy.autoCreate() && answer.code().equals("stream_not_found")) {
                        createWithoutClaim(mine);
                    } else {
                        onOpenFailed(mine, failed);
                    }
                }));
    }

    private void createWithoutClaim(int mine) {
        services.basin().createStream(stream).whenComplete((created, error) -> services.inbox()
                .post(() -> {
                    if (mine != generation || state != LaneState.CLAIMING) {
                        return;
                    }
                    if (error == null) {
                        reopenAfter(policy.claimTiming().backoffMin(), mine);
                    } else {
                        onOpenFailed(mine, S2Exception.from(error));
                    }
                }));
    }

    private void onOpenFailed(int mine, S2Exception failed) {
        ServerError answer = failed.serverError();
        if (answer == null || answer.retryable()) {
            log.info("{}: waits for S2: {}", this, failed.getMessage());
            reopenAfter(policy.claimTiming().backoffMax().dividedBy(10), mine);
        } else if (answer.status() == 401 || answer.status() == 403) {
            fail(failures.of(TerminalCode.AUTH, String.valueOf(failed.getMessage()), null, "check s2.access.token"));
        } else {
            fail(failures.missing(answer, null));
        }
    }

    private void reopenAfter(Duration delay, int mine) {
        services.loop().schedule(delay, () -> services.inbox().post(() -> reopen(mine)));
    }

    private void reopen(int mine) {
        if (mine == generation && state == LaneState.CLAIMING) {
            openWithoutClaim(mine);
        }
    }

    private void lose(FencingToken actual, String reason) {
        services.counters().fenced.increment();
        dropRecords();
        holder = actual;
        fetchedSinceLoss = false;
        become(LaneState.LOST, reason);
        if (firstDropped != NONE) {
            // Kafka gives them again; only then, with records fetched after the loss, may the stream be taken back.
            wantedSeek = firstDropped;
            firstDropped = NONE;
        }
    }

    private void reclaimIfWanted(long now) {
        if (!fetchedSinceLoss || !services.port().isAssigned(partition)) {
            return;
        }
        if (!takeovers.tryTake(now)) {
            fail(failures.fenced(policy.maxTakeovers(), watermark));
            return;
        }
        services.counters().takeovers.increment();
        startClaim("taking the stream back, the partition is still assigned to us");
    }

    // ------------------------------------------------------------------ records

    /** A task cannot tell retention from compaction, transactions and filters: counted, and said where it is likely. */
    private void noticeJump(long offset) {
        if (pastUnknown && offset > 0) {
            log.warn("{}: starts at offset {}; nothing is known of earlier records of this partition", this, offset);
        } else if (lastAccepted != NONE && offset > lastAccepted + 1) {
            services.counters().gaps.increment();
            if (heldBackSinceAccepted) {
                log.warn(
                        "{}: offset {} follows offset {} after the partition was paused; if records in between were"
                                + " deleted by retention meanwhile, they are lost",
                        this,
                        offset,
                        lastAccepted);
            }
        }
        pastUnknown = false;
        heldBackSinceAccepted = false;
        lastAccepted = offset;
    }

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
        Long timestamp = record.timestamp();
        if (timestamp == null || timestamp < 0) {
            wroteWithoutTimestamp = true;
            if (timestampsRequired) {
                services.draft().timestamp(0);
            }
        }
        AppendBatch batch = openBatch;
        OffsetTracker.Entry entry = openEntry;
        if (batch == null || entry == null || !batch.tryAdd(services.draft())) {
            closeOpenBatch();
            batch = new AppendBatch(policy.batchMaxRecords(), policy.batchMaxBytes(), typicalFrame);
            if (!batch.tryAdd(services.draft())) {
                throw new IllegalStateException(
                        "a record that fits the limits does not fit an empty batch: " + partition + "@" + offset);
            }
            entry = tracker.openBatch(offset);
            openBatch = batch;
            openEntry = entry;
            openedAt = now;
        }
        int bytes = services.draft().meteredSize();
        entry.extend(offset, timestamp, bytes);
        heldBytes += bytes;
    }

    private void divert(SinkRecord record, long offset, UnmappableRecordException reason) {
        Future<?> reported;
        try {
            reported = services.port().report(record, reason);
        } catch (UnmappableRecordException notTolerated) {
            // What was handed over before it still goes to the stream; what comes behind it waits for the operator.
            log.error("{}: {}; the task stops when everything before it is durable", this, notTolerated.getMessage());
            stopper = notTolerated;
            stopperEntry = tracker.openBatch(offset);
            closeOpenBatch();
            return;
        }
        services.counters().diverted.increment();
        if (tracker.divert(offset, reported)) {
            // What follows goes into another batch, which waits for the report.
            closeOpenBatch();
        }
    }

    /** The record cannot be converted at the moment: what was accepted before it stays, the consumer comes back to it. */
    private void handOverAgain(long offset, long now, RetriableException later) {
        if (offset != notConverted) {
            log.info(
                    "{}: offset {} is asked for again until it can be converted: {}", this, offset, later.getMessage());
        }
        notConverted = offset;
        restsUntil = now + policy.claimTiming().backoffMin().toNanos();
        resting = true;
        seekUnderWay = true;
        services.counters().seeks.increment();
        services.port().seek(partition, offset);
    }

    private void closeOpenBatch() {
        AppendBatch batch = openBatch;
        OffsetTracker.Entry entry = openEntry;
        if (batch != null && entry != null) {
            openBatch = null;
            openEntry = null;
            waiting.addLast(new Packed(batch, entry));
            sendWaiting();
        }
    }

    /**
     * Nothing is sent while a checkpoint is out, and nothing behind an errant record whose report is: the stream's last
     * offset would say to the next owner that the record was dealt with.
     */
    private void sendWaiting() {
        while (state != LaneState.CHECKPOINTING
                && !waiting.isEmpty()
                && !tracker.reportIsOutBefore(waiting.peekFirst().entry())) {
            Packed next = waiting.removeFirst();
            submit(next.batch(), next.entry());
        }
    }

    private void submit(AppendBatch batch, OffsetTracker.Entry entry) {
        batchesOut++;
        AppendSession target = session;
        if (target == null) {
            target = openSession();
            session = target;
        }
        AppendSession current = target;
        int records = batch.recordCount();
        current.submit(batch).whenComplete((ack, error) -> {
            if (ack != null) {
                services.inbox().post(() -> onDurable(current, entry, records, ack));
            }
            // A failed ticket is followed by the session's end, which tells the lane what to do.
        });
        typicalFrame = entry.bytes > Integer.MAX_VALUE / 2 ? SMALLEST_BUFFER : typicalFrame(entry.bytes, records);
    }

    /** First buffer of the next batch: what the last one took, so that a busy lane does not grow buffers. */
    private static int typicalFrame(long meteredBytes, int records) {
        return (int) Math.max(SMALLEST_BUFFER, meteredBytes + 16L * records + 128);
    }

    private void onDurable(AppendSession of, OffsetTracker.Entry entry, int records, AppendAck ack) {
        if (of != session) {
            return;
        }
        batchesOut--;
        heldBytes -= entry.bytes;
        tracker.settle(entry);
        watermark = entry.lastOffset;
        anchor = Anchor.exactly(entry.lastTimestamp);
        settledSeqNum = ack.end().seqNum();
        lastProgress = services.nanoTime().getAsLong();
        services.counters().recordsAcknowledged.add(records);
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
        long unsettled = tracker.drop();
        if (unsettled != NONE) {
            drop(unsettled);
        }
        if (wantedSeek != NONE) {
            drop(wantedSeek);
            wantedSeek = NONE;
        }
        waiting.clear();
        openBatch = null;
        openEntry = null;
        batchesOut = 0;
        heldBytes = 0;
        stopper = null;
        stopperEntry = null;
        dropSession();
    }

    // ------------------------------------------------------------------ the session

    private AppendSession openSession() {
        AppendSessionConfig config = new AppendSessionConfig(
                policy.retryPolicy(),
                policy.exactlyOnce() ? new Guard(token, settledSeqNum) : null,
                policy.inflightMaxBytes(),
                policy.ackTimeout(),
                policy.openTimeout(),
                policy.sessionIdle(),
                policy.claimTiming().backoffMin(),
                policy.claimTiming().backoffMax(),
                policy.claimTiming().retryLimit());
        SessionReports reports = new SessionReports();
        AppendSession opened =
                services.loop().open(services.basin().stream(stream), config, RecordIdentity.MATCHER, reports);
        reports.of(opened);
        return opened;
    }

    private void dropSession() {
        AppendSession old = session;
        session = null;
        if (old != null) {
            old.abort();
        }
    }

    /** Brings a session's reports to the task thread; those of a session that is not the lane's any more are dropped. */
    private final class SessionReports implements AppendSessionListener {

        private volatile @Nullable AppendSession source;

        void of(AppendSession opened) {
            source = opened;
        }

        @Override
        public void onStateChanged(SessionState from, SessionState to, String reason) {
            services.inbox().post(() -> {
                if (source == session) {
                    onSessionState(to, reason);
                }
            });
        }

        @Override
        public void onRetry(int attempt, Duration delay, String reason) {
            services.counters().reconnects.increment();
        }

        @Override
        public void onResent(int batches) {
            services.counters().resends.add(batches);
        }

        @Override
        public void onReconciled(int landed, int lost) {
            services.counters().reconciledLanded.add(landed);
            services.counters().reconciledLost.add(lost);
        }

        @Override
        public void onFinished(SessionEnd end) {
            services.inbox().post(() -> {
                if (source == session) {
                    onSessionEnd(end);
                }
            });
        }
    }

    private void onSessionState(SessionState to, String reason) {
        boolean troubled =
                to == SessionState.RESOLVING || to == SessionState.RECONCILING || to == SessionState.BACKING_OFF;
        boolean well = to == SessionState.OPEN || to == SessionState.IDLE;
        if (troubled && state == LaneState.OWNED) {
            become(LaneState.RESOLVING, reason);
        } else if (well && state == LaneState.RESOLVING) {
            become(LaneState.OWNED, reason);
        }
    }

    private void onSessionEnd(SessionEnd end) {
        if (end instanceof SessionEnd.Fenced fenced) {
            if (ownTokens.contains(fenced.actual())) {
                dropRecords();
                startClaim("a token of ours whose answer was lost is in force");
            } else {
                lose(fenced.actual(), "another writer fenced the stream");
            }
        } else if (end instanceof SessionEnd.TailMoved moved) {
            dropRecords();
            startClaim(moved.describe());
        } else if (end instanceof SessionEnd.Rejected rejected
                && policy.exactlyOnce()
                && rejected.error().status() == 422
                && wroteWithoutTimestamp
                && !timestampsRequired) {
            askWhetherTimestampsAreRequired(rejected);
        } else {
            TerminalException fatal = failures.sessionEnd(end, watermark);
            if (fatal != null) {
                fail(fatal);
            }
        }
    }

    /** A batch with records without timestamps was refused: if the stream asks for them, they go again with 0. */
    private void askWhetherTimestampsAreRequired(SessionEnd.Rejected rejected) {
        dropRecords();
        become(LaneState.CLAIMING, "a batch was refused, looking at the stream's configuration");
        int mine = ++generation;
        services.basin().streamConfig(stream).whenComplete((config, error) -> services.inbox()
                .post(() -> {
                    if (mine != generation || state != LaneState.CLAIMING) {
                        return;
                    }
                    timestampsRequired = config != null && requiresTimestamps(config);
                    if (timestampsRequired || error != null) {
                        startClaim(
                                timestampsRequired
                                        ? "the stream requires timestamps"
                                        : "its configuration could not be read");
                    } else {
                        fail(failures.of(
                                TerminalCode.PROTOCOL,
                                rejected.describe(),
                                watermark,
                                "check the stream's configuration, then restart the task"));
                    }
                }));
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

    private boolean canCheckpoint() {
        Long position = inForce.position();
        return policy.exactlyOnce()
                && !policy.checkpointIdle().isZero()
                && tracker.isEmpty()
                && openBatch == null
                && batchesOut == 0
                && stopper == null
                && wantedSeek == NONE
                && firstDropped == NONE
                && (position == null || position != settledSeqNum);
    }

    private boolean checkpointDue(long now) {
        return now - lastActivity >= policy.checkpointIdle().toNanos() && canCheckpoint();
    }

    /** What is true of everything below {@code position}. */
    private Checkpoint fact(long position) {
        return watermark == null ? Checkpoint.groupPositionFrom(position) : Checkpoint.of(watermark, position, anchor);
    }

    /** Behind the fence that installs it: a trim of everything, that fence included, then leaves no gap. */
    private Checkpoint nextCheckpoint() {
        return fact(settledSeqNum + 1);
    }

    private void startCheckpoint() {
        dropSession();
        become(LaneState.CHECKPOINTING, "idle");
        Checkpoint next = nextCheckpoint();
        int mine = ++generation;
        sendCheckpoint(next).whenComplete((sent, error) -> services.inbox().post(() -> {
            if (mine != generation || state != LaneState.CHECKPOINTING) {
                return;
            }
            if (sent != null) {
                onCheckpoint(sent, next);
            } else {
                onCheckpointFailed(S2Exception.from(error));
            }
        }));
    }

    private record SentCheckpoint(FencingToken token, AppendAck ack) {}

    private CompletableFuture<SentCheckpoint> sendCheckpoint(Checkpoint next) {
        FencingToken fresh = CheckpointToken.fresh(next, services.random());
        ownTokens.add(fresh);
        AppendBatch fence = AppendBatch.fence(fresh, 0).freeze(OptionalLong.of(settledSeqNum), token);
        return services.basin().append(stream, fence).thenApply(ack -> new SentCheckpoint(fresh, ack));
    }

    private void onCheckpoint(SentCheckpoint sent, Checkpoint installed) {
        services.counters().checkpoints.increment();
        token = sent.token();
        inForce = installed;
        ownTokens.clear();
        settledSeqNum = sent.ack().end().seqNum();
        lastActivity = services.nanoTime().getAsLong();
        become(LaneState.OWNED, "checkpoint at position " + sent.ack().start().seqNum());
    }

    private void onCheckpointFailed(S2Exception failed) {
        ServerError error = failed.serverError();
        if (error != null && error.tokenMismatch() != null) {
            if (error.tokenMismatch().isNone()) {
                fail(failures.streamReset(
                        "no fencing token is in force on a stream that we had fenced: it was deleted and made again, or"
                                + " somebody cleared the fence",
                        watermark));
            } else if (ownTokens.contains(error.tokenMismatch())) {
                dropRecords();
                startClaim("a token of ours whose answer was lost is in force");
            } else {
                lose(error.tokenMismatch(), "another writer fenced the stream");
            }
        } else if (error != null
                && error.seqNumMismatch() != null
                && Long.compareUnsigned(error.seqNumMismatch(), settledSeqNum) < 0) {
            fail(failures.streamReset(
                    "the stream's next position is " + error.seqNumMismatch() + ", we had written up to "
                            + settledSeqNum,
                    watermark));
        } else if (error != null && (error.status() == 404 || error.code().endsWith("deletion_pending"))) {
            fail(failures.missing(error, watermark));
        } else if ((error != null && error.noSideEffects() && error.retryable())
                || (failed.failure() != null && failed.failure().kind() == TransportFailure.Kind.NOT_CONNECTED)) {
            lastActivity = services.nanoTime().getAsLong();
            become(LaneState.OWNED, "checkpoint put off: " + failed.getMessage());
        } else {
            // Its answer may be lost, or the tail moved under it: a new claim before any other append.
            dropRecords();
            startClaim("checkpoint not confirmed: " + failed.getMessage());
        }
    }

    // ------------------------------------------------------------------ figures, read by any thread

    private List<Gauge> gauges() {
        return List.of(
                new Gauge("state", "where the lane is in its life", () -> state.name()),
                new Gauge("watermark", "last Kafka offset known durable in the stream", () -> watermark),
                new Gauge(
                        "lag", "offsets between the last record handed over and the last durable one", () -> shownLag),
                new Gauge("bytes-held", "metered bytes accepted and not yet durable", () -> shownBytesHeld),
                new Gauge("appends-in-flight", "batches sent and not acknowledged", () -> {
                    AppendSession current = session;
                    return current == null ? 0 : current.inflightBatches();
                }),
                new Gauge("bytes-in-flight", "metered bytes sent and not acknowledged", () -> {
                    AppendSession current = session;
                    return current == null ? 0L : current.inflightBytes();
                }),
                new Gauge("oldest-append-age-ms", "age of the oldest batch in flight", () -> {
                    AppendSession current = session;
                    return current == null ? 0L : current.oldestInflightAge().toMillis();
                }),
                new Gauge(
                        "progress-age-ms",
                        "time since a batch was last acknowledged",
                        () -> (services.nanoTime().getAsLong() - lastProgress) / 1_000_000));
    }

    private void showFigures() {
        Long durable = watermark;
        shownBytesHeld = heldBytes;
        shownLag = lastAccepted == NONE || durable == null ? 0 : Math.max(0, lastAccepted - durable);
    }

    // ------------------------------------------------------------------ small things

    private void seek(long offset) {
        dropRecords();
        firstDropped = NONE;
        seekUnderWay = true;
        services.counters().seeks.increment();
        services.port().seek(partition, offset);
    }

    /** Claims and back-pressure hold the partition back; a lost lane waits for records to come. */
    private void adjustPause() {
        resting = resting && services.nanoTime().getAsLong() - restsUntil < 0;
        boolean hold = state == LaneState.CLAIMING || ((backPressured || resting) && state.takesRecords());
        if (hold != paused && state != LaneState.CLOSED) {
            paused = hold;
            if (hold) {
                heldBackSinceAccepted = true;
                services.port().pause(partition);
            } else {
                services.port().resume(partition);
            }
        }
    }

    private void fail(TerminalException terminal) {
        dropRecords();
        generation++;
        failure = terminal;
        become(LaneState.FAILED, String.valueOf(terminal.getMessage()));
    }

    private void become(LaneState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(this + ": " + state + " cannot become " + next + " (" + reason + ")");
        }
        if (state != next) {
            log.info("{}: {} → {}: {}", this, state, next, reason);
        }
        state = next;
    }

    private static boolean requiresTimestamps(StreamConfig config) {
        return config.timestampingMode().equals("client-require");
    }

    private static long firstOffset(OffsetTracker.@Nullable Entry entry) {
        return entry == null ? NONE : entry.firstOffset;
    }
}
