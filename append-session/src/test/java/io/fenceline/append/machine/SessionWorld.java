package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A session machine, a network that misbehaves on order, and a model stream, all on a manual clock. Everything that crosses
 * the wire is an event with a number; a {@link Fault} says what goes wrong at which number. When the session asks for a new
 * claim, the world makes one, as a lane would: new token, watermark read below the fence, the rest submitted again.
 */
final class SessionWorld {

    enum EventKind {
        CONNECT,
        REQUEST,
        REPLY,
        READ
    }

    enum FaultKind {
        REFUSED(EventKind.CONNECT),
        NO_ANSWER_LOST(EventKind.CONNECT),
        NO_ANSWER_APPLIED(EventKind.CONNECT),
        PREFLIGHT_429(EventKind.CONNECT),
        PREFLIGHT_503(EventKind.CONNECT),
        PREFLIGHT_401(EventKind.CONNECT),
        ADVICE_BEFORE_CONSENT(EventKind.CONNECT),

        DROP_REQUEST(EventKind.REQUEST),
        SILENT_LOST(EventKind.REQUEST),
        LATE_BY_2(EventKind.REQUEST),
        LATE_BY_5(EventKind.REQUEST),
        LATE_AT_END(EventKind.REQUEST),
        DUPLICATE_NOW(EventKind.REQUEST),
        DUPLICATE_AT_END(EventKind.REQUEST),
        COMMAND(EventKind.REQUEST),
        TRIM_EVERYTHING(EventKind.REQUEST),
        TRIM_EVERYTHING_BEHIND(EventKind.REQUEST),
        FOREIGN(EventKind.REQUEST),
        FENCED_BY_OTHER(EventKind.REQUEST),
        RECREATED(EventKind.REQUEST),
        ERROR_429(EventKind.REQUEST),
        ERROR_429_UNPOISONED(EventKind.REQUEST),
        ERROR_500_LOST(EventKind.REQUEST),
        ERROR_500_APPLIED(EventKind.REQUEST),
        ERROR_DRAINING(EventKind.REQUEST),
        ERROR_422(EventKind.REQUEST),
        ERROR_401(EventKind.REQUEST),
        ERROR_404(EventKind.REQUEST),
        ERROR_STRANGE_APPLIED(EventKind.REQUEST),

        DROP_REPLY(EventKind.REPLY),
        DROP_REPLY_REST_LANDS(EventKind.REPLY),
        SILENT_APPLIED(EventKind.REPLY),
        CUT_REPLY(EventKind.REPLY),
        ENDED_EARLY(EventKind.REPLY),
        WRONG_COUNT(EventKind.REPLY),
        WRONG_START(EventKind.REPLY),
        ACK_TWICE(EventKind.REPLY),
        STALE_ACK(EventKind.REPLY),
        ADVICE(EventKind.REPLY),
        ADVICE_BEFORE_ACK(EventKind.REPLY),

        READ_FAILS(EventKind.READ),
        READ_HANGS(EventKind.READ),
        READ_404(EventKind.READ),
        READ_ONE_BY_ONE(EventKind.READ);

        final EventKind at;

        FaultKind(EventKind at) {
            this.at = at;
        }

        /** Faults a guarded session gets over by itself. */
        boolean isTransient() {
            return switch (this) {
                case COMMAND,
                        TRIM_EVERYTHING,
                        TRIM_EVERYTHING_BEHIND,
                        FOREIGN,
                        FENCED_BY_OTHER,
                        RECREATED,
                        ERROR_422,
                        ERROR_401,
                        PREFLIGHT_401,
                        ERROR_404,
                        READ_404 -> false;
                default -> true;
            };
        }
    }

    record Fault(int event, FaultKind kind) {}

    /** How the world behaves between faults. */
    record Weather(boolean requestsFirst, boolean bytesOutliveTheExchange, int window) {}

    /** One batch and what its submitter was told. */
    static final class Ticket extends PendingAppend {
        final int firstId;
        final int records;
        byte @Nullable [] sentBytes;

