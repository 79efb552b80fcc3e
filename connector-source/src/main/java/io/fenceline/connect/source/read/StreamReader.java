package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.TroubleSpell;
import io.fenceline.connect.source.Allowance;
import io.fenceline.connect.source.SourcePartition;
import io.fenceline.retry.Patience;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one stream ahead: keeps a session open from the position reached, and checks that its records are the ones that have
 * to come and that the stream is still the same. What has passed the checks waits in {@link ReadAhead}.
 *
 * <p>Owned by the task thread. A broken session is replaced by one that begins behind the last record that has arrived, so
 * what is held stays valid. What a session delivers is kept back until the stream's creation time has been looked at, because
 * a stream that was made anew can be longer than the one that was read before.
 */
final class StreamReader implements ReadSession.Owner, SourcePartition<StreamReaders.Receiver> {

    private static final Logger log = LoggerFactory.getLogger(StreamReader.class);

    private static final Duration ADVICE_INTERVAL = Duration.ofSeconds(60);

    /** A stream that was missing once is looked for once more after that time. */
    private static final Duration SECOND_LOOK = Duration.ofSeconds(1);

    private enum State {
        /** Without a session until the time has come. */
        DUE,
        /** A session was asked for. */
        OPENING,
        /** The session has been accepted. */
        OPEN,
        /** The service says something about the position that the stream's entry in the listing has to explain. */
        LOOKING,
        /** Reads no more. */
        ENDED
    }

    private final String stream;
    private final ReadServices services;
    private final ReadPolicy policy;
    private final ReadFailures failures;
    private final ReadCursor cursor;
    private final Patience patience;
    private final RefusalCount refusals = new RefusalCount();

    private State state = State.DUE;
    /** Of the stream that the cursor speaks of; null until it is known. */
    private @Nullable Instant createdAt;

    private @Nullable ReadSession session;
    /** The stream's creation time was looked at since the session began. */
    private boolean verified;

    private boolean verifying;
    /** Nothing comes before the session was granted so much in all; 0 if nothing is known to lack. */
    private long needed;
    /** And that is enough for what comes next. */
    private boolean enough;

    private final ArrayDeque<ReadSession.Piece> unverified = new ArrayDeque<>();
    private final ReadAhead ahead;
    /** Bytes of memory of what is in the two. */
    private long heldBytes;
    /** Since when nothing is held, so that silence is the network's. */
    private long emptySince;

    /** Grows with everything that makes an answer to an earlier question void. */
    private int generation;

    private long dueAt;
    private long openedAt;
    /** The stream of a list does not exist, and is waited for. */
    private final TroubleSpell absence;
    /** It was missing when looked for last, though not long enough to be believed. */
    private boolean missingOnce;

    private boolean advised;
    private long advisedAt;

    // --- shown to operators, who read on threads of theirs ---
    private volatile long shownTail = -1;
    private volatile String shownState = State.DUE.name();

    /** @param createdAt of the stream that the cursor's position belongs to, null if that is not known */
    StreamReader(
            String stream, ReadCursor cursor, @Nullable Instant createdAt, ReadPolicy policy, ReadServices services) {
        this.stream = stream;
        this.cursor = cursor;
        this.createdAt = createdAt;
        this.policy = policy;
        this.services = services;
        this.patience = new Patience(policy.retries(), services.random()::nextDouble);
        this.failures = new ReadFailures(services.connector(), services.basinName(), stream);
        this.ahead = new ReadAhead(stream, policy, failures, services.counters(), this::free);
        this.dueAt = now();
        this.emptySince = dueAt;
        this.absence = new TroubleSpell(dueAt);
    }

    String stream() {
        return stream;
    }

    // ------------------------------------------------------------------ time

