package io.fenceline.append.machine;

import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.Guard;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Plays a session machine by hand: says what happens, remembers what the machine wanted. The first position is 100. */
final class MachineDriver {

    static final long START = 100;
    static final FencingToken TOKEN = new FencingToken("ours");

    static final class Append extends PendingAppend {
        final int firstId;

        @Nullable
        AppendAck ack;

        @Nullable
        SessionEnd failure;

        boolean inDoubt;
        int completions;

        Append(int firstId, int records) {
            super(NumberedBatches.of(firstId, records));
            this.firstId = firstId;
        }
    }

    final AppendSessionMachine machine;
    final List<Append> appends = new ArrayList<>();
    /** Everything since the last {@link #forget}. */
    final List<SessionEffect> effects = new ArrayList<>();

    long now = 50_000_000_000L;
    long generation;

    @Nullable
    SessionEnd end;

    private int nextId;

    MachineDriver(AppendSessionConfig config) {
        machine = new AppendSessionMachine(config, RecordMatcher.exact(), () -> 0.5);
    }

    static MachineDriver fenced() {
        return new MachineDriver(config(RetryPolicy.FENCED, true, 1 << 20, null));
    }

    static AppendSessionConfig config(
            RetryPolicy policy, boolean guarded, int window, @Nullable Duration retryTimeout) {
        return new AppendSessionConfig(
                policy,
                guarded ? new Guard(TOKEN, START) : null,
                window,
                Duration.ofSeconds(30),
                Duration.ofSeconds(10),
                Duration.ofSeconds(60),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), retryTimeout));
    }

    Append submit(int records) {
        Append append = new Append(nextId, records);
        nextId += records;
        appends.add(append);
        on(new SessionEvent.Submitted(append));
        return append;
    }

    void established() {
        on(new SessionEvent.Established(generation));
    }

    /** A correct ack for a batch. */
    void ack(Append append) {
        on(new SessionEvent.Acked(generation, ackOf(append), false));
    }

    void ackWithAdvice(Append append) {
        on(new SessionEvent.Acked(generation, ackOf(append), true));
    }

    AppendAck ackOf(Append append) {
        long start = START + append.firstId;
        return ack(start, start + append.batch().recordCount());
    }

    static AppendAck ack(long start, long end) {
        return new AppendAck(new StreamPosition(start, 1), new StreamPosition(end, 2), new StreamPosition(end, 2));
    }

    void refuse(int status, String code) {
        refuse(ServerError.of(status, code, "said the service"));
    }

    void refuse(ServerError error) {
        on(new SessionEvent.Refused(generation, error));
    }

    void broken() {
        broken(TransportFailure.Kind.BROKEN);
    }

    void broken(TransportFailure.Kind kind) {
        on(new SessionEvent.Broken(generation, new TransportFailure(kind, "the wire says " + kind, null)));
    }

    void ended() {
        on(new SessionEvent.Ended(generation));
    }

    void page(SequencedRecord... records) {
        on(new SessionEvent.PageRead(generation, new ReadBatch(List.of(records), null)));
    }

    void close() {
        on(new SessionEvent.CloseRequested());
    }

    void tickAfter(Duration time) {
        now += time.toNanos();
        on(new SessionEvent.Tick());
    }

    /** Jumps to the next deadline. */
    void tick() {
        long wait = machine.nanosUntilTick(now);
        if (wait == Long.MAX_VALUE) {
            throw new AssertionError("nothing is due in " + machine.state());
        }
        now += wait;
        on(new SessionEvent.Tick());
    }

    void on(SessionEvent event) {
        for (SessionEffect effect : machine.on(event, now)) {
            effects.add(effect);
            if (effect instanceof SessionEffect.OpenExchange open) {
                generation = open.generation();
            } else if (effect instanceof SessionEffect.ReadPage read) {
                generation = read.generation();
            } else if (effect instanceof SessionEffect.Complete complete) {
                Append append = (Append) complete.append();
                append.ack = complete.ack();
                append.completions++;
            } else if (effect instanceof SessionEffect.Fail fail) {
                Append append = (Append) fail.append();
                append.failure = fail.end();
                append.inDoubt = fail.inDoubt();
                append.completions++;
            } else if (effect instanceof SessionEffect.Finished finished) {
                end = finished.end();
            }
        }
    }

    SessionState state() {
        return machine.state();
    }

    void forget() {
        effects.clear();
    }

    /** What was handed over since the last {@link #forget}, by number of submission. */
    List<Integer> sent() {
        List<Integer> sent = new ArrayList<>();
        for (SessionEffect effect : effects) {
            if (effect instanceof SessionEffect.Send send) {
                sent.add(appends.indexOf(send.append()));
            }
        }
        return sent;
    }

    <T extends SessionEffect> List<T> effects(Class<T> kind) {
        return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    // ---- records as they are read back

    List<SequencedRecord> stored(Append append) {
        List<SequencedRecord> records = new ArrayList<>();
        long position = START + append.firstId;
        for (AppendRecord record : append.batch().records()) {
            records.add(new SequencedRecord(position++, 7, record.headers(), record.body()));
        }
        return records;
    }

    static SequencedRecord command(long seqNum) {
        Header trim = new Header(new byte[0], "trim".getBytes(StandardCharsets.US_ASCII));
        return new SequencedRecord(seqNum, 7, List.of(trim), new byte[8]);
    }

    static SequencedRecord foreign(long seqNum) {
        return new SequencedRecord(seqNum, 7, List.of(), "not ours".getBytes(StandardCharsets.US_ASCII));
    }
}