        @Nullable
        AppendAck ack;

        @Nullable
        SessionEnd failure;

        boolean inDoubt;
        /** The next claim found it in the stream. */
        boolean foundByClaim;

        Ticket(int firstId, int records) {
            super(NumberedBatches.of(firstId, records));
            this.firstId = firstId;
            this.records = records;
        }

        boolean isDone() {
            return ack != null || failure != null;
        }
    }

    /** One exchange as the network and the server see it. */
    private static final class Wire {
        final long generation;
        final ArrayDeque<AppendBatch> requests = new ArrayDeque<>();
        /** All bytes that reached the server, also those of batches it refused or ignored: a replay plays every one of them. */
        final List<AppendBatch> received = new ArrayList<>();
        /** Refused here, with the promise that nothing of them was written. */
        final Set<AppendBatch> promisedUnwritten = identitySet();

        final ArrayDeque<Object> replies = new ArrayDeque<>();
        boolean connected;
        boolean poisoned;
        boolean discarded;
        boolean silent;
        boolean swallowing;
        boolean holdingBytes;
        boolean bodyEnded;
        boolean endQueued;
        boolean keepsStaleAcks;
        final List<AppendAck> staleAcks = new ArrayList<>();
        /** Where the next batch of this exchange has to go; negative before the first. */
        long nextSeq = -1;

        Wire(long generation) {
            this.generation = generation;
        }
    }

    private record Late(int dueEvent, Wire wire) {}

    /** The bytes of an exchange up to now, to be played a second time on an exchange of their own. */
    private record Replay(List<AppendBatch> bytes, Set<AppendBatch> promisedUnwritten) {
        static Replay of(Wire wire) {
            return new Replay(List.copyOf(wire.received), wire.promisedUnwritten);
        }
    }

    private static <T> Set<T> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private static final int NEVER = Integer.MAX_VALUE;
    private static final int RUNAWAY = 2_000;

    final List<EventKind> trace = new ArrayList<>();
    final List<String> log = new ArrayList<>();
    final List<Ticket> tickets = new ArrayList<>();
    final TargetStream stream;
    int effectiveFaults;
    int claims;
    int landedByReadBack;
    /** Answers that make no sense, told to the session since it last made progress. */
    int senselessSinceProgress;

    @Nullable
    SessionEnd end;
    /** The claim found positions it could not read: the lane would stop here. */
    boolean watermarkUnknown;
    /** Positions no claim could read, where the session said that nothing of it could have stood. */
    int holesThatDidNotMatter;

    private final RetryPolicy policy;
    private final boolean guarded;
    private final Weather weather;
    private final List<Fault> faults;
    private final DoubleSupplier random;

    private AppendSessionMachine machine;
    private final Map<Long, Wire> wires = new LinkedHashMap<>();
    private final ArrayDeque<SessionEffect.ReadPage> reads = new ArrayDeque<>();
    private final List<Late> late = new ArrayList<>();
    private final List<Replay> replays = new ArrayList<>();
    /**
     * Refused with the promise that nothing was written, and written when the same bytes came a second time. What its
     * submitter was told is what the service had said; no client can know better.
     */
    private final Set<AppendBatch> writtenAgainstThePromise = identitySet();

    private long now = 1_000_000_000L;
    private boolean oneByOne;
    private boolean finishedTold;
    private int owners;
    /** Behind the last claim's fence, and the last of our records below it. */
    private long claimedUpTo;

    private int claimedId = -1;

    SessionWorld(RetryPolicy policy, boolean guarded, Weather weather, List<Fault> faults, DoubleSupplier random) {
        this.policy = policy;
        this.guarded = guarded;
        this.weather = weather;
        this.faults = faults;
        this.random = random;
        FencingToken token = guarded ? new FencingToken("owner-0") : FencingToken.NONE;
        this.stream = new TargetStream(token, 3);
        this.claimedUpTo = stream.tail();
        this.machine = newMachine(token);
    }