    /** Called with every poll: opens sessions that are due and gives up those that are dead. */
    void tick() {
        long now = now();
        switch (state) {
            case DUE -> {
                if (now - dueAt >= 0 && services.budget().hasRoomForSession()) {
                    open(now);
                }
            }
            case OPENING -> {
                if (now - openedAt > policy.openTimeout().toNanos()) {
                    broken("no answer to opening a read session within "
                            + policy.openTimeout().toMillis() + " ms");
                }
            }
            case OPEN -> {
                if (silentFor(now) > policy.silenceLimit().toNanos()) {
                    services.counters().silences.increment();
                    broken("nothing was heard for " + policy.silenceLimit().toSeconds() + " s");
                } else if (lacking() > 0) {
                    feed();
                }
            }
            case LOOKING, ENDED -> {}
        }
        shownState = state.name();
    }

    /** Nanoseconds until {@link #tick} has something to do. */
    long idleFor() {
        long now = now();
        return switch (state) {
            case DUE -> Math.max(0, dueAt - now);
            case OPENING -> Math.max(0, policy.openTimeout().toNanos() - (now - openedAt));
            case OPEN -> Math.max(0, policy.silenceLimit().toNanos() - silentFor(now));
            case LOOKING, ENDED -> Long.MAX_VALUE;
        };
    }

    /** As long as something is held the service may be waiting for us; then silence says nothing. */
    private long silentFor(long now) {
        ReadSession open = session;
        if (open == null || !ahead.isEmpty() || !unverified.isEmpty() || lacking() > 0) {
            return 0;
        }
        long since = Math.max(open.heardAt() - openedAt, emptySince - openedAt);
        return now - openedAt - since;
    }

    // ------------------------------------------------------------------ taking

    @Override
    public boolean isReady() {
        return !ahead.isEmpty() && !ahead.isOver();
    }

    /** Reads no more, and everything it had was taken. */
    @Override
    public boolean isOver() {
        return ahead.isOver();
    }

    /** Why it is over; null if the stream is simply not ours any more. */
    @Override
    public @Nullable TerminalException failure() {
        return ahead.failure();
    }

    @Override
    public void take(Allowance allowance, StreamReaders.Receiver receiver) {
        ahead.take(allowance, receiver);
        if (ahead.isOver()) {
            close();
        }
        if (ahead.isEmpty() && unverified.isEmpty()) {
            emptySince = now();
        }
        feed();
    }

    /** Behind the last number that was taken, commands included; negative before the first. */
    long takenUpTo() {
        return ahead.takenUpTo();
    }

    /** Creation time of the stream that {@link #takenUpTo} speaks of. */
    @Nullable
    Instant takenFrom() {
        return ahead.takenFrom();
    }

    // ------------------------------------------------------------------ memory

    /** What the session needs to go on, and was not granted yet. */
    private long lacking() {
        ReadSession open = session;
        return open == null || needed == 0 ? 0 : Math.max(0, needed - open.granted());
    }

    /** Lets the session take as much more as this stream may hold. */
    private void feed() {
        ReadSession open = session;
        if (open == null || state != State.OPEN || !verified) {
            return;
        }
        ReadBudget budget = services.budget();
        long reserved = heldBytes + open.outstanding();
        long share = budget.share();
        budget.limitLoan(this, reserved - budget.part());
        long lacking = lacking();
        if (lacking == 0 && open.outstanding() <= budget.part()) {
            budget.complete(this);
        }
        long own = Math.max(0, share - reserved);
        long free = Math.min(own, budget.spare());
        boolean useful = own >= share / 4 || lacking > 0 && own >= lacking;
        if (useful && free < own) {
            budget.waitsForItsPart();
        }
        if (free >= share / 4 || lacking > 0 && free >= lacking) {
            budget.withdraw(this);
            grant(open, free);
        } else if (lacking > 0 && heldBytes == 0) {
            borrow(open, free, lacking, own);
        }
    }

    /** Only with nothing in hand: what Connect takes may be enough. */
    private void borrow(ReadSession open, long free, long lacking, long own) {
        ReadBudget budget = services.budget();
        long wanted = lacking - free;
        long lent = enough ? budget.lendWhole(this, wanted) : budget.lend(this, wanted);
        if (lent > 0) {
            grant(open, free + lent);
        } else if (budget.isTooMuch(this, enough ? lacking - own : 1)) {
            end(failures.tooSmall(safe()));
        }
    }

