package io.fenceline.append.loop;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Cancellable;
import io.fenceline.append.InDoubtException;
import io.fenceline.append.NotAppendedException;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.append.StreamAccess;
import io.fenceline.append.machine.AppendSessionMachine;
import io.fenceline.append.machine.PendingAppend;
import io.fenceline.append.machine.SessionEffect;
import io.fenceline.append.machine.SessionEvent;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session machine with hands: turns calls and transport callbacks into events on the loop, and effects into calls. It decides
 * nothing. Public methods on any thread, everything else on the loop thread.
 */
final class LoopSession implements AppendSession {

    private static final Logger LOG = LoggerFactory.getLogger(AppendSession.class);
    private static final int PAGE_BYTES = 1 << 20;
    private static final long FAILURE_LOG_INTERVAL_NANOS =
            Duration.ofSeconds(30).toNanos();

    private final SessionLoop loop;
    private final StreamAccess stream;
    private final AppendSessionMachine machine;
    private final AppendSessionListener listener;

    private final AtomicLong submittedBytes = new AtomicLong();
    private final AtomicInteger submittedBatches = new AtomicInteger();
    /** Settled and in flight, as the loop last saw them; what was submitted and is neither waits in the queue. */
    private volatile Counts counts;

    private volatile SessionState state = SessionState.IDLE;

    // owned by the loop thread

    private long settledBytes;
    private int settledBatches;
    /** Submitted, and not put in flight yet for want of room or of a turn. */
    private final ArrayDeque<Ticket> waiting = new ArrayDeque<>();

    private final SessionEffect.Cases hands = new Hands();

    private final InflightBudget.Account inflight;
    private @Nullable AppendExchange exchange;
    private long exchangeGeneration;
    private @Nullable Cancellable timer;
    private long timerDue;
    private boolean failureLogged;
    private long failureLoggedAt;
    private int failuresInRow;

    /** The session is over, and its owner was not told yet. */
    private @Nullable SessionEnd untold;

    private record Counts(
            long settledBytes,
            int settledBatches,
            long inflightBytes,
            int inflightBatches,
            long oldestAt,
            long windowBytes) {}

    LoopSession(
            SessionLoop loop,
            StreamAccess stream,
            AppendSessionMachine machine,
            int inflightMaxBytes,
            AppendSessionListener listener) {
        this.loop = loop;
        this.stream = stream;
        this.machine = machine;
        this.listener = listener;
        this.inflight = loop.budget().open(loop.now(), inflightMaxBytes, this::onTurn);
        this.counts = new Counts(0, 0, 0, 0, 0, Math.min(FIRST_WINDOW_BYTES, inflightMaxBytes));
    }

    // ---- any thread

    @Override
    public CompletableFuture<AppendAck> submit(AppendBatch batch) {
        if (batch.isEmpty() || batch.isFrozen()) {
            throw new IllegalArgumentException("a batch to append has records and is not frozen: " + batch);
        }
        Ticket ticket = new Ticket(batch);
        submittedBytes.addAndGet(ticket.bytes);
        submittedBatches.incrementAndGet();
        if (!loop.offer(() -> enqueue(ticket))) {
            submittedBytes.addAndGet(-ticket.bytes);
            submittedBatches.decrementAndGet();
            ticket.future.completeExceptionally(new NotAppendedException(new SessionEnd.Aborted(), null));
        }
        return ticket.future;
    }

    @Override
    public long inflightBytes() {
        return counts.inflightBytes();
    }

    @Override
    public int inflightBatches() {
        return counts.inflightBatches();
    }

    @Override
    public long windowBytes() {
        return counts.windowBytes();
    }

    @Override
    public long queuedBytes() {
        Counts seen = counts;
        return Math.max(0, submittedBytes.get() - seen.settledBytes() - seen.inflightBytes());
    }

    @Override
    public int queuedBatches() {
        Counts seen = counts;
        return Math.max(0, submittedBatches.get() - seen.settledBatches() - seen.inflightBatches());
    }

