package io.fenceline.connect.sink.stream;

import io.fenceline.append.AppendSession;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionEnd.Rejected;
import io.fenceline.append.SessionState;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.connect.sink.claim.FenceClaim;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.LaneTarget;
import io.fenceline.connect.sink.lane.MemoryShares;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.lane.TargetEnd;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.ServerError;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The stream of one topic-partition: claims it, sends what its packer packs in append sessions, renews its checkpoint when
 * idle, leaves a stop mark.
 *
 * <p>Owned by the task thread: sessions, claims and checkpoints report through the task's inbox.
 */
public final class StreamTarget implements LaneTarget, StreamSession.Owner, StreamQuestion.Owner {

    private static final Logger log = LoggerFactory.getLogger(StreamTarget.class);

    private final TopicPartition partition;
    private final String stream;
    private final StreamPolicy policy;
    private final StreamServices services;
    private final Lane lane;

    private final StreamHold hold = new StreamHold();
    private final BatchPacker packer;
    private final TimestampRule timestamps = new TimestampRule();
    private final TakeoverRation takeovers;
    private final StreamFailures failures;
    private final StreamFigures figures = new StreamFigures();
    private final CheckpointOutcome.Cases checkpoints = new CheckpointAnswer();
    private final SessionEnd.Cases sessionEnds = new AtSessionEnd();

    private StreamState state = StreamState.NEW;
    /** Grows with each claim and checkpoint, and at the end: an answer to an older one changes nothing (INV-43). */
    private int generation;

    private ClaimRunner.@Nullable Running claim;
    private @Nullable StreamQuestion question;
    private @Nullable StreamSession session;

    /** The lane stops for a mark that the stream holds: there is none to leave. */
    private boolean marked;

    private boolean configurationChecked;
    /** A batch was refused, and {@link #question} is to tell why. */
    private @Nullable Rejected refused;

    /** When the stream became ours, or its last checkpoint was answered. */
    private long settledSince;

    /** Of the last loss, by the wall clock: an operator compares it with the other writer's log. */
    private Instant lostAt = Instant.EPOCH;

    /** @param offsets where it opens an entry for each batch */
    public StreamTarget(
            TopicPartition partition,
            String stream,
            StreamPolicy policy,
            StreamServices services,
            Lane lane,
            OffsetTracker offsets) {
        this.partition = partition;
        this.stream = stream;
        this.policy = policy;
        this.services = services;
        this.lane = lane;
        this.packer = new BatchPacker(
                policy.batching().maxRecords(), policy.batching().maxBytes(), services.frames(), offsets);
        this.takeovers = new TakeoverRation(policy.claims().maxTakeovers());
        this.failures = new StreamFailures(policy, partition, stream, hold::end, services.ends(), services.gone());
    }

    // ------------------------------------------------------------------ what the lane asks

    @Override
    public void open(long now) {
        hold.mayBeInForce(services.left().of(partition));
        services.troubles().opened(partition);
        services.ends().opened(partition, () -> isUnknown() ? null : hold.end());
        startClaim("assigned");
    }

    @Override
    public boolean write(SinkRecord record, long offset, long now) {
        if (!services.mapper().map(record, services.form())) {
            return false;
        }
        RecordDraft draft = services.form().draft();
        timestamps.applyTo(draft, record.timestamp());
        if (packer.add(draft, offset, record.timestamp(), now)) {
            sendWaiting();
        }
        return true;
    }

    @Override
    public void flush() {
        packer.seal();
        sendWaiting();
    }

    @Override
    public boolean endPut(long now, boolean busy, boolean heldBack) {
        if (state == StreamState.CHECKPOINTING) {
            return false;
        }
        sendWaiting();
        if (packer.isDue(now, policy.batching().linger(), busy, heldBack)) {
            flush();
        }
        return true;
    }

    /** Nothing is sent while a checkpoint is out. */
    private void sendWaiting() {
        if (state == StreamState.CHECKPOINTING) {
            return;
        }
        for (BatchPacker.Packed next = packer.next(); next != null; next = packer.next()) {
            if (session == null) {
                session = new StreamSession(stream, policy, services, policy.exactlyOnce() ? hold.guard() : null, this);
                figures.session(session);
            }
            session.submit(next);
        }
    }

    @Override
    public void onCommitGiven(long offset) {
        // what is in the stream says where to go on, not what was committed
    }

    @Override
    public void onQuiet(long now, long idleNanos) {
        boolean due = Math.min(idleNanos, now - settledSince)
                >= policy.claims().checkpointIdle().toNanos();
        if (due && state == StreamState.OWNED && canCheckpoint()) {
            startCheckpoint();
        }
    }

