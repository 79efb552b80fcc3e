package io.fenceline.connect.sink.claim;

import io.fenceline.append.SessionLoop;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.Outcome;
import io.fenceline.connect.sink.claim.ClaimStep.Read;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what a {@link FenceClaim} asks for: one unary request after the other, decisions on the session loop, nothing on
 * the task thread. Any number of claims run side by side.
 */
public final class ClaimRunner {

    private static final Logger log = LoggerFactory.getLogger(ClaimRunner.class);

    /** Largest answer to one read of a claim, in bytes. */
    private static final int READ_BYTES = 1 << 20;

    private final BasinAccess basin;
    private final SessionLoop loop;
    private final LongSupplier nanoTime;
    private final AssignmentLease lease;

    public ClaimRunner(BasinAccess basin, SessionLoop loop, LongSupplier nanoTime, AssignmentLease lease) {
        this.basin = basin;
        this.loop = loop;
        this.nanoTime = nanoTime;
        this.lease = lease;
    }

    /**
     * Starts a claim; {@code done} is called once, on the session loop, unless the claim is cancelled first.
     */
    public Running start(FenceClaim claim, ClaimRequest request, BiConsumer<Outcome, FenceClaim> done) {
        Running running = new Running(claim, request, done);
        loop.execute(() -> running.perform(claim.start()));
        return running;
    }

    /** A claim under way. */
    public final class Running {

        private final FenceClaim claim;
        private final ClaimRequest request;
        private final BiConsumer<Outcome, FenceClaim> done;
        private volatile boolean cancelled;

        private Running(FenceClaim claim, ClaimRequest request, BiConsumer<Outcome, FenceClaim> done) {
            this.claim = claim;
            this.request = request;
            this.done = done;
        }

        /** Sends nothing more and reports nothing. Any thread. */
        public void cancel() {
            cancelled = true;
        }

        /** Tokens of fences sent so far; they may be in force. Any thread. */
        public Set<FencingToken> tokens() {
            return claim.ownTokens();
        }

        private void perform(ClaimStep step) {
            if (cancelled) {
                return;
            }
            if (step instanceof Outcome outcome) {
                done.accept(outcome, claim);
            } else if (step instanceof Wait pause) {
                log.info(
                        "claim of stream {} for {} waits {} ms: {}",
                        request.stream(),
                        request.lane(),
                        pause.nanos() / 1_000_000,
                        pause.reason());
                loop.schedule(Duration.ofNanos(pause.nanos()), () -> perform(claim.onWaited()));
            } else if (!lease.holds(nanoTime.getAsLong())) {
                perform(claim.onExpired());
            } else if (step instanceof Fence fence) {
                AppendBatch command =
                        AppendBatch.fence(fence.token(), 0).freeze(OptionalLong.empty(), fence.expected());
                await(basin.append(request.stream(), command), ack -> claim.onFenced(ack, nanoTime.getAsLong()));
            } else if (step instanceof Read read) {
                await(
                        basin.read(request.stream(), read.seqNum(), read.count(), READ_BYTES),
                        batch -> claim.onRead(batch, nanoTime.getAsLong()));
            } else if (step instanceof Create) {
                await(basin.createStream(request.stream()), created -> {
                    log.info("stream {} {}", request.stream(), created ? "created" : "exists already");
                    return claim.onCreated();
                });
            } else {
                throw new AssertionError(step);
            }
        }

        private <T> void await(CompletableFuture<T> answer, Function<T, ClaimStep> onSuccess) {
            answer.whenComplete((value, failure) -> loop.execute(() -> {
                if (!cancelled) {
                    perform(
                            failure == null
                                    ? onSuccess.apply(value)
                                    : claim.onFailure(S2Exception.from(failure), nanoTime.getAsLong()));
                }
            }));
        }
    }
}