    private AppendSessionMachine newMachine(FencingToken token) {
        Guard guard = guarded ? new Guard(token, stream.tail()) : null;
        AppendSessionConfig config = new AppendSessionConfig(
                policy,
                guard,
                weather.window(),
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null));
        return new AppendSessionMachine(config, RecordMatcher.exact(), random);
    }

    // ---- what a test does

    void submit(int firstId, int records) {
        Ticket ticket = new Ticket(firstId, records);
        tickets.add(ticket);
        feed(new SessionEvent.Submitted(ticket));
    }

    void close() {
        feed(new SessionEvent.CloseRequested());
    }

    void feed(SessionEvent event) {
        perform(new ArrayList<>(machine.on(event, now)));
    }

    /** Lets everything happen until the session is over, then lets everything that is still on its way land. */
    void run() {
        int steps = 0;
        while (end == null) {
            step();
            if (++steps > RUNAWAY) {
                throw new AssertionError("does not come to an end");
            }
        }
        landEverything();
    }

    void landEverything() {
        for (Wire wire : wires.values()) {
            if (wire.holdingBytes || weather.bytesOutliveTheExchange()) {
                drain(wire);
            }
        }
        for (Replay replay : replays) {
            replay(replay);
        }
    }

    /** Next wire event, or, if the wire is quiet, the next deadline. */
    void step() {
        releaseLate();
        if (!reads.isEmpty()) {
            deliverRead();
            return;
        }
        for (Wire wire : wires.values()) {
            if (!wire.connected && !wire.discarded && !wire.silent) {
                connect(wire);
                return;
            }
        }
        if (weather.requestsFirst() ? deliverRequest() || deliverReply() : deliverReply() || deliverRequest()) {
            return;
        }
        advanceClock();
    }

    /** False when only the submitter can make anything happen. */
    boolean hasSomethingToDo() {
        return machine.state() != SessionState.IDLE;
    }

    private void advanceClock() {
        long wait = machine.nanosUntilTick(now);
        if (wait == Long.MAX_VALUE) {
            throw new AssertionError("stuck in " + machine.state() + ", nothing will ever happen");
        }
        now += wait;
        feed(new SessionEvent.Tick());
    }

    // ---- the wire

    private @Nullable FaultKind nextEvent(EventKind kind) {
        int number = trace.size();
        trace.add(kind);
        for (Fault fault : faults) {
            if (fault.event() == number && fault.kind().at == kind) {
                effectiveFaults++;
                log.add("#" + number + " " + fault.kind());
                return fault.kind();
            }
        }
        return null;
    }

    private void connect(Wire wire) {
        FaultKind fault = nextEvent(EventKind.CONNECT);
        wire.connected = true;
        if (fault == null) {
            tell(wire, new SessionEvent.Established(wire.generation));
            return;
        }
        switch (fault) {
            case REFUSED -> {
                wire.requests.clear();
                tell(
                        wire,
                        new SessionEvent.Broken(
                                wire.generation, failure(TransportFailure.Kind.NOT_CONNECTED, "connection refused")));
            }
            case NO_ANSWER_LOST -> swallow(wire);
            case NO_ANSWER_APPLIED -> {
                wire.silent = true;
                wire.holdingBytes = true;
                drain(wire);
            }
            case PREFLIGHT_429 -> preflight(wire, ServerError.of(429, "rate_limited", ""));
            case PREFLIGHT_503 -> preflight(wire, ServerError.of(503, "unavailable", ""));
            case PREFLIGHT_401 -> preflight(wire, ServerError.of(401, "authn", ""));
            case ADVICE_BEFORE_CONSENT -> {
                tell(wire, new SessionEvent.Advised(wire.generation));
                tell(wire, new SessionEvent.Established(wire.generation));
            }
            default -> throw new AssertionError(fault);
        }
    }

    /** From here on nothing arrives in either direction: where bytes of an exchange are lost, none behind them get through. */
    private static void swallow(Wire wire) {
        wire.requests.clear();
        wire.swallowing = true;
        wire.silent = true;
    }

    private void preflight(Wire wire, ServerError error) {
        wire.requests.clear();
        wire.poisoned = true;
        tell(wire, new SessionEvent.Refused(wire.generation, error));
    }

    private boolean deliverRequest() {
        for (Wire wire : wires.values()) {
            if (!wire.requests.isEmpty() && wire.connected && !wire.holdingBytes) {
                request(wire);
                return true;
            }
            if (wire.bodyEnded && !wire.endQueued && !wire.silent && !wire.poisoned && wire.requests.isEmpty()) {
                wire.endQueued = true;
                wire.replies.add(new SessionEvent.Ended(wire.generation));
                return true;
            }
        }
        return false;
    }

    private void request(Wire wire) {
        FaultKind fault = nextEvent(EventKind.REQUEST);
        AppendBatch batch = wire.requests.removeFirst();
        if (fault == null) {
            serve(wire, batch);
            return;
        }
        switch (fault) {
            case DROP_REQUEST -> {
                wire.requests.clear();
                breakClient(wire);
            }
            case SILENT_LOST -> swallow(wire);
            case LATE_BY_2 -> hold(wire, batch, trace.size() + 2);
            case LATE_BY_5 -> hold(wire, batch, trace.size() + 5);
            case LATE_AT_END -> hold(wire, batch, NEVER);
            case DUPLICATE_NOW -> {
                serve(wire, batch);
                replay(Replay.of(wire));
            }
            case DUPLICATE_AT_END -> {
                serve(wire, batch);
                replays.add(Replay.of(wire));
            }
            case COMMAND -> {
                stream.command();
                serve(wire, batch);
            }
            case TRIM_EVERYTHING -> {
                stream.trimEverything();
                serve(wire, batch);
            }
            case TRIM_EVERYTHING_BEHIND -> {
                serve(wire, batch);
                stream.trimEverything();
                breakClient(wire);
            }
            case FOREIGN -> {
                stream.foreign();
                serve(wire, batch);
            }
            case FENCED_BY_OTHER -> {
                stream.fence(new FencingToken("other"));
                serve(wire, batch);
            }
            case RECREATED -> {
                stream.recreate();
                serve(wire, batch);
            }
            case ERROR_429 -> refuse(wire, batch, ServerError.of(429, "rate_limited", ""));
            case ERROR_429_UNPOISONED -> {
                refuse(wire, batch, ServerError.of(429, "rate_limited", ""));
                wire.poisoned = false;
                drain(wire);
            }
            case ERROR_500_LOST -> refuse(wire, batch, ServerError.of(500, "storage", ""));
            case ERROR_500_APPLIED -> applyAndRefuse(wire, batch, ServerError.of(500, "storage", ""));
            case ERROR_DRAINING -> refuse(wire, batch, ServerError.of(503, "server_draining", ""));
            case ERROR_422 -> refuse(wire, batch, ServerError.of(422, "invalid", ""));
            case ERROR_401 -> refuse(wire, batch, ServerError.of(401, "authn", ""));
            case ERROR_404 -> refuse(wire, batch, ServerError.of(404, "stream_not_found", ""));
            case ERROR_STRANGE_APPLIED -> applyAndRefuse(wire, batch, ServerError.of(418, "", "teapot"));
            default -> throw new AssertionError(fault);
        }
    }

    private void serve(Wire wire, AppendBatch batch) {
        wire.received.add(batch);
        if (wire.poisoned) {
            return;
        }
        Object answer = stream.append(batch);
        if (answer instanceof AppendAck ack) {
            reply(wire, new SessionEvent.Acked(wire.generation, ack, false));
        } else {
            wire.poisoned = true;
            reply(wire, new SessionEvent.Refused(wire.generation, (ServerError) answer));
        }
    }

    private void refuse(Wire wire, AppendBatch batch, ServerError error) {
        wire.received.add(batch);
        if (error.noSideEffects() && !wire.poisoned) {
            wire.promisedUnwritten.add(batch);
        }
        wire.poisoned = true;
        reply(wire, new SessionEvent.Refused(wire.generation, error));
    }

    private void applyAndRefuse(Wire wire, AppendBatch batch, ServerError error) {
        if (!wire.poisoned) {
            stream.append(batch);
        }
        refuse(wire, batch, error);
    }

    private static void reply(Wire wire, SessionEvent event) {
        if (!wire.silent && !wire.discarded) {
            wire.replies.add(event);
        }
    }

    /** Lets the server have everything this exchange was given, without telling the client. */
    private void drain(Wire wire) {
        while (!wire.requests.isEmpty()) {
            AppendBatch batch = wire.requests.removeFirst();
            wire.received.add(batch);
            if (!wire.poisoned && !(stream.append(batch) instanceof AppendAck)) {
                wire.poisoned = true;
            }
        }
    }

    private void replay(Replay replay) {
        for (AppendBatch batch : replay.bytes()) {
            if (!(stream.append(batch) instanceof AppendAck)) {
                return;
            }
            if (replay.promisedUnwritten().contains(batch)) {
                writtenAgainstThePromise.add(batch);
            }
        }
    }

    private void hold(Wire wire, AppendBatch first, int dueEvent) {
        wire.requests.addFirst(first);
        wire.holdingBytes = true;
        if (dueEvent != NEVER) {
            late.add(new Late(dueEvent, wire));
        }
        breakClient(wire);
    }

    private void releaseLate() {
        for (Late one : List.copyOf(late)) {
            if (trace.size() >= one.dueEvent()) {
                late.remove(one);
                drain(one.wire());
            }
        }
    }

    private boolean deliverReply() {
        for (Wire wire : wires.values()) {
            if (!wire.replies.isEmpty() && !wire.discarded) {
                deliver(wire, (SessionEvent) wire.replies.removeFirst());
                return true;
            }
        }
        return false;
    }

    private void deliver(Wire wire, SessionEvent event) {
        if (event instanceof SessionEvent.Refused refused && Verdict.of(refused.error()) == Verdict.STRANGE) {
            tellSenseless(wire, event);
            return;
        }
        if (!(event instanceof SessionEvent.Acked acked)) {
            tell(wire, event);
            return;
        }
        FaultKind fault = nextEvent(EventKind.REPLY);
        AppendAck ack = acked.ack();
        if (fault == null) {
            tell(wire, event);
            return;
        }
        switch (fault) {
            case DROP_REPLY -> {
                wire.requests.clear();
                breakClient(wire);
            }
            case DROP_REPLY_REST_LANDS -> {
                drain(wire);
                breakClient(wire);
            }
            case SILENT_APPLIED -> {
                wire.silent = true;
                wire.replies.clear();
                drain(wire);
            }
            case CUT_REPLY ->
                tellSenseless(
                        wire,
                        new SessionEvent.Broken(
                                wire.generation, failure(TransportFailure.Kind.PROTOCOL, "half a frame")));
            case ENDED_EARLY -> tell(wire, new SessionEvent.Ended(wire.generation));
            case WRONG_COUNT ->
                tellSenseless(
                        wire,
                        new SessionEvent.Acked(
                                wire.generation,
                                new AppendAck(
                                        ack.start(),
                                        new StreamPosition(ack.end().seqNum() + 1, 0),
                                        ack.tail()),
                                false));
            case WRONG_START ->
                tellSenseless(
                        wire,
                        new SessionEvent.Acked(
                                wire.generation,
                                new AppendAck(
                                        new StreamPosition(ack.start().seqNum() + 1, 0),
                                        new StreamPosition(ack.end().seqNum() + 1, 0),
                                        ack.tail()),
                                false));
            case ACK_TWICE -> {
                tell(wire, event);
                tellSenseless(wire, event);
            }
            case STALE_ACK -> {
                wire.silent = true;
                wire.keepsStaleAcks = true;
                wire.staleAcks.add(ack);
                for (Object reply : wire.replies) {
                    if (reply instanceof SessionEvent.Acked other) {
                        wire.staleAcks.add(other.ack());
                    }
                }
                wire.replies.clear();
            }
            case ADVICE -> tell(wire, new SessionEvent.Acked(wire.generation, ack, true));
            case ADVICE_BEFORE_ACK -> {
                tell(wire, new SessionEvent.Advised(wire.generation));
                tell(wire, event);
            }
            default -> throw new AssertionError(fault);
        }
    }

    private void deliverRead() {
        SessionEffect.ReadPage read = reads.removeFirst();
        FaultKind fault = nextEvent(EventKind.READ);
        if (fault == FaultKind.READ_ONE_BY_ONE) {
            oneByOne = true;
            fault = null;
        }
        if (fault == null) {
            Object answer = stream.read(read.seqNum(), oneByOne ? 1 : read.count());
            feed(
                    answer instanceof ReadBatch page
                            ? new SessionEvent.PageRead(read.generation(), page)
                            : new SessionEvent.ReadFailed(read.generation(), (ServerError) answer, "416"));
            return;
        }
        switch (fault) {
            case READ_FAILS -> feed(new SessionEvent.ReadFailed(read.generation(), null, "reset"));
            case READ_HANGS -> log.add("the read hangs");
            case READ_404 ->
                feed(new SessionEvent.ReadFailed(
                        read.generation(), ServerError.of(404, "stream_not_found", ""), "404"));
            default -> throw new AssertionError(fault);
        }
    }

    private void breakClient(Wire wire) {
        tell(wire, new SessionEvent.Broken(wire.generation, failure(TransportFailure.Kind.BROKEN, "reset")));
    }

    private void tell(Wire wire, SessionEvent event) {
        if (!wire.discarded) {
            feed(event);
        }
    }

    /** Something no server that speaks the protocol says. The count is the world's own, the session's must be the same. */
    private void tellSenseless(Wire wire, SessionEvent event) {
        if (wire.discarded) {
            return;
        }
        senselessSinceProgress++;
        AppendSessionMachine told = machine;
        feed(event);
        if (senselessSinceProgress >= RefusalCount.STRANGE_ANSWERS
                && (told.inflightBatches() > 0 || told.queuedBytes() > 0)) {
            throw new AssertionError(senselessSinceProgress
                    + " senseless answers without progress, and the session goes on: " + told.state());
        }
    }

    private static TransportFailure failure(TransportFailure.Kind kind, String message) {
        return new TransportFailure(kind, message, null);
    }

    // ---- what the machine wants

    private void perform(List<SessionEffect> effects) {
        for (SessionEffect effect : effects) {
            if (finishedTold && !(effect instanceof SessionEffect.Fail)) {
                throw new AssertionError(effect + " after the end");
            }
            perform(effect);
        }
    }

    private void perform(SessionEffect effect) {
        if (effect instanceof SessionEffect.OpenExchange open) {
            wires.put(key(open.generation()), new Wire(open.generation()));
            tellStaleAcks();
        } else if (effect instanceof SessionEffect.Send send) {
            send((Ticket) send.append(), wire(send.generation()));
        } else if (effect instanceof SessionEffect.EndBody body) {
            wire(body.generation()).bodyEnded = true;
        } else if (effect instanceof SessionEffect.Discard discard) {
            discard(wire(discard.generation()));
        } else if (effect instanceof SessionEffect.ReadPage read) {
            reads.add(read);
        } else if (effect instanceof SessionEffect.Complete complete) {
            completed((Ticket) complete.append(), complete.ack());
        } else if (effect instanceof SessionEffect.Fail fail) {
            failed((Ticket) fail.append(), fail.end(), fail.inDoubt());
        } else if (effect instanceof SessionEffect.StateChanged changed) {
            log.add(changed.from() + " -> " + changed.to() + ": " + changed.reason());
        } else if (effect instanceof SessionEffect.Reconciled reconciled) {
            landedByReadBack += reconciled.landed();
        } else if (effect instanceof SessionEffect.Finished finished) {
            finished(finished.end());
        }
    }

    private void tellStaleAcks() {
        for (Wire wire : List.copyOf(wires.values())) {
            if (wire.keepsStaleAcks) {
                wire.keepsStaleAcks = false;
                for (AppendAck ack : wire.staleAcks) {
                    log.add("ack of exchange " + wire.generation + " arrives late");
                    machine.on(new SessionEvent.Acked(wire.generation, ack, false), now)
                            .forEach(effect -> {
                                throw new AssertionError("an ack of an old exchange had the effect " + effect);
                            });
                }
            }
        }
    }

    /** Each owner counts its exchanges from one. */
    private long key(long generation) {
        return owners * 1_000_000L + generation;
    }

    private Wire wire(long generation) {
        Wire wire = wires.get(key(generation));
        if (wire == null) {
            throw new AssertionError("no exchange " + generation);
        }
        return wire;
    }

    private void send(Ticket ticket, Wire wire) {
        assertThat(ticket.maybeSent()).as("marked before it is handed over").isTrue();
        assertThat(wire.bodyEnded)
                .as("nothing is sent behind the end of the body")
                .isFalse();
        AppendBatch batch = ticket.batch();
        if (guarded) {
            checkPlace(ticket, batch, wire);
        }
        byte[] bytes = batch.frame();
        if (ticket.sentBytes == null) {
            ticket.sentBytes = bytes;
        } else if (!Arrays.equals(ticket.sentBytes, bytes)) {
            throw new AssertionError("a resend with other bytes");
        }
        if (!wire.swallowing) {
            wire.requests.add(batch);
        }
    }

    /**
     * Why nothing of ours can ever stand behind a batch of ours that is missing, whoever else writes: every exchange begins with
     * the oldest open batch and goes on without leaving one out, so that a batch reaches the server only behind those before
     * it, and the server takes nothing behind one it refused.
     */
    private void checkPlace(Ticket ticket, AppendBatch batch, Wire wire) {
        long seq = batch.matchSeqNum().orElseThrow();
        if (wire.nextSeq >= 0) {
            assertThat(seq).as("an exchange leaves nothing out").isEqualTo(wire.nextSeq);
        } else {
            assertThat(tickets.stream().filter(open -> !open.isDone()).findFirst())
                    .as("an exchange begins with the oldest open batch")
                    .contains(ticket);
        }
        wire.nextSeq = seq + ticket.records;
    }

    private void discard(Wire wire) {
        wire.discarded = true;
        wire.replies.clear();
        if (!weather.bytesOutliveTheExchange() && !wire.holdingBytes) {
            wire.requests.clear();
        }
    }

    private void completed(Ticket ticket, AppendAck ack) {
        once(ticket);
        senselessSinceProgress = 0;
        ticket.ack = ack;
    }

    private void failed(Ticket ticket, SessionEnd reason, boolean inDoubt) {
        once(ticket);
        ticket.failure = reason;
        ticket.inDoubt = inDoubt;
    }

    private void once(Ticket ticket) {
        if (ticket.isDone()) {
            throw new AssertionError("ticket of " + ticket.firstId + " completed twice");
        }
        for (Ticket other : tickets) {
            if (other == ticket) {
                return;
            }
            if (!other.isDone()) {
                throw new AssertionError("ticket of " + ticket.firstId + " completed before " + other.firstId);
            }
        }
    }

    private void finished(SessionEnd reason) {
        log.add("end: " + reason.describe());
        for (Ticket ticket : tickets) {
            if (!ticket.isDone()) {
                throw new AssertionError("the end is told before the ticket of " + ticket.firstId + " is completed");
            }
        }
        if (reason instanceof SessionEnd.TailMoved moved
                && stream.token().value().startsWith("owner")) {
            claimAgain(moved.doubtFrom());
        } else {
            finishedTold = true;
            end = reason;
        }
    }

    /**
     * What a lane does: fence with a new token, read below the fence, submit what is not there. What cannot be read matters
     * only where a batch of ours may have stood.
     */
    private void claimAgain(long doubtFrom) {
        claims++;
        if (claims > 20) {
            throw new AssertionError("claims without end");
        }
        FencingToken token = new FencingToken("owner-" + ++owners);
        long fence = stream.fence(token);
        long settled = claimedUpTo;
        int settledId = claimedId;
        for (Ticket ticket : tickets) {
            if (ticket.ack != null && ticket.ack.end().seqNum() > settled) {
                settled = ticket.ack.end().seqNum();
                settledId = ticket.firstId + ticket.records - 1;
            }
        }
        int watermark = settledId;
        boolean found = false;
        boolean gap = false;
        for (long i = fence - 1; i >= settled && !found && !gap; i--) {
            SequencedRecord record = stream.at(i);
            if (!stream.readable(i)) {
                gap = i >= doubtFrom;
                holesThatDidNotMatter += gap ? 0 : 1;
            } else if (!record.isCommand()) {
                String body = new String(record.body(), StandardCharsets.US_ASCII);
                if (!body.equals("foreign")) {
                    watermark = Integer.parseInt(body);
                    found = true;
                }
            }
        }
        if (gap) {
            watermarkUnknown = true;
            finishedTold = true;
            end = new SessionEnd.TailMoved(fence, doubtFrom, "watermark unknown");
            return;
        }
        claimedUpTo = fence + 1;
        claimedId = watermark;
        machine = newMachine(token);
        List<Ticket> again = new ArrayList<>();
        for (Ticket ticket : List.copyOf(tickets)) {
            if (ticket.failure != null && ticket.firstId > watermark) {
                again.add(ticket);
            } else if (ticket.failure != null) {
                ticket.foundByClaim = true;
            }
        }
        for (Ticket ticket : again) {
            tickets.remove(ticket);
        }
        for (Ticket ticket : again) {
            submit(ticket.firstId, ticket.records);
        }
        close();
    }

    // ---- what must be true

    /** Every submitter was told the truth. Only final once nothing is on its way any more. */
    void checkTickets() {
        if (stream.wasRecreated()) {
            return;
        }
        List<Integer> ids = stream.ids();
        for (Ticket ticket : tickets) {
            if (ticket.ack != null) {
                for (int i = 0; i < ticket.records; i++) {
                    long position = ticket.ack.start().seqNum() + i;
                    String body = new String(stream.at(position).body(), StandardCharsets.US_ASCII);
                    if (!body.equals(Integer.toString(ticket.firstId + i))) {
                        throw new AssertionError(
                                "acknowledged at " + position + ": " + (ticket.firstId + i) + ", is " + body);
                    }
                }
                if (ticket.ack.end().seqNum() != ticket.ack.start().seqNum() + ticket.records) {
                    throw new AssertionError("ack of another length");
                }
            } else if (ticket.failure != null
                    && !ticket.inDoubt
                    && ids.contains(ticket.firstId)
                    && !writtenAgainstThePromise.contains(ticket.batch())) {
                throw new AssertionError("told that " + ticket.firstId + " is not in the stream, and it is: " + ids);
            }
        }
    }

    /** Nothing twice, nothing out of order, nothing left out before something that is there. */
    void checkStream() {
        if (stream.wasRecreated()) {
            return;
        }
        List<Integer> ids = stream.ids();
        for (int i = 0; i < ids.size(); i++) {
            if (ids.get(i) != i) {
                throw new AssertionError("the stream holds " + ids);
            }
        }
    }

    int recordsSubmitted() {
        int count = 0;
        for (Ticket ticket : tickets) {
            count = Math.max(count, ticket.firstId + ticket.records);
        }
        return count;
    }
}
