package io.fenceline.connect.sink.claim;

import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.End;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.Read;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what one {@link ClaimMachine} asks for, one unary request after the other. Everything happens on the session loop,
 * which owns the machine.
 *
 * @param <O> what the machine ends with
 */
final class StepRunner<O extends End> implements ClaimStep.Cases {

    private static final Logger log = LoggerFactory.getLogger(ClaimRunner.class);

    /** Largest answer to one read of a claim, in bytes. */
    private static final int READ_BYTES = 1 << 20;

    private final String what;
    private final String stream;
    private final ClaimMachine<O> machine;
    private final Class<O> ends;
    private final LongPredicate maySend;
    private final BasinAccess basin;
    private final SessionLoop loop;
    private final LongSupplier nanoTime;
    private final ClaimWatch watch;
    private final Consumer<String> waits;
    /** What the last request was answered with; null if it succeeded, or was not answered. */
    private @Nullable Answer lastRefusal;

    private final CompletableFuture<O> outcome = new CompletableFuture<>();

    /**
     * @param what    for the log
     * @param ends    the class of what the machine ends with
     * @param waits   told why, when an attempt has failed and another one will be made
     * @param maySend whether a request may still go out at that time: if not, whose the partition is now is not known
     */
    StepRunner(
            String what,
            String stream,
            ClaimMachine<O> machine,
            Class<O> ends,
            LongPredicate maySend,
            BasinAccess basin,
            SessionLoop loop,
            LongSupplier nanoTime,
            ClaimWatch watch,
            Consumer<String> waits) {
        this.what = what;
        this.stream = stream;
        this.machine = machine;
        this.ends = ends;
        this.maySend = maySend;
        this.basin = basin;
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.watch = watch;
        this.waits = waits;
    }

    /** Completed on the session loop, once; cancelled by {@link #cancel}, and never failed. */
    CompletableFuture<O> outcome() {
        return outcome;
    }

    /** Any thread. */
    void start() {
        loop.execute(() -> perform(machine::start));
    }

    /** Sends nothing more and reports nothing. Any thread. */
    void cancel() {
        outcome.cancel(false);
    }

    /** Sends nothing more. Session loop only. */
    void expire() {
        outcome.complete(machine.onExpired());
    }

    /** What comes behind the end is heard by nobody, the machine included. */
    private void perform(Supplier<ClaimStep> next) {
        if (outcome.isDone()) {
            return;
        }
        ClaimStep step = next.get();
        // Once more: who gave it up meanwhile has asked already which tokens may be in force.
        if (!outcome.isDone()) {
            step.tell(this);
        }
    }

    @Override
    public void fence(Fence fence) {
        AppendBatch command = AppendBatch.fence(fence.token(), 0).freeze(OptionalLong.empty(), fence.expected());
        request(() -> basin.append(stream, command), ack -> machine.onFenced(ack, nanoTime.getAsLong()));
    }

    @Override
    public void read(Read read) {
        request(
                () -> basin.read(stream, read.seqNum(), read.count(), READ_BYTES),
                batch -> machine.onRead(batch, nanoTime.getAsLong()));
    }

    @Override
    public void create(Create create) {
        request(() -> basin.createStream(stream), created -> {
            log.info("{}: the stream {}", what, created ? "was created" : "exists already");
            return machine.onCreated();
        });
    }

    @Override
    public void pause(Wait wait) {
        log.debug("{} waits {} ms: {}", what, wait.nanos() / 1_000_000, wait.reason());
        watch.onFailedAttempt(lastRefusal);
        waits.accept(wait.reason());
        loop.schedule(Duration.ofNanos(wait.nanos()), () -> perform(machine::onWaited));
    }

    @Override
    public void end(End end) {
        if (end instanceof ClaimStep.Refused) {
            watch.onFailedAttempt(lastRefusal);
        }
        outcome.complete(ends.cast(end));
    }

    private <T> void request(Supplier<CompletableFuture<T>> request, Function<T, ClaimStep> onSuccess) {
        if (!maySend.test(nanoTime.getAsLong())) {
            expire();
            return;
        }
        request.get()
                .whenComplete((answer, failure) -> loop.execute(() -> perform(() -> {
                    S2Exception failed = failure == null ? null : S2Exception.from(failure);
                    ServerError refusal = failed == null ? null : failed.serverError();
                    lastRefusal = refusal == null ? null : refusal.answer();
                    return failed == null ? onSuccess.apply(answer) : machine.onFailure(failed, nanoTime.getAsLong());
                })));
    }
}
