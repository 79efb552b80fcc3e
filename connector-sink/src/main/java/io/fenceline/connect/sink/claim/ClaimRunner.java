package io.fenceline.connect.sink.claim;

import io.fenceline.append.Cancellable;
import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.sink.claim.ClaimStep.MarkOutcome;
import io.fenceline.connect.sink.claim.ClaimStep.Outcome;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Runs claims and stop marks: requests and decisions on the session loop, nothing on the task thread. Any number of them run
 * side by side. Any thread.
 */
public final class ClaimRunner {

    /** How long a lane that stops keeps its partition for its mark. */
    public static final Duration MARK_LIMIT = Duration.ofSeconds(5);

    private final BasinAccess basin;
    private final SessionLoop loop;
    private final LongSupplier nanoTime;
    private final AssignmentLease lease;
    private final RandomGenerator random;
    private final ClaimWatch watch;

    /**
     * @param random for marks
     * @param watch  is told how attempts at claims fail; marks are another matter
     */
    public ClaimRunner(
            BasinAccess basin,
            SessionLoop loop,
            LongSupplier nanoTime,
            AssignmentLease lease,
            RandomGenerator random,
            ClaimWatch watch) {
        this.basin = basin;
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.lease = lease;
        this.random = random;
        this.watch = watch;
    }

    /**
     * Starts a claim.
     *
     * @param waits told on the session loop why an attempt failed, each time another one will be made
     * @param done  called once, on the session loop, unless the claim is cancelled first
     */
    public Running start(
            FenceClaim claim, ClaimRequest request, Consumer<String> waits, BiConsumer<Outcome, FenceClaim> done) {
        StepRunner<Outcome> running = new StepRunner<>(
                "claim of stream " + request.stream() + " for " + request.lane(),
                request.stream(),
                claim,
                Outcome.class,
                lease::holds,
                basin,
                loop,
                nanoTime,
                watch,
                waits);
        running.outcome().thenAccept(outcome -> done.accept(outcome, claim));
        running.start();
        return new Running(claim, running);
    }

    /** Leaves a stop mark; the result never fails and comes within {@link #MARK_LIMIT}, on the session loop. */
    public CompletableFuture<MarkOutcome> leaveMark(StopMarkRequest request, RetrySettings retries) {
        long deadline = nanoTime.getAsLong() + MARK_LIMIT.toNanos();
        StepRunner<MarkOutcome> running = new StepRunner<>(
                "stop mark " + request.mark().code() + " of stream " + request.stream(),
                request.stream(),
                new StopMarking(request, retries, random, deadline),
                MarkOutcome.class,
                now -> now - deadline < 0 && lease.holds(now),
                basin,
                loop,
                nanoTime,
                ClaimWatch.NOBODY,
                reason -> {});
        Cancellable alarm = loop.schedule(MARK_LIMIT, running::expire);
        running.outcome().thenAccept(outcome -> alarm.cancel());
        running.start();
        return running.outcome();
    }

    /** A claim under way. Any thread. */
    public static final class Running {

        private final FenceClaim claim;
        private final StepRunner<Outcome> running;

        private Running(FenceClaim claim, StepRunner<Outcome> running) {
            this.claim = claim;
            this.running = running;
        }

        /** Sends nothing more and reports nothing. */
        public void cancel() {
            running.cancel();
        }

        /** Tokens of fences sent so far; they may be in force. */
        public Set<FencingToken> tokens() {
            return claim.ownTokens();
        }
    }
}