    @Override
    public void takeBack(long now) {
        if (!takeovers.tryTake(now)) {
            fail(failures.fenced(policy.claims().maxTakeovers(), hold.holder(), lostAt));
            return;
        }
        services.counters().takeovers.increment();
        startClaim("taking the stream back, the partition is still assigned to us");
    }

    @Override
    public void drop() {
        packer.drop();
        if (session != null) {
            session.abandon();
            session = null;
            figures.session(null);
        }
    }

    @Override
    public @Nullable CompletableFuture<TerminalException> halt(TerminalException reason, boolean onlySeenHere) {
        ignoreAnswers();
        services.troubles().over(partition);
        // A topic that was made again shows by itself, unless it is said otherwise.
        boolean lasts = reason.code() == TerminalCode.TOPIC_RECREATED ? !onlySeenHere : !StopMark.isFor(reason.code());
        if (lasts || marked || !policy.exactlyOnce()) {
            return null;
        }
        return services.claims()
                .leaveMark(
                        hold.stopMark(reason.code(), stream, policy.autoCreate()),
                        policy.claimTiming().retries())
                .thenApply(outcome -> {
                    if (outcome.doubt() != null) {
                        // Another task may go on by itself: no request of ours may set it back.
                        services.inbox().post(() -> services.gone().closed(partition));
                    }
                    return StreamFailures.afterMarking(reason, outcome);
                });
    }

    /** Leaves a checkpoint behind if nothing is in flight. */
    @Override
    public @Nullable CompletableFuture<?> close(boolean quiet) {
        ignoreAnswers();
        services.troubles().closed(partition);
        services.ends().closed(partition);
        services.gone().closed(partition);
        drop();
        // Best effort: nobody waits for the answer here, and the next owner claims over it in any case.
        try {
            return quiet && state == StreamState.OWNED && canCheckpoint()
                    ? sendCheckpoint(hold.nextCheckpoint())
                    : null;
        } finally {
            services.left().leave(partition, tokensThatMayBeInForce());
        }
    }

    /** The first claim is not done: what the stream holds is not known yet. */
    private boolean isUnknown() {
        return state == StreamState.CLAIMING && hold.watermark() == null;
    }

    private void ignoreAnswers() {
        generation++;
        if (claim != null) {
            claim.cancel();
        }
        if (question != null) {
            question.cancel();
        }
    }

    private Set<FencingToken> tokensThatMayBeInForce() {
        Set<FencingToken> all = new LinkedHashSet<>(hold.ownTokens());
        if (claim != null) {
            all.addAll(claim.tokens());
        }
        return all;
    }

    @Override
    public Readiness readiness() {
        return state.readiness();
    }

    @Override
    public TargetEnd end() {
        return hold.end();
    }

    @Override
    public long heldBytes() {
        return packer.heldBytes();
    }

    @Override
    public long usefulBytes() {
        long window = session == null
                ? Math.min(AppendSession.FIRST_WINDOW_BYTES, policy.sessions().inflightMaxBytes())
                : session.windowBytes();
        return window + Math.min(window, MemoryShares.READY_BYTES);
    }

    @Override
    public long wakeWithin(long now, long watchful) {
        if (packer.hasOpen() && !packer.hasWaiting() && state != StreamState.CHECKPOINTING) {
            long rest = packer.lingersFor(now, policy.batching().linger());
            return rest > 0 ? rest : watchful;
        }
        return packer.hasWaiting() || state == StreamState.CHECKPOINTING ? watchful : Long.MAX_VALUE;
    }

    @Override
    public String noun() {
        return "stream";
    }

