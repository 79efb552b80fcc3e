package io.fenceline.connect.sink.claim;

import io.fenceline.append.Cancellable;
import io.fenceline.append.SessionLoop;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.MarkOutcome;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendBatch;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what a {@link StopMarking} asks for, for at most {@link #LIMIT}: one unary request after the other, decisions on the
 * session loop, nothing on the task thread.
 */
public final class MarkRunner {

    /** How long a lane that stops keeps its partition for its mark. */
    public static final Duration LIMIT = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(MarkRunner.class);

    private final BasinAccess basin;
    private final SessionLoop loop;
    private final LongSupplier nanoTime;
    private final AssignmentLease lease;
    private final RandomGenerator random;

    public MarkRunner(
            BasinAccess basin, SessionLoop loop, LongSupplier nanoTime, AssignmentLease lease, RandomGenerator random) {
        this.basin = basin;
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.lease = lease;
        this.random = random;
    }

    /** Starts it; the result never fails and comes within {@link #LIMIT}, on the session loop. Any thread. */
    public CompletableFuture<MarkOutcome> leave(StopMarkRequest request, RetrySettings retries) {
        long deadline = nanoTime.getAsLong() + LIMIT.toNanos();
        Running running = new Running(new StopMarking(request, retries, random, deadline), request, deadline);
        Cancellable alarm = loop.schedule(LIMIT, running::giveUp);
        running.done.whenComplete((outcome, none) -> alarm.cancel());
        loop.execute(running::begin);
        return running.done;
    }

    private final class Running {

        private final StopMarking marking;
        private final StopMarkRequest request;
        private final long deadline;
        private final CompletableFuture<MarkOutcome> done = new CompletableFuture<>();

        private Running(StopMarking marking, StopMarkRequest request, long deadline) {
            this.marking = marking;
            this.request = request;
            this.deadline = deadline;
        }

        private void begin() {
            perform(marking.start());
        }

        private void giveUp() {
            done.complete(marking.onDeadline());
        }

        /** A step that comes late, as the process was paused, is not sent: whose the partition is now is not known. */
        private boolean isLate() {
            long now = nanoTime.getAsLong();
            return now - deadline >= 0 || !lease.holds(now);
        }

        private void perform(ClaimStep step) {
            if (done.isDone()) {
                return;
            }
            if (step instanceof MarkOutcome outcome) {
                done.complete(outcome);
            } else if (step instanceof Wait pause) {
                log.info(
                        "stop mark {} of stream {} waits {} ms: {}",
                        request.mark().code(),
                        request.stream(),
                        pause.nanos() / 1_000_000,
                        pause.reason());
                loop.schedule(Duration.ofNanos(pause.nanos()), () -> perform(marking.onWaited()));
            } else if (isLate()) {
                giveUp();
            } else if (step instanceof Fence fence) {
                AppendBatch command =
                        AppendBatch.fence(fence.token(), 0).freeze(OptionalLong.empty(), fence.expected());
                await(basin.append(request.stream(), command), ack -> marking.onFenced(ack, nanoTime.getAsLong()));
            } else if (step instanceof Create) {
                await(basin.createStream(request.stream()), created -> {
                    log.info(
                            "stream {} {} to hold the stop mark",
                            request.stream(),
                            created ? "was created" : "exists already");
                    return marking.onCreated();
                });
            } else {
                throw new AssertionError(step);
            }
        }

        private <T> void await(CompletableFuture<T> answer, Function<T, ClaimStep> onSuccess) {
            answer.whenComplete((value, failure) -> loop.execute(() -> perform(
                    failure == null
                            ? onSuccess.apply(value)
                            : marking.onFailure(S2Exception.from(failure), nanoTime.getAsLong()))));
        }
    }
}