    private void grant(ReadSession open, long bytes) {
        int step = (int) Math.min(bytes, Integer.MAX_VALUE);
        if (lacking() > 0) {
            // until now it was waiting for us
            emptySince = now();
        }
        services.budget().reserve(step);
        open.grant(step);
    }

    private void free(long bytes) {
        heldBytes -= bytes;
        services.budget().release(bytes);
    }

    /**
     * Others wait for what this stream was granted above its part and does not use: a new session begins with little. Never
     * inside a record, which would have to come all over again, and again as often as somebody waits.
     */
    void releaseSurplus() {
        ReadSession open = session;
        if (open != null
                && state == State.OPEN
                && verified
                && heldBytes == 0
                && ahead.isEmpty()
                && lacking() == 0
                && !open.isInside()
                && open.outstanding() > services.budget().part()) {
            services.counters().handBacks.increment();
            log.info(
                    "stream {}: its session may take {} bytes more, and others wait for some of them; reading on with a new"
                            + " session that begins with little",
                    stream,
                    open.outstanding());
            dropSession();
            dueAt = now();
            state = State.DUE;
        }
    }

    // ------------------------------------------------------------------ the session

    private void open(long now) {
        state = State.OPENING;
        openedAt = now;
        generation++;
        verified = false;
        verifying = false;
        needed = 0;
        services.counters().sessions.increment();
        services.budget().reserve(ReadExchange.INITIAL_GRANT);
        session =
                new ReadSession(services.basin(), stream, cursor.start(), services.inbox(), services.nanoTime(), this);
    }

    private void dropSession() {
        generation++;
        ReadSession open = session;
        if (open == null) {
            return;
        }
        session = null;
        open.drop();
        services.budget().release(open.outstanding());
        for (ReadSession.Piece piece : unverified) {
            free(piece.bytes());
        }
        unverified.clear();
        needed = 0;
        services.budget().settle(this);
    }

    /** Reads no more; what is held is forgotten. */
    void close() {
        dropSession();
        ahead.clear();
        state = State.ENDED;
    }

    @Override
    public void onEstablished() {
        if (state == State.OPENING) {
            state = State.OPEN;
            emptySince = now();
        }
    }

    @Override
    public void onPiece(ReadSession.Piece piece) {
        heldBytes += piece.bytes();
        if (piece.needed() > 0) {
            needed = piece.needed();
            enough = piece.enough();
        }
        if (verified) {
            accept(piece);
            feed();
        } else {
            unverified.add(piece);
            verify();
        }
    }

    private void accept(ReadSession.Piece piece) {
        Instant from = createdAt;
        if (from == null) {
            throw new IllegalStateException("stream " + stream + " was not looked at");
        }
        List<SequencedRecord> records = piece.records();
        int begin = 0;
        for (int i = 0; i < records.size(); i++) {
            long expected = cursor.next();
            long seqNum = records.get(i).seqNum();
            ReadCursor.Step step = seqNum < 0 ? ReadCursor.Step.GOES_BACK : cursor.onRecord(seqNum);
            if (step == ReadCursor.Step.GOES_BACK) {
                ahead.add(records.subList(begin, i), from, 0);
                free(piece.bytes());
                nonsense("record " + Long.toUnsignedString(seqNum) + " came where " + expected + " was expected");
                return;
            }
            if (step == ReadCursor.Step.SKIPS) {
                ahead.add(records.subList(begin, i), from, 0);
                begin = i;
                ahead.add(new ReadItem.Gap(expected, seqNum, from));
            }
        }
        ahead.add(records.subList(begin, records.size()), from, piece.bytes());
        StreamPosition heartbeat = piece.heartbeat();
        if (heartbeat != null) {
            onHeartbeat(heartbeat.seqNum(), from);
        }
        if (session != null) {
            // only what made sense counts as progress; else an answer that makes none would be asked for for ever
            patience.succeeded();
            refusals.forget();
            absence.succeeded(now())
                    .ifPresent(seconds -> log.info("stream {}: is there, after {} s without it", stream, seconds));
            missingOnce = false;
        }
    }