    @Override
    public Duration oldestInflightAge() {
        Counts seen = counts;
        return seen.inflightBatches() == 0
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(0, loop.now() - seen.oldestAt()));
    }

    @Override
    public SessionState state() {
        return state;
    }

    @Override
    public void close() {
        loop.offer(() -> {
            startAll();
            handle(new SessionEvent.CloseRequested());
        });
    }

    @Override
    public void abort() {
        post(new SessionEvent.AbortRequested());
    }

    @Override
    public String toString() {
        return "AppendSession[" + stream.name() + ", " + state + "]";
    }

    private boolean post(SessionEvent event) {
        return loop.offer(() -> handle(event));
    }

    // ---- loop thread

    void abortNow() {
        handle(new SessionEvent.AbortRequested());
    }

    private void enqueue(Ticket ticket) {
        waiting.addLast(ticket);
        takeTurns();
    }

    private void onTurn() {
        startNext();
        takeTurns();
    }

    private void startNext() {
        Ticket next = waiting.pollFirst();
        if (next != null) {
            next.departure = inflight.departs(loop.now());
            apply(new SessionEvent.Submitted(next));
        }
    }

    /** The session is about to end, or has: what waits learns its fate from the machine, in order. */
    private void startAll() {
        while (!waiting.isEmpty()) {
            startNext();
        }
    }

    private void takeTurns() {
        if (machine.state().isFinal()) {
            startAll();
            tellEnd();
        }
        long now = loop.now();
        boolean trouble = isTrouble(machine.state());
        inflight.holds(now, trouble ? 0 : machine.inflightBytes() + machine.queuedBytes());
        Ticket next = waiting.peekFirst();
        if (next != null) {
            if (machine.hasRoomFor(next.bytes, inflight.window())) {
                inflight.wants();
            } else if (!trouble) {
                inflight.isFull(now);
            }
        }
        loop.giveTurns();
    }

    private void handle(SessionEvent event) {
        apply(event);
        takeTurns();
    }

    private void apply(SessionEvent event) {
        List<SessionEffect> effects = decide(event);
        for (SessionEffect effect : effects) {
            effect.tell(hands);
        }
        // an acknowledged batch would be kept until the next event, which for an idle session is far away
        effects.clear();
        counts = new Counts(
                settledBytes,
                settledBatches,
                machine.inflightBytes(),
                machine.inflightBatches(),
                machine.oldestHandedOverAt(),
                inflight.window());
        armTimer();
    }

    private List<SessionEffect> decide(SessionEvent event) {
        try {
            return machine.on(event, loop.now());
        } catch (RuntimeException | AssertionError e) {
            LOG.error("{}: the session's logic failed in state {}", stream.name(), machine.state(), e);
            return machine.failInternally(e.toString(), loop.now());
        }
    }

    /** Does each effect. */
    private final class Hands implements SessionEffect.Cases {

        @Override
        public void openExchange(SessionEffect.OpenExchange open) {
            open(open.generation());
        }

        @Override
        public void send(SessionEffect.Send send) {
            handOver(send.generation(), send.append());
        }

        @Override
        public void endBody(SessionEffect.EndBody body) {
            if (exchange != null && exchangeGeneration == body.generation()) {
                contain("end the exchange", exchange::end);
            }
        }

        @Override
        public void discard(SessionEffect.Discard discard) {
            cut(discard.generation());
        }

        @Override
        public void readPage(SessionEffect.ReadPage page) {
            read(page.generation(), page.seqNum(), page.count());
        }

        @Override
        public void complete(SessionEffect.Complete complete) {
            Ticket ticket = settled(complete.append());
            InflightBudget.Departure departure = ticket.departure;
            if (departure != null) {
                inflight.acknowledged(loop.now(), ticket.bytes, departure);
            }
            ticket.future.complete(complete.ack());
        }

        @Override
        public void fail(SessionEffect.Fail fail) {
            Ticket ticket = settled(fail.append());
            ticket.future.completeExceptionally(
                    fail.inDoubt()
                            ? new InDoubtException(fail.end(), fail.end().cause())
                            : new NotAppendedException(fail.end(), fail.end().cause()));
        }

        @Override
        public void stateChanged(SessionEffect.StateChanged changed) {
            onStateChanged(changed);
        }

        @Override
        public void retrying(SessionEffect.Retrying retrying) {
            onRetrying(retrying);
        }

        @Override
        public void resent(SessionEffect.Resent resent) {
            contain("tell of a resend", () -> listener.onResent(resent.batches()));
        }

        @Override
        public void reconciled(SessionEffect.Reconciled reconciled) {
            LOG.info(
                    "{}: {} batches of a broken exchange had landed, {} had not",
                    stream.name(),
                    reconciled.landed(),
                    reconciled.lost());
            contain("tell of settled batches", () -> listener.onReconciled(reconciled.landed(), reconciled.lost()));
        }

        @Override
        public void finished(SessionEffect.Finished finished) {
            loop.forget(LoopSession.this);
            untold = finished.end();
        }
    }

    private void open(long generation) {
        exchangeGeneration = generation;
        try {
            exchange = stream.openAppend(new Relay(generation));
        } catch (RuntimeException e) {
            exchange = null;
            TransportFailure failure = new TransportFailure(
                    TransportFailure.Kind.NOT_CONNECTED, "no exchange could be opened: " + e.getMessage(), e);
            post(new SessionEvent.Broken(generation, failure));
        }
    }

    private void handOver(long generation, PendingAppend append) {
        AppendExchange to = exchange;
        if (to == null || exchangeGeneration != generation) {
            return; // it could not be opened, which the machine is about to be told
        }
        try {
            to.send(append.batch());
        } catch (RuntimeException e) {
            TransportFailure failure = new TransportFailure(
                    TransportFailure.Kind.BROKEN, "the transport failed to take a batch: " + e.getMessage(), e);
            post(new SessionEvent.Broken(generation, failure));
        }
    }

    private void cut(long generation) {
        AppendExchange old = exchange;
        if (old != null && exchangeGeneration == generation) {
            exchange = null;
            contain("discard the exchange", old::abort);
        }
    }

    private void read(long generation, long seqNum, int count) {
        CompletableFuture<ReadBatch> answer;
        try {
            answer = stream.read(seqNum, count, PAGE_BYTES);
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        answer.whenComplete((read, failure) ->
                post(failure == null ? new SessionEvent.PageRead(generation, read) : readFailed(generation, failure)));
    }

    private static SessionEvent readFailed(long generation, Throwable failure) {
        S2Exception cause = S2Exception.from(failure);
        return new SessionEvent.ReadFailed(generation, cause.serverError(), String.valueOf(cause.getMessage()));
    }

    private Ticket settled(PendingAppend append) {
        Ticket ticket = (Ticket) append;
        settledBytes += ticket.bytes;
        settledBatches++;
        ticket.batch().release();
        return ticket;
    }

    private void onStateChanged(SessionEffect.StateChanged changed) {
        state = changed.to();
        if (changed.to() == SessionState.OPEN) {
            failuresInRow = 0;
        }
        if (isNews(changed)) {
            LOG.info("{}: {} -> {}: {}", stream.name(), changed.from(), changed.to(), changed.reason());
        } else {
            LOG.debug("{}: {} -> {}: {}", stream.name(), changed.from(), changed.to(), changed.reason());
        }
        contain("tell of a state", () -> listener.onStateChanged(changed.from(), changed.to(), changed.reason()));
    }

    /** Connecting on demand, resting and being aborted by the owner are routine; so is the tenth attempt of an outage. */
    private boolean isNews(SessionEffect.StateChanged changed) {
        return (isTrouble(changed.from()) || isTrouble(changed.to()))
                && (failuresInRow <= 1 || changed.to().isFinal());
    }

    private static boolean isTrouble(SessionState state) {
        return switch (state) {
            case RESOLVING, RECONCILING, BACKING_OFF, FENCED, FAILED -> true;
            case IDLE, CONNECTING, OPEN, DRAINING, CLOSING, CLOSED -> false;
        };
    }

    /** The first failure is told at once, further ones at most twice a minute. */
    private void onRetrying(SessionEffect.Retrying retrying) {
        Duration delay = Duration.ofNanos(retrying.delayNanos());
        long now = loop.now();
        failuresInRow = retrying.attempt();
        if (!failureLogged || now - failureLoggedAt >= FAILURE_LOG_INTERVAL_NANOS) {
            LOG.warn(
                    "{}: failure {} since the last progress, next attempt in {} ms: {}",
                    stream.name(),
                    retrying.attempt(),
                    delay.toMillis(),
                    retrying.failure());
            failureLogged = true;
            failureLoggedAt = now;
        }
        contain("tell of a retry", () -> listener.onRetry(retrying.attempt(), delay, retrying.failure()));
        if (retrying.throttled()) {
            contain("tell of a throttled attempt", listener::onThrottled);
        }
    }

    /** Behind the tickets of what waited for its turn. */
    private void tellEnd() {
        SessionEnd end = untold;
        if (end != null) {
            untold = null;
            contain("tell of the end", () -> listener.onFinished(end));
        }
    }

    /** A timer that is early only finds nothing to do, so one is kept while the next deadline moves away from it. */
    private void armTimer() {
        long now = loop.now();
        long left = machine.nanosUntilTick(now);
        if (left == Long.MAX_VALUE) {
            return;
        }
        Cancellable armed = timer;
        if (armed != null) {
            if (timerDue - now <= left) {
                return;
            }
            armed.cancel();
        }
        timerDue = now + left;
        timer = loop.scheduleFromLoop(left, this::onTimer);
    }

    private void onTimer() {
        timer = null;
        handle(new SessionEvent.Tick());
    }

    private void contain(String what, Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error e) {
            LOG.error("{}: failed to {}", stream.name(), what, e);
        }
    }

    private static final class Ticket extends PendingAppend {
        final int bytes;
        final CompletableFuture<AppendAck> future = new CompletableFuture<>();
        /** Loop thread; null until it was started. */
        InflightBudget.@Nullable Departure departure;

        Ticket(AppendBatch batch) {
            super(batch);
            this.bytes = batch.meteredBytes();
        }
    }

    /** Transport threads only post. */
    private final class Relay implements AppendExchange.Listener {
        private final long generation;

        Relay(long generation) {
            this.generation = generation;
        }

        @Override
        public void onEstablished() {
            post(new SessionEvent.Established(generation));
        }

        @Override
        public void onAck(AppendAck ack, boolean reconnectAdvised) {
            post(new SessionEvent.Acked(generation, ack, reconnectAdvised));
        }

        @Override
        public void onReconnectAdvised() {
            post(new SessionEvent.Advised(generation));
        }

        @Override
        public void onRejected(ServerError error) {
            post(new SessionEvent.Refused(generation, error));
        }

        @Override
        public void onEnded() {
            post(new SessionEvent.Ended(generation));
        }

        @Override
        public void onBroken(TransportFailure failure) {
            post(new SessionEvent.Broken(generation, failure));
        }
    }
}