    @Override
    public String name() {
        return stream;
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
    public boolean mayStillStop() {
        return state == StreamState.CLAIMING
                || state == StreamState.CHECKPOINTING
                || state == StreamState.RESOLVING
                || packer.heldBytes() > 0;
    }

    @Override
    public boolean isOneOfMany() {
        return services.gone().has(partition);
    }

    @Override
    public TerminalException withTheOthers(TerminalException stop) {
        return failures.withTheOthers(stop);
    }

    @Override
    public TerminalException topicRecreated(String seen) {
        return failures.topicRecreated(seen);
    }

    @Override
    public TerminalException unwritable(UnmappableRecordException record) {
        return failures.unwritable(record);
    }

    @Override
    public TerminalException reportLost(long offset, Throwable reason) {
        return failures.reportLost(offset, reason);
    }

    @Override
    public String toString() {
        return partition + " → " + stream;
    }

    // ------------------------------------------------------------------ claims

    private void claimAgain(String reason) {
        lane.dropUnsettled();
        startClaim(reason);
    }

    private void startClaim(String reason) {
        become(StreamState.CLAIMING, reason);
        int mine = ++generation;
        services.counters().claims.increment();
        if (!policy.exactlyOnce()) {
            askAboutStream(policy.autoCreate());
            return;
        }
        ClaimRequest request = hold.claim(partition, stream, policy.autoCreate());
        FenceClaim machine = new FenceClaim(
                request,
                policy.claimTiming(),
                services.random(),
                policy.claims().encrypted());
        Consumer<String> waits = why -> services.inbox().post(() -> {
            if (mine == generation) {
                onStreamWaits(why);
            }
        });
        claim = services.claims().start(machine, request, waits, (outcome, done) -> {
            Set<FencingToken> undecided = done.ownTokens();
            Checkpoint said = done.inForce();
            services.inbox().post(() -> {
                if (mine == generation) {
                    onClaimOutcome(outcome, undecided, said);
                }
            });
        });
    }

    private void onClaimOutcome(ClaimStep.Outcome outcome, Set<FencingToken> undecidedTokens, Checkpoint inForce) {
        hold.mayBeInForce(undecidedTokens);
        outcome.tell(new ClaimStep.OutcomeCases() {

            @Override
            public void owned(Ownership ownership) {
                onOwned(ownership);
            }

            @Override
            public void outrun(FencingToken holder) {
                lose(holder, "another writer fenced the stream during our claim");
            }

            @Override
            public void expired() {
                startClaim("the last claim was interrupted by a pause of the process");
            }

            @Override
            public void refused(ClaimStep.Refused reason) {
                hold.refused(inForce);
                fail(failures.refused(reason));
            }

            @Override
            public void marked(StopMark mark) {
                marked = true;
                fail(failures.marked(mark));
            }
        });
    }

    private void onOwned(Ownership ownership) {
        String contradiction = hold.contradiction(ownership);
        if (contradiction != null) {
            fail(failures.streamReset(contradiction));
            return;
        }
        hold.take(ownership);
        settledSince = services.nanoTime().getAsLong();
        if (ownership.foreignPosition() >= 0) {
            log.warn(
                    "{}: the stream holds data records of another writer, the last at position {}; going on behind"
                            + " them",
                    this,
                    ownership.foreignPosition());
        }
        become(
                StreamState.OWNED,
                "fence at position " + ownership.fence() + " with token '"
                        + ownership.token().value() + "'"
                        + (hold.watermark() == null
                                ? ", no offset is known: starts at the consumer group's position"
                                : ", " + hold.end().describe(noun())));
        lane.onReadyBehind(hold.end());
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
                    "check the stream's configuration, then restart the task"));
        } else if (policy.exactlyOnce()) {
            startClaim("the stream requires timestamps");
        } else {
            become(StreamState.OWNED, "at least once: no claim");
            lane.onReady();
        }
    }

    @Override
    public void onStreamUnusable(TerminalException reason) {
        question = null;
        fail(reason);
    }

    @Override
    public void onStreamWaits(String reason) {
        services.troubles().failed(partition, reason, services.nanoTime().getAsLong());
    }

    private void onFenced(FencingToken actual) {
        if (hold.isOurs(actual)) {
            claimAgain("a token of ours whose answer was lost is in force");
        } else {
            lose(actual, "another writer fenced the stream");
        }
    }

    private void lose(FencingToken actual, String reason) {
        services.counters().fenced.increment();
        FencingToken ours = hold.token();
        hold.loseTo(actual);
        lostAt = Instant.ofEpochMilli(services.wallMillis().getAsLong());
        become(
                StreamState.LOST,
                reason + ": the fencing token in force is '" + PeerText.brief(actual.value()) + "'"
                        + (ours.isNone() ? "" : ", ours was '" + ours.value() + "'"));
        lane.onLost();
    }

    // ------------------------------------------------------------------ the session

    @Override
    public void onDurable(BatchPacker.Packed batch, AppendAck ack) {
        OffsetTracker.Entry entry = batch.entry();
        packer.settled(batch);
        hold.settle(entry, ack.end().seqNum());
        services.counters().recordsAcknowledged.add(batch.batch().recordCount());
        services.counters().bytesAcknowledged.add(entry.bytes());
        lane.onSettled(entry);
        if (!configurationChecked) {
            configurationChecked = true;
            warnIfDeletedOnEmpty();
        }
    }

    @Override
    public void onSessionState(SessionState to, String reason) {
        boolean troubled =
                to == SessionState.RESOLVING || to == SessionState.RECONCILING || to == SessionState.BACKING_OFF;
        boolean well = to == SessionState.OPEN || to == SessionState.IDLE;
        if (troubled && state == StreamState.OWNED) {
            become(StreamState.RESOLVING, reason);
        } else if (well && state == StreamState.RESOLVING) {
            become(StreamState.OWNED, reason);
        }
    }

    @Override
    public void onSessionEnd(SessionEnd end) {
        end.tell(sessionEnds);
    }

    /** What becomes of the stream when its session ends. */
    private final class AtSessionEnd implements SessionEnd.Cases {

        @Override
        public void closed() {
            // nobody closes it
        }

        @Override
        public void aborted() {
            // we have abandoned it then, or the loop has ended and the task ends with its next put
        }

        @Override
        public void fenced(FencingToken actual) {
            onFenced(actual);
        }

        @Override
        public void tailMoved(SessionEnd.TailMoved moved) {
            hold.nothingInDoubtBelow(moved.doubtFrom());
            claimAgain(moved.describe());
        }

        @Override
        public void failed(SessionEnd.Failure failure) {
            if (failure instanceof Rejected rejected && timestamps.mayExplain(rejected.error())) {
                askWhetherTimestampsAreRequired(rejected);
            } else {
                fail(failures.sessionEnd(failure));
            }
        }
    }

    /** A batch with records without timestamps was refused: if the stream asks for them, they go again with 0. */
    private void askWhetherTimestampsAreRequired(Rejected rejected) {
        lane.dropUnsettled();
        become(StreamState.CLAIMING, "a batch was refused, looking at the stream's configuration");
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

    // ------------------------------------------------------------------ checkpoints, while nothing is unsettled

    private boolean canCheckpoint() {
        return policy.exactlyOnce() && !policy.claims().checkpointIdle().isZero() && hold.outgrewCheckpoint();
    }

    private void startCheckpoint() {
        drop();
        become(StreamState.CHECKPOINTING, "idle");
        int mine = ++generation;
        sendCheckpoint(hold.nextCheckpoint())
                .thenAccept(outcome -> services.inbox().post(() -> {
                    if (mine == generation && state == StreamState.CHECKPOINTING) {
                        outcome.tell(checkpoints);
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

    /** What becomes of the stream by an answer to its checkpoint. */
    private final class CheckpointAnswer implements CheckpointOutcome.Cases {

        @Override
        public void installed(CheckpointOutcome.Installed done) {
            services.counters().checkpoints.increment();
            hold.renew(done.token(), done.checkpoint(), done.ack().end().seqNum());
            settledSince = services.nanoTime().getAsLong();
            become(
                    StreamState.OWNED,
                    "checkpoint at position " + done.ack().start().seqNum());
        }

        @Override
        public void putOff(String reason) {
            settledSince = services.nanoTime().getAsLong();
            become(StreamState.OWNED, "checkpoint put off: " + reason);
        }

        @Override
        public void unclear(String reason) {
            // A checkpoint is sent only while no data is on its way.
            hold.nothingInDoubtBelow(Long.MAX_VALUE);
            claimAgain("checkpoint not confirmed: " + reason);
        }

        @Override
        public void fenced(FencingToken actual) {
            onFenced(actual);
        }

        @Override
        public void reset(String seen) {
            fail(failures.streamReset(seen));
        }

        @Override
        public void missing(ServerError error) {
            fail(failures.missing(error));
        }
    }

    // ------------------------------------------------------------------ small things

    private void fail(TerminalException reason) {
        lane.onFailed(reason);
    }

    private void become(StreamState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(this + ": " + state + " cannot become " + next + " (" + reason + ")");
        }
        if (state != next) {
            say(next, reason);
        }
        state = next;
        if (next != StreamState.CLAIMING) {
            services.troubles().over(partition);
        }
    }

    private void say(StreamState next, String reason) {
        String form = "{}: {} → {}: {}";
        if (next == StreamState.LOST) {
            log.warn(form, this, state, next, reason);
        } else if (next == StreamState.CHECKPOINTING
                || state == StreamState.CHECKPOINTING && next == StreamState.OWNED) {
            log.debug(form, this, state, next, reason); // once a minute and idle stream, and nobody has to know
        } else {
            log.info(form, this, state, next, reason);
        }
    }
}