    private void onHeartbeat(long tail, Instant from) {
        long expected = cursor.next();
        ReadCursor.Step step = cursor.onHeartbeat(tail);
        if (step == ReadCursor.Step.SKIPS) {
            ahead.add(new ReadItem.Gap(expected, tail, from));
        } else if (step == ReadCursor.Step.GOES_BACK) {
            look(tail);
        } else {
            // also what was not read: a relative start is a position from now on, and one without a creation time gets
            // it
            ahead.passTo(tail, from);
        }
    }

    /** At once: while Connect waits for Kafka's producer the task thread hears nothing, and the lag is what shows it. */
    @Override
    public void onTailHeard(long seqNum) {
        shownTail = seqNum;
    }

    @Override
    public void onReconnectAdvised() {
        long now = now();
        if (verified && (!advised || now - advisedAt > ADVICE_INTERVAL.toNanos())) {
            advised = true;
            advisedAt = now;
            log.info("stream {}: the service asks for a new connection", stream);
            dropSession();
            dueAt = now;
            state = State.DUE;
        }
    }

    @Override
    public void onRejected(ServerError error) {
        if (error.answer() == Answer.BUSY) {
            services.counters().throttled.increment();
        }
        Runnable reaction =
                switch (error.answer()) {
                    case OUT_OF_RANGE -> () -> onNothingThere(error);
                    case STREAM_MISSING, STREAM_BEING_DELETED -> () -> onMissing(error);
                    case TOKEN_MISMATCH,
                            POSITION_MISMATCH,
                            UNAUTHENTICATED,
                            ACCESS_TOKEN_UNKNOWN,
                            FORBIDDEN,
                            CREDENTIALS_REPLACED,
                            BASIN_MISSING,
                            BASIN_BEING_DELETED,
                            NOT_FOUND,
                            ALREADY_EXISTS,
                            KEY_REFUSED,
                            REQUEST_REFUSED,
                            CONTENT_REFUSED,
                            CONFLICT,
                            BUSY,
                            DRAINING,
                            UNAVAILABLE,
                            STRANGE -> () -> onRefused(error);
                };
        reaction.run();
    }

    private void onRefused(ServerError error) {
        if (refusals.believes(error.answer())) {
            end(failures.refused(error, safe()));
        } else {
            broken("S2 answered " + error.describe(), error.retryAfterMillis());
        }
    }

    private void onNothingThere(ServerError error) {
        StreamPosition tail = error.tail();
        if (tail == null) {
            onRefused(error);
            return;
        }
        if (cursor.isKnown()) {
            look(tail.seqNum());
            return;
        }
        // seen with a start by time on a stream that was trimmed to its end: nothing is there, and what comes is ours
        cursor.onHeartbeat(tail.seqNum());
        dropSession();
        dueAt = now();
        state = State.DUE;
    }

    @Override
    public void onEnded() {
        broken("the service ended the read session");
    }

    @Override
    public void onBroken(TransportFailure reason) {
        if (reason.kind() == TransportFailure.Kind.PROTOCOL) {
            nonsense(reason.message());
        } else {
            broken(reason.message());
        }
    }

    private void nonsense(String what) {
        if (refusals.believes(Answer.STRANGE)) {
            end(failures.senseless(what, safe()));
        } else {
            broken(what);
        }
    }

    private void broken(String why) {
        broken(why, 0);
    }

    /** Tries again after a pause, behind the last record that has arrived. */
    private void broken(String why, long askedMillis) {
        long now = now();
        long pause = patience.pauseAfterFailure(askedMillis, now);
        if (pause > 0) {
            tryAgainIn(pause, why);
        } else {
            end(failures.exhausted(why, patience.lasted(now), safe()));
        }
    }

    private void tryAgainIn(long pause, String why) {
        dropSession();
        services.counters().reconnects.increment();
        log.info("stream {}: {}; trying again in {} ms", stream, why, pause / 1_000_000);
        dueAt = now() + pause;
        state = State.DUE;
    }

    // ------------------------------------------------------------------ is it still the same stream

    /** Asks for the stream's creation time; what has arrived waits for it. */
    private void verify() {
        if (!verifying) {
            verifying = true;
            ask(found -> {
                verifying = false;
                if (createdAt == null || createdAt.equals(found)) {
                    createdAt = found;
                    verified = true;
                    acceptUnverified();
                } else {
                    onRecreated(found);
                }
            });
        }
    }

