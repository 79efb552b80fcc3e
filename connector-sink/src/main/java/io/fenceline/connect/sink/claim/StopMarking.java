package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.CheckpointToken.NewerTokenException;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.MarkLeft;
import io.fenceline.connect.sink.claim.ClaimStep.MarkNeedless;
import io.fenceline.connect.sink.claim.ClaimStep.MarkNotLeft;
import io.fenceline.connect.sink.claim.ClaimStep.MarkOutcome;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.retry.Patience;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Leaving a {@link StopMark} in a stream. Pure; one request is out at a time. Answers and time go in, the next
 * {@link ClaimStep} comes out.
 *
 * <pre>
 *   Fence(mark over the token we believe in force) ──ack──────────────────────────────► MarkLeft
 *        │ 412: a token of ours, or none where the stream was replaced ► over that one
 *        │ 412: a mark, ours whose answer was lost or another's ──────────────────────► MarkLeft
 *        │ 412: anybody else's token ─────────────────────────────────────────────────► MarkNotLeft
 *        │ 404, the next task would create it ► Create ► Fence(mark over no token)
 *        │ 404, nobody would ───────────────────────────────────────────────────────► MarkNeedless
 *        └ no answer, retryable ► Wait ► Fence with a new mark, on the same condition
 * </pre>
 *
 * The mark goes over tokens of ours only: a task that does not know yet that it has lost the stream must not stop its new
 * owner. No token at all is nobody's: it is what a stream shows that was replaced, or that was made again to take the mark.
 */
public final class StopMarking implements ClaimMachine<MarkOutcome> {

    /** There are seconds, not minutes: a pause of our own is never longer. */
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final StopMarkRequest request;
    private final Patience patience;
    private final RandomGenerator random;
    private final long deadline;
    /** Marks sent: one that is in force after all was left. */
    private final Set<FencingToken> sent = new HashSet<>();

    private final RefusalCount refusals = new RefusalCount();

    private FencingToken expected;
    private boolean creating;
    private boolean created;

    /** @param deadline of the clock, behind which nothing more is sent; the timeout of {@code retries} does not matter */
    public StopMarking(StopMarkRequest request, RetrySettings retries, RandomGenerator random, long deadline) {
        this.request = request;
        this.patience = new Patience(retries.endlessWithPausesUpTo(LONGEST_PAUSE), random::nextDouble);
        this.random = random;
        this.deadline = deadline;
        // A token that nobody holds changes nothing, and its refusal names the one in force.
        this.expected = request.guess().isNone() && !mayReplace(FencingToken.NONE)
                ? request.mark().fresh(random)
                : request.guess();
    }

    @Override
    public ClaimStep start() {
        return sendMark();
    }

    @Override
    public ClaimStep onFenced(AppendAck ack, long now) {
        return ack.recordCount() == 1
                ? new MarkLeft()
                : again("an ack of " + ack.recordCount() + " records for one fence", 0, now);
    }

    /** A mark does not depend on what the stream holds: nothing is read for it. */
    @Override
    public ClaimStep onRead(ReadBatch batch, long now) {
        throw new IllegalStateException("no read is out");
    }

    @Override
    public ClaimStep onCreated() {
        creating = false;
        created = true;
        expected = FencingToken.NONE;
        return sendMark();
    }

    @Override
    public ClaimStep onFailure(S2Exception failure, long now) {
        ServerError error = failure.serverError();
        if (error == null) {
            return again("no answer: " + failure.getMessage(), 0, now);
        }
        String answered = "S2 answered " + error.describe();
        return switch (error.answer()) {
            case TOKEN_MISMATCH -> onTokenMismatch(Objects.requireNonNull(error.tokenMismatch()), now);
            case STREAM_MISSING -> onMissing(error, now);
            // Nobody makes a basin.
            case BASIN_MISSING -> new MarkNeedless();
            case STREAM_BEING_DELETED -> again(answered, error.retryAfterMillis(), now);
            case POSITION_MISMATCH,
                    OUT_OF_RANGE,
                    UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    CREDENTIALS_REPLACED,
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
                    STRANGE ->
                refusals.believes(error.answer())
                        ? new MarkNotLeft(answered)
                        : again(answered, error.retryAfterMillis(), now);
        };
    }

    @Override
    public ClaimStep onWaited() {
        return creating ? new Create() : sendMark();
    }

    /** A mark that was sent may be in force, now or later. */
    @Override
    public MarkOutcome onExpired() {
        return new MarkNotLeft("S2 did not answer in time");
    }

    private ClaimStep sendMark() {
        FencingToken token = request.mark().fresh(random);
        sent.add(token);
        return new Fence(token, expected);
    }

    private ClaimStep onMissing(ServerError error, long now) {
        if (!request.mayCreate()) {
            return new MarkNeedless();
        }
        if (created) {
            return again("the stream was created and is not there yet", error.retryAfterMillis(), now);
        }
        creating = true;
        return now - deadline < 0 ? new Create() : onExpired();
    }

    private ClaimStep onTokenMismatch(FencingToken actual, long now) {
        if (sent.contains(actual) || isMark(actual)) {
            return new MarkLeft();
        }
        if (!mayReplace(actual)) {
            return new MarkNotLeft(
                    actual.isNone()
                            ? "its fence was cleared meanwhile"
                            : "another writer has fenced the stream since, so it is that one's");
        }
        if (now - deadline >= 0) {
            return onExpired();
        }
        expected = actual;
        return sendMark();
    }

    private boolean mayReplace(FencingToken actual) {
        if (actual.isNone()) {
            TerminalCode code = request.mark().code();
            return created || code == TerminalCode.STREAM_RESET || code == TerminalCode.TARGET_MISSING;
        }
        return request.ownTokens().contains(actual);
    }

    private static boolean isMark(FencingToken actual) {
        try {
            return StopMark.read(actual) != null;
        } catch (NewerTokenException newer) {
            return true;
        }
    }

    private ClaimStep again(String reason, long retryAfterMillis, long now) {
        long pause = patience.pauseAfterFailure(retryAfterMillis, now);
        return pause < deadline - now ? new Wait(pause, reason) : new MarkNotLeft(reason);
    }
}
