package io.fenceline.append.machine;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.append.machine.SessionEvent.AbortRequested;
import io.fenceline.append.machine.SessionEvent.Acked;
import io.fenceline.append.machine.SessionEvent.Advised;
import io.fenceline.append.machine.SessionEvent.Broken;
import io.fenceline.append.machine.SessionEvent.CloseRequested;
import io.fenceline.append.machine.SessionEvent.Ended;
import io.fenceline.append.machine.SessionEvent.Established;
import io.fenceline.append.machine.SessionEvent.PageRead;
import io.fenceline.append.machine.SessionEvent.ReadFailed;
import io.fenceline.append.machine.SessionEvent.Refused;
import io.fenceline.append.machine.SessionEvent.Submitted;
import io.fenceline.append.machine.SessionEvent.Tick;
import io.fenceline.retry.Patience;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An append session without threads, I/O and clock: {@link #on} takes what happened and when, and returns what to do.
 * Owned by one thread.
 *
 * <p>What it keeps true, whatever happens around it:
 * <ul>
 *   <li>A batch is frozen once, with the position behind the batch before it, in the step that puts it in flight. Every attempt
 *       sends the same bytes.
 *   <li>A batch counts as maybe sent from before its hand-over until an answer to that very batch, or a read below the
 *       service's own word, tells its fate. Reconnecting settles nothing.
 *   <li>While a batch is in doubt nothing fresh is sent.
 *   <li>Every batch that was submitted is completed or failed exactly once, in order.
 * </ul>
 *
 * <p>Times are nanoseconds of any monotonic clock.
 */
public final class AppendSessionMachine {

    private static final int MAX_PAGE_RECORDS = 1000;

    // for the session's life

    private final RetryPolicy policy;
    private final RecordMatcher matcher;
    private final int inflightMaxBytes;
    private final long readTimeout;

    private final Conditions conditions;
    private final AckOrder ackOrder;
    private final FailureBudget failures;
    private final AdvisedMoves advisedMoves = new AdvisedMoves();
    private final InflightAppends inflight = new InflightAppends();
    private final ArrayDeque<PendingAppend> queue = new ArrayDeque<>();
    private long queuedBytes;

    private SessionState state = SessionState.IDLE;
    private @Nullable SessionEnd end;
    private boolean closeRequested;

    /** One for each exchange, each read-back and each failure, so that whatever an older one still says is recognized. */
    private long generation;

    /** The exchange of this generation, while the state has one. */
    private final ExchangeWatch exchange;

    // for one wait

    private long retryAt;
    private @Nullable LandedScan scan;
    private long pageAskedAt;

    // for one call of on()

    private final SessionEvent.Cases cases = new Cases();
    private final ArrayList<SessionEffect> effects = new ArrayList<>();
    private long now;

    /** @param random values from 0 to below 1, for the jitter */
    public AppendSessionMachine(AppendSessionConfig config, RecordMatcher matcher, DoubleSupplier random) {
        this.policy = config.retryPolicy();
        this.matcher = matcher;
        this.inflightMaxBytes = config.inflightMaxBytes();
        this.readTimeout = nanos(config.ackTimeout());
        this.exchange =
                new ExchangeWatch(nanos(config.ackTimeout()), nanos(config.openTimeout()), nanos(config.idleTimeout()));
        this.failures = new FailureBudget(new Patience(config.retries(), random));
        this.conditions = new Conditions(config.guard());
        this.ackOrder = new AckOrder(inflight, conditions);
    }

    public SessionState state() {
        return state;
    }

    public int inflightBatches() {
        return inflight.size();
    }

    public long inflightBytes() {
        return inflight.bytes();
    }

    public long queuedBytes() {
        return queuedBytes;
    }

    /**
     * Whether a window takes one more batch, behind what is queued for it; one batch is always admitted.
     *
     * @param window what to have in flight at most, not above the limit of the configuration
     */
    public boolean hasRoomFor(int bytes, long window) {
        return !hasWork() || inflight.bytes() + queuedBytes + bytes <= window;
    }

    /** When the oldest batch in flight was first handed over; meaningful while there is one. */
    public long oldestHandedOverAt() {
        PendingAppend head = inflight.head();
        return head == null ? 0 : head.firstHandedOverAt();
    }

    /**
     * @param nowNanos never before that of an earlier call
     * @return what to do, in order; the caller's, to be cleared as well, until the next call
     */
    public List<SessionEffect> on(SessionEvent event, long nowNanos) {
        effects.clear();
        now = nowNanos;
        event.tell(cases);
        return effects;
    }

    /**
     * Ends the session because {@link #on} threw, which is a bug: what is open stays in doubt, and nobody waits for ever.
     *
     * @return what that call had decided before it threw, and the end
     */
    public List<SessionEffect> failInternally(String bug, long nowNanos) {
        now = nowNanos;
        if (!state.isFinal()) {
            finish(new SessionEnd.ProtocolFailed("internal error, please report it: " + bug));
        }
        return effects;
    }

    /** Nanoseconds until a {@link Tick} has something to do, 0 if it is due; Long.MAX_VALUE if only events matter. */
    public long nanosUntilTick(long nowNanos) {
        boolean awaiting = inflight.awaited() > 0;
        long left =
                switch (state) {
                    case CONNECTING, OPEN, RESOLVING -> exchange.untilOverdue(awaiting, nowNanos);
                    case DRAINING -> exchange.untilDrained(awaiting, nowNanos);
                    case CLOSING -> exchange.untilDrained(false, nowNanos);
                    case BACKING_OFF -> retryAt - nowNanos;
                    case RECONCILING -> Deadline.remaining(pageAskedAt, readTimeout, nowNanos);
                    case IDLE, CLOSED, FENCED, FAILED -> Long.MAX_VALUE;
                };
        return Math.max(0, left);
    }

    // ---- events

    /** Which of the methods below an event is for. One of an older exchange, or an older read, changes nothing. */
    private final class Cases implements SessionEvent.Cases {

        @Override
        public void submitted(Submitted submitted) {
            onSubmitted(submitted.append());
        }

        @Override
        public void established(Established established) {
            if (isLive(established.generation())) {
                onEstablished();
            }
        }

        @Override
        public void acked(Acked acked) {
            if (isLive(acked.generation())) {
                onAcked(acked.ack(), acked.reconnectAdvised());
            }
        }

        @Override
        public void advised(Advised advised) {
            if (isLive(advised.generation())) {
                onAdvised();
            }
        }

        @Override
        public void refused(Refused refused) {
            if (isLive(refused.generation())) {
                onRefused(refused.error());
            }
        }

        @Override
        public void ended(Ended ended) {
            if (isLive(ended.generation())) {
                onEnded();
            }
        }

        @Override
        public void broken(Broken broken) {
            if (isLive(broken.generation())) {
                onBroken(broken.failure());
            }
        }

        @Override
        public void pageRead(PageRead read) {
            if (isReading(read.generation())) {
                onPageRead(read.page());
            }
        }

        @Override
        public void readFailed(ReadFailed failed) {
            if (isReading(failed.generation())) {
                onReadFailed(failed.error(), failed.message());
            }
        }

        @Override
        public void tick(Tick tick) {
            onTick();
        }

        @Override
        public void closeRequested(CloseRequested request) {
            closeRequested = true;
            advance();
        }

        @Override
        public void abortRequested(AbortRequested request) {
            if (!state.isFinal()) {
                finish(new SessionEnd.Aborted());
            }
        }
    }

    // ---- the owner

    private void onSubmitted(PendingAppend append) {
        SessionEnd over = end;
        if (over != null || closeRequested) {
            effects.add(new SessionEffect.Fail(append, over == null ? new SessionEnd.Closed() : over, false));
            return;
        }
        if (!hasWork()) {
            failures.workBegins(now);
        }
        queue.addLast(append);
        queuedBytes += append.bytes();
        advance();
    }

    // ---- the exchange

    private void onEstablished() {
        if (state == SessionState.CLOSING) {
            return;
        }
        exchange.signOfLife(now);
        if (state == SessionState.CONNECTING) {
            become(SessionState.OPEN, "the service accepted the exchange");
        }
        advance();
    }

    private void onAcked(AppendAck ack, boolean reconnectAdvised) {
        String wrong = ackOrder.whatIsWrongWith(ack);
        if (wrong != null) {
            discardExchange();
            protocolFailure(wrong);
            return;
        }
        exchange.acked(now);
        PendingAppend settled = settleHead(ack);
        if (settled.inDoubt() && conditions.guarded()) {
            effects.add(new SessionEffect.Reconciled(0, 1));
        }
        if (state == SessionState.CONNECTING) {
            become(SessionState.OPEN, "first ack");
        } else if (state == SessionState.RESOLVING && !inflight.anyInDoubt()) {
            become(SessionState.OPEN, "nothing is in doubt any more");
        }
        if (inflight.awaited() == 0) {
            exchange.rests(now);
        }
        if (reconnectAdvised) {
            onAdvised();
        } else {
            advance();
        }
    }

    private void onAdvised() {
        if (state != SessionState.DRAINING && state != SessionState.CLOSING && advisedMoves.mayMove(now)) {
            drain("the service advised to reconnect");
        }
        advance();
    }

    private void onRefused(ServerError error) {
        discardExchange();
        if (state == SessionState.CLOSING) {
            finish(new SessionEnd.Closed());
            return;
        }
        switch (Verdict.of(error)) {
            case TOKEN_MISMATCH -> onTokenMismatch(error);
            case POSITION_MISMATCH -> onPositionMismatch(error);
            case TARGET_MISSING -> {
                answeredHead(error);
                finish(new SessionEnd.TargetMissing(error));
            }
            case AUTH -> {
                answeredHead(error);
                onAuthRefused(error);
            }
            case CONTENT -> onContentRefused(error);
            case SERVER_DRAINING -> {
                answeredSoleBatch(error);
                onServerDraining(error);
            }
            case TRY_AGAIN -> {
                answeredSoleBatch(error);
                failed(error);
            }
            case OPEN -> {
                inflight.exchangeLost();
                failed(error);
            }
            case STRANGE -> protocolFailure(error.describe());
        }
    }

    /** A final refusal comes behind the acks of everything before it, so it speaks of the head. */
    private void answeredHead(ServerError error) {
        if (!error.noSideEffects()) {
            inflight.exchangeLost();
        } else if (!exchange.isEstablished()) {
            inflight.nothingWritten();
        } else {
            inflight.headNotWritten();
        }
    }

    /** A transient refusal may skip acks, so with several batches out it is not known which one it speaks of. */
    private void answeredSoleBatch(ServerError error) {
        if (!exchange.isEstablished() || inflight.awaited() <= 1) {
            answeredHead(error);
        } else {
            inflight.exchangeLost();
        }
    }

    private void onTokenMismatch(ServerError error) {
        if (!conditions.guarded() || error.tokenMismatch() == null) {
            protocolFailure("a fencing token mismatch, and no token was sent");
            return;
        }
        inflight.headNotWritten();
        if (error.tokenMismatch().isNone()) {
            finish(
                    new SessionEnd.StreamReset(
                            headPosition(),
                            -1,
                            "it has no fence, and we had set one: it was deleted and made again, or somebody cleared the fence"));
        } else {
            finish(new SessionEnd.Fenced(error.tokenMismatch()));
        }
    }

    private void onPositionMismatch(ServerError error) {
        PendingAppend head = inflight.head();
        Long actual = error.seqNumMismatch();
        if (!conditions.guarded() || head == null || inflight.awaited() == 0 || actual == null) {
            protocolFailure("a position mismatch, and no position was sent");
            return;
        }
        long expected = head.expectedSeq();
        if (actual == expected) {
            protocolFailure("a position mismatch that names the position we sent, " + expected);
            return;
        }
        inflight.headNotWritten();
        if (actual < expected) {
            finish(new SessionEnd.StreamReset(expected, actual, "its next position went backwards"));
            return;
        }
        scan = new LandedScan(inflight.everHandedOver(), expected, actual, matcher);
        generation++;
        become(SessionState.RECONCILING, "our position " + expected + " is taken, the stream is at " + actual);
        askForPage();
    }

    private void onAuthRefused(ServerError error) {
        if (hasWork() && failures.believes(error.answer())) {
            finish(new SessionEnd.AuthFailed(error));
        } else {
            failed(error);
        }
    }

    private void onContentRefused(ServerError error) {
        answeredHead(error);
        PendingAppend head = inflight.head();
        if (head == null) {
            failed(error);
        } else if (head.inDoubt() && conditions.guarded()) {
            // This attempt was refused, an earlier one may still land, and no further attempt will ever be accepted to
            // rule
            // that out. A fence with a new token does; behind it the batch is either found or refused without any
            // doubt.
            finish(new SessionEnd.TailMoved(
                    head.expectedSeq(),
                    inflight.doubtFrom(0),
                    "the service refuses (" + error.describe() + ") a batch that an earlier attempt may have written"));
        } else {
            finish(new SessionEnd.Rejected(error));
        }
    }

    private void onServerDraining(ServerError error) {
        if (stopInDoubt(error.describe()) || !advisedMoves.mayMove(now)) {
            failed(error);
        } else if (hasWork()) {
            connect("the server is draining");
        } else {
            rest("the server is draining");
        }
    }

    private void onEnded() {
        discardExchange();
        if (state == SessionState.CLOSING) {
            finish(new SessionEnd.Closed());
        } else if (inflight.awaited() > 0) {
            int open = inflight.awaited();
            inflight.exchangeLost();
            failed("the response ended with " + open + " batches open", null, 0);
        } else if (hasWork()) {
            connect("the exchange ended, there is more to send");
        } else {
            rest("the exchange ended with nothing open");
        }
    }

    private void onBroken(TransportFailure failure) {
        discardExchange();
        if (state == SessionState.CLOSING) {
            finish(new SessionEnd.Closed());
            return;
        }
        switch (failure.kind()) {
            case PROTOCOL -> protocolFailure(failure.message());
            case NOT_CONNECTED -> {
                if (exchange.isEstablished()) {
                    inflight.exchangeLost();
                } else {
                    inflight.notConnected();
                }
                failed(failure.message(), failure.cause(), 0);
            }
            case BROKEN -> {
                inflight.exchangeLost();
                failed(failure.message(), failure.cause(), 0);
            }
        }
    }

    // ---- the read-back

    private void askForPage() {
        LandedScan reading = reading();
        pageAskedAt = now;
        int count = (int) Math.min(MAX_PAGE_RECORDS, reading.to() - reading.next());
        effects.add(new SessionEffect.ReadPage(generation, reading.next(), count));
    }

    private void onPageRead(ReadBatch page) {
        LandedScan reading = reading();
        LandedScan.Finding finding = reading.accept(page);
        if (finding == LandedScan.Finding.UNFINISHED) {
            askForPage();
            return;
        }
        if (finding == LandedScan.Finding.MALFORMED) {
            protocolFailure("the read-back makes no sense: " + reading.detail());
            return;
        }
        settleLanded(reading.landed());
        switch (finding) {
            case ALL_OURS -> goOnBehindLanded(reading.to());
            case NEEDS_CLAIM ->
                finish(new SessionEnd.TailMoved(
                        reading.to(), inflight.doubtFrom(reading.wasComplete() ? reading.to() : 0), reading.detail()));
            case FOREIGN -> finish(new SessionEnd.ForeignWriter(reading.at(), reading.detail()));
            case CONFLICT -> finish(new SessionEnd.IdConflict(reading.at(), reading.detail()));
            case UNFINISHED, MALFORMED -> throw new AssertionError("handled above");
        }
    }

    private void settleLanded(List<LandedScan.Landed> landed) {
        for (LandedScan.Landed found : landed) {
            if (settleHead(found.ack()) != found.append()) {
                throw new AssertionError("landed batches are settled from the head");
            }
        }
        if (!landed.isEmpty()) {
            effects.add(new SessionEffect.Reconciled(landed.size(), 0));
        }
    }

    private PendingAppend settleHead(AppendAck ack) {
        PendingAppend settled = inflight.settleHead();
        ackOrder.durableUpTo(ack.end());
        failures.progress(now);
        effects.add(new SessionEffect.Complete(settled, ack));
        return settled;
    }

    private void goOnBehindLanded(long position) {
        PendingAppend head = inflight.head();
        long expected = head == null ? conditions.next() : head.expectedSeq();
        if (expected != position) {
            throw new AssertionError("everything below " + position + " is ours, and " + expected + " comes next");
        }
        String found = "everything below " + position + " is ours";
        if (policy == RetryPolicy.NO_SIDE_EFFECTS && inflight.anyInDoubt()) {
            stopInDoubt(found);
        } else if (hasWork()) {
            connect(found);
        } else {
            rest(found);
        }
    }

    private void onReadFailed(@Nullable ServerError error, String message) {
        String failure = "read-back failed: " + message;
        if (error == null) {
            failed(failure, null, 0);
            return;
        }
        StreamPosition tail = error.tail();
        if (tail != null && tail.seqNum() < reading().to()) {
            finish(new SessionEnd.StreamReset(
                    reading().to(), tail.seqNum(), "its tail fell below a position the service had named"));
            return;
        }
        switch (Verdict.of(error)) {
            case TARGET_MISSING -> finish(new SessionEnd.TargetMissing(error));
            case AUTH -> onAuthRefused(error);
            case CONTENT -> onReadRefused(error);
            case TOKEN_MISMATCH, POSITION_MISMATCH, STRANGE -> protocolFailure(failure);
            case SERVER_DRAINING, TRY_AGAIN, OPEN -> failed(failure, new S2Exception(error), error.retryAfterMillis());
        }
    }

    /** The next attempt would be refused as well; what the batches came to stays open. */
    private void onReadRefused(ServerError error) {
        finish(
                error.answer() == Answer.KEY_REFUSED
                        ? new SessionEnd.AuthFailed(error)
                        : new SessionEnd.ProtocolFailed(
                                "the read-back of batches in doubt was refused: " + error.describe()));
    }

    // ---- time

    private void onTick() {
        if (nanosUntilTick(now) > 0) {
            return;
        }
        switch (state) {
            case CONNECTING, OPEN, RESOLVING -> onExchangeOverdue();
            case DRAINING -> {
                if (inflight.awaited() > 0) {
                    broken("no ack for " + exchange.silence(now));
                } else {
                    discardExchange();
                    rest("the service did not end the exchange");
                }
            }
            case CLOSING -> {
                discardExchange();
                finish(new SessionEnd.Closed());
            }
            case BACKING_OFF -> connect("attempt " + (failures.attempts() + 1));
            case RECONCILING -> failed("read-back timed out", null, 0);
            case IDLE, CLOSED, FENCED, FAILED -> {}
        }
    }

    private void onExchangeOverdue() {
        if (exchange.isUnanswered(now)) {
            broken("no sign of life from a new exchange for " + exchange.openTimeout());
        } else if (inflight.awaited() > 0) {
            broken("no ack for " + exchange.silence(now));
        } else {
            drain("idle for " + exchange.idleTimeout());
        }
    }

    /** Ends the body; what was sent is still answered. */
    private void drain(String reason) {
        effects.add(new SessionEffect.EndBody(generation));
        exchange.rests(now);
        become(SessionState.DRAINING, reason);
    }

    private void broken(String failure) {
        discardExchange();
        inflight.exchangeLost();
        failed(failure, null, 0);
    }

    // ---- moving on

    /** Does what the state allows with the work there is. */
    private void advance() {
        switch (state) {
            case IDLE -> {
                if (hasWork()) {
                    connect("there is something to send");
                } else if (closeRequested) {
                    finish(new SessionEnd.Closed());
                }
            }
            case CONNECTING, OPEN -> {
                resend(Integer.MAX_VALUE);
                sendFresh();
                if (closeRequested && state == SessionState.OPEN && !hasWork()) {
                    effects.add(new SessionEffect.EndBody(generation));
                    awaitEnd();
                }
            }
            case RESOLVING -> resend(exchange.hasAcked() ? Integer.MAX_VALUE : 1 - inflight.awaited());
            case DRAINING -> {
                if (inflight.awaited() > 0) {
                    return;
                }
                if (hasWork()) {
                    discardExchange();
                    connect("there is something to send");
                } else if (closeRequested) {
                    awaitEnd();
                }
            }
            case BACKING_OFF, RECONCILING, CLOSING, CLOSED, FENCED, FAILED -> {}
        }
    }

    private void connect(String reason) {
        generation++;
        exchange.opened(now);
        scan = null;
        boolean resolve = conditions.guarded() && inflight.anyInDoubt();
        become(resolve ? SessionState.RESOLVING : SessionState.CONNECTING, reason);
        effects.add(new SessionEffect.OpenExchange(generation));
        advance();
    }

    private void resend(int limit) {
        if (limit <= 0 || !inflight.hasUnsent()) {
            return;
        }
        owesFromNow();
        List<PendingAppend> batches = inflight.handOver(generation, limit, now);
        int again = 0;
        for (PendingAppend append : batches) {
            again += append.mayHaveReached() ? 1 : 0;
            effects.add(new SessionEffect.Send(generation, append));
        }
        if (again > 0) {
            effects.add(new SessionEffect.Resent(again));
        }
    }

    private void sendFresh() {
        PendingAppend fresh = queue.peekFirst();
        while (fresh != null && (inflight.isEmpty() || inflight.bytes() + fresh.bytes() <= inflightMaxBytes)) {
            owesFromNow();
            queue.removeFirst();
            queuedBytes -= fresh.bytes();
            inflight.add(fresh, conditions);
            effects.add(new SessionEffect.Send(generation, inflight.handOverLast(generation, now)));
            fresh = queue.peekFirst();
        }
    }

    private void owesFromNow() {
        if (inflight.awaited() == 0) {
            exchange.owes(now);
        }
    }

    private void awaitEnd() {
        exchange.rests(now);
        become(SessionState.CLOSING, "everything is acknowledged");
    }

    /** No exchange and nothing to do. */
    private void rest(String reason) {
        generation++;
        scan = null;
        if (closeRequested) {
            finish(new SessionEnd.Closed());
        } else {
            become(SessionState.IDLE, reason);
        }
    }

    private boolean hasWork() {
        return !inflight.isEmpty() || !queue.isEmpty();
    }

    // ---- failures

    /** What the exchange still owed is open, and the peer does not speak the protocol. */
    private void protocolFailure(String what) {
        inflight.exchangeLost();
        if (failures.believes(Answer.STRANGE) && hasWork()) {
            finish(new SessionEnd.ProtocolFailed(what + " (" + failures.senseless() + " times without progress)"));
        } else {
            failed(what, null, 0);
        }
    }

    private void failed(ServerError error) {
        failed(error.describe(), new S2Exception(error), error.retryAfterMillis(), error.answer() == Answer.BUSY);
    }

    private void failed(String failure, @Nullable Throwable cause, long retryAfterMillis) {
        failed(failure, cause, retryAfterMillis, false);
    }

    /** One failed attempt. The marks of the batches say already what it leaves open. */
    private void failed(String failure, @Nullable Throwable cause, long retryAfterMillis, boolean throttled) {
        if (state.isFinal() || stopInDoubt(failure)) {
            return;
        }
        if (!hasWork()) {
            rest(failure);
            return;
        }
        long delay = failures.pauseAfterFailure(retryAfterMillis, now);
        if (delay <= 0) {
            finish(failures.exhausted(failure, cause, now));
            return;
        }
        generation++;
        scan = null;
        retryAt = now + delay;
        become(SessionState.BACKING_OFF, failure);
        effects.add(new SessionEffect.Retrying(failures.attempts(), delay, failure, throttled));
    }

    private boolean stopInDoubt(String failure) {
        if (policy != RetryPolicy.NO_SIDE_EFFECTS || !inflight.anyInDoubt()) {
            return false;
        }
        finish(new SessionEnd.InDoubt(inflight.countInDoubt() + " of " + inflight.size()
                + " batches in flight may have been written; " + failure));
        return true;
    }

    /** Ends the session: the first reason stands. */
    private void finish(SessionEnd reason) {
        end = reason;
        discardExchange();
        generation++;
        scan = null;
        become(reason.finalState(), reason.describe());
        while (!inflight.isEmpty()) {
            PendingAppend append = inflight.settleHead();
            effects.add(new SessionEffect.Fail(append, reason, append.maybeSent()));
        }
        while (!queue.isEmpty()) {
            effects.add(new SessionEffect.Fail(queue.removeFirst(), reason, false));
        }
        queuedBytes = 0;
        effects.add(new SessionEffect.Finished(reason));
    }

    private void discardExchange() {
        if (exchange.discarded()) {
            effects.add(new SessionEffect.Discard(generation));
        }
    }

    private void become(SessionState next, String reason) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException("a session that is " + state + " cannot become " + next + ": " + reason);
        }
        effects.add(new SessionEffect.StateChanged(state, next, reason));
        state = next;
    }

    // ---- small things

    private boolean isLive(long ofExchange) {
        return ofExchange == generation && state.hasExchange();
    }

    private boolean isReading(long ofRead) {
        return ofRead == generation && state == SessionState.RECONCILING;
    }

    private LandedScan reading() {
        LandedScan reading = scan;
        if (reading == null) {
            throw new AssertionError("no read-back under way in state " + state);
        }
        return reading;
    }

    private long headPosition() {
        PendingAppend head = inflight.head();
        return head == null ? conditions.next() : head.expectedSeq();
    }

    private static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }
}