    private void acceptUnverified() {
        int mine = generation;
        while (mine == generation && !unverified.isEmpty()) {
            accept(unverified.remove());
        }
        if (mine == generation) {
            feed();
        }
    }

    /** The stream ends below where we are: it is another one, or it lost records. */
    private void look(long tail) {
        dropSession();
        state = State.LOOKING;
        long position = cursor.next();
        ask(found -> {
            if (createdAt == null || createdAt.equals(found)) {
                // an offset set by hand says nothing of the stream it is for: it is not a reason to begin again
                end(failures.shrunk(position, tail));
            } else {
                onRecreated(found);
            }
        });
    }

    private void onRecreated(Instant found) {
        Instant before = createdAt;
        if (!policy.restartsWhenRecreated()) {
            end(failures.recreated(before, found, cursor.next()));
            return;
        }
        dropSession();
        createdAt = found;
        cursor.restart();
        ahead.add(new ReadItem.Restart(before, found));
        dueAt = now();
        state = State.DUE;
    }

    private void ask(Consumer<Instant> answer) {
        int mine = generation;
        services.basin().streamInfo(stream).whenComplete((info, error) -> services.inbox()
                .post(() -> {
                    if (mine == generation && state != State.ENDED) {
                        onInfo(info, error, answer);
                    }
                }));
    }

    private void onInfo(@Nullable Optional<StreamInfo> info, @Nullable Throwable error, Consumer<Instant> answer) {
        if (info == null) {
            S2Exception failed = S2Exception.from(error == null ? new IllegalStateException("no answer") : error);
            ServerError refused = failed.serverError();
            if (refused != null) {
                onRejected(refused);
            } else {
                broken("its creation time could not be read: " + failed.getMessage());
            }
        } else if (info.isEmpty() || info.get().deletedAt() != null) {
            onMissing(ServerError.of(404, "stream_not_found", "the stream is not listed, or is being deleted"));
        } else {
            answer.accept(info.get().createdAt());
        }
    }

    private void onMissing(ServerError error) {
        if (policy.forgetDeleted() && missingOnce) {
            log.info("stream {}: was deleted", stream);
            end(null);
        } else if (policy.forgetDeleted()) {
            // a listing may lack a stream for a moment
            missingOnce = true;
            tryAgainIn(SECOND_LOOK.toNanos(), "S2 answered " + error.describe() + "; looking once more");
        } else if (policy.restartsWhenRecreated()) {
            if (absence.failed(now()) > 0) {
                log.warn(
                        "stream {}: does not exist, nothing of it is read; waiting for it, as " + RecreationPolicy.KEY
                                + "=restart asks",
                        stream);
            }
            // an absent stream is no trouble of S2's: retry.timeout.ms does not end this
            tryAgainIn(patience.excusedPause(), "the stream does not exist");
        } else {
            end(failures.refused(error, safe()));
        }
    }

    // ------------------------------------------------------------------ small things

    /** Once everything before it has been taken. */
    private void end(@Nullable TerminalException why) {
        dropSession();
        state = State.ENDED;
        ahead.add(new ReadItem.End(why));
    }

    private String safe() {
        return cursor.isKnown() ? ReadFailures.readBelow(cursor.next()) : "nothing was read yet";
    }

    private long now() {
        return services.nanoTime().getAsLong();
    }

    // ------------------------------------------------------------------ figures, any thread

    String shownState() {
        return shownState;
    }

    boolean isShownOpen() {
        return shownState.equals(State.OPEN.name());
    }

    /** Behind the last record handed to Connect, null before the first. */
    @Nullable
    Long shownPosition() {
        long position = ahead.shownPosition();
        return position < 0 ? null : position;
    }

    /** Records between that and the tail as last heard of, null if either is not known. */
    @Nullable
    Long shownLag() {
        long position = ahead.shownPosition();
        long tail = shownTail;
        return position < 0 || tail < 0 ? null : Math.max(0, tail - position);
    }
}
