package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.s2.StreamStops;
import io.fenceline.connect.sink.claim.CheckpointToken.NewerTokenException;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Expired;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.Marked;
import io.fenceline.connect.sink.claim.ClaimStep.Outcome;
import io.fenceline.connect.sink.claim.ClaimStep.Outrun;
import io.fenceline.connect.sink.claim.ClaimStep.Owned;
import io.fenceline.connect.sink.claim.ClaimStep.Read;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.connect.sink.claim.WatermarkSearch.Finding;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.retry.Patience;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Taking over one stream: fence, then look where it stands. Pure; one request is out at a time. Answers and time go in,
 * the next {@link ClaimStep} comes out.
 *
 * <pre>
 *   Fence(guess) ──412(actual)──► Fence(actual) ──ack at f──► Read … [floor, f) ──► Owned
 *        │                                                     └─ hole ► Fence(nobody's token) ─412(ours)─► Refused
 *        │  412(a stop mark) ► Marked
 *        │  404, may create ► Create ► Fence(guess)
 *        └─ no answer, retryable ► Wait ► Fence with a new token, on condition of the last one seen
 * </pre>
 *
 * The guard of the fence is the token seen, not the tail: a writing zombie moves the tail but not the token (INV-11).
 * Every attempt has a fresh token, also when it repeats one whose answer was lost (INV-10). The watermark is read only
 * behind the fence's ack: nothing of an older owner can land below the fence any more.
 */
public final class FenceClaim implements ClaimMachine<Outcome> {

    /** How many records below the checkpoint are read to see whether the encryption key fits. */
    private static final int KEY_WINDOW = 16;

    private static final String RIGHTS = "may read from, append to and create this stream";

    private final ClaimRequest request;
    private final ClaimTiming timing;
    private final Patience patience;
    private final RandomGenerator random;
    private final boolean checksKey;
    private final OwnTokens ownTokens = new OwnTokens();
    private final RefusalCount refusals = new RefusalCount();

    private FencingToken expected;
    /** Whether {@link #expected} was seen in force during this claim, not only guessed. */
    private boolean expectedSeen;

    private @Nullable FencingToken token;
    private Checkpoint inForce = Checkpoint.NOTHING;
    private long fence = -1;
    private @Nullable WatermarkSearch search;

    private long searchStarted;
    private boolean creating;
    private boolean created;
    /** Everything else is known; a read is out to see whether the encryption key fits. */
    private boolean checkingKey;
    /** What the claim is refused with, should our token turn out to be in force still. */
    private @Nullable Refused doubt;

    /**
     * @param checksKey an encryption key is used: make sure that it is the stream's, even where nothing else needs to be
     *                  read. S2 notices a wrong key only when it decrypts; an append would be written with it
     */
    public FenceClaim(ClaimRequest request, ClaimTiming timing, RandomGenerator random, boolean checksKey) {
        this.request = request;
        this.timing = timing;
        this.patience = new Patience(timing.retries(), random::nextDouble);
        this.random = random;
        this.checksKey = checksKey;
        // Never over a mark: whether the one we heard of is still in force is for the answer to say.
        this.expected = isMark(request.guess()) ? FencingToken.NONE : request.guess();
        ownTokens.addAll(request.ownTokens());
    }

    @Override
    public ClaimStep start() {
        return sendFence();
    }

    /** What the token replaced last, or the one to be replaced, says of the stream. */
    public Checkpoint inForce() {
        return inForce;
    }

    /** Tokens of ours that may be in force without our knowing; with {@link Owned} the one that is. Any thread. */
    public Set<FencingToken> ownTokens() {
        return ownTokens.snapshot();
    }

    @Override
    public ClaimStep onFenced(AppendAck ack, long now) {
        if (!ack.isOf(1)) {
            // No answer to our fence: it may be in force, now or later.
            return again("an ack of the records " + ack.span() + " for one fence", 0, now);
        }
        succeeded();
        fence = ack.start().seqNum();
        Checkpoint fact = inForce.longer(request.known());
        if (fact.floor() > fence || (request.ownedBefore() && request.known().floor() > fence)) {
            return new Refused(
                    TerminalCode.STREAM_RESET,
                    "our fence landed at position " + fence + ", below position " + fact.floor()
                            + " up to which the stream had been written: it was deleted and made again, or has lost data",
                    StreamStops.remedy(TerminalCode.STREAM_RESET));
        }
        search = new WatermarkSearch(request.lane(), fact.floor(), request.clearBelow(), fence);
        searchStarted = now;
        Finding nothingToRead = search.initial();
        return nothingToRead == null ? read(search) : conclude(nothingToRead, fact);
    }

    @Override
    public ClaimStep onCreated() {
        if (!created) {
            // Only once: a stream that is said to exist and then not to be there is no progress, however often.
            succeeded();
        }
        creating = false;
        created = true;
        return sendFence();
    }

    @Override
    public ClaimStep onRead(ReadBatch batch, long now) {
        succeeded();
        if (checkingKey) {
            // It fits, or nothing is left to try it on.
            return ownedAtCheckpoint();
        }
        WatermarkSearch current = search;
        if (current == null) {
            throw new IllegalStateException("no read is out");
        }
        Finding finding = current.add(batch.records());
        if (finding != null) {
            return conclude(finding, inForce.longer(request.known()));
        }
        if (now - searchStarted > timing.searchLimitNanos()) {
            return unknown("no data record of this partition was found within "
                    + timing.searchLimitNanos() / 1_000_000_000 + " s of reading backwards from position " + fence);
        }
        return read(current);
    }

    @Override
    public ClaimStep onFailure(S2Exception failure, long now) {
        ServerError error = failure.serverError();
        forgetFenceIfWithoutEffect(failure);
        if (error == null) {
            return again("no answer: " + failure.getMessage(), 0, now);
        }
        return switch (error.answer()) {
            case TOKEN_MISMATCH -> onTokenMismatch(Objects.requireNonNull(error.tokenMismatch()));
            case OUT_OF_RANGE -> fence < 0 ? refused(error) : onNothingToRead(error, now);
            case STREAM_MISSING -> onMissing(error, now);
            // Waiting for it to be gone would end in making it again, as if it had never been there.
            case STREAM_BEING_DELETED -> missing(error);
            case POSITION_MISMATCH,
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
                    STRANGE -> believeOrAgain(error, error.answer(), now);
        };
    }

    private ClaimStep believeOrAgain(ServerError error, Answer meaning, long now) {
        return refusals.believes(meaning) ? refused(error) : again(error.brief(), error.retryAfterMillis(), now);
    }

    /** A bounded read at the tail: everything from the requested position on is gone. */
    private ClaimStep onNothingToRead(ServerError error, long now) {
        StreamPosition tail = error.tail();
        if (tail == null) {
            // S2's names the tail: this one says nothing of the stream, and its sender may not be S2
            return believeOrAgain(error, Answer.STRANGE, now);
        }
        if (Long.compareUnsigned(tail.seqNum(), fence) <= 0) {
            return new Refused(
                    TerminalCode.STREAM_RESET,
                    "the stream's next position is " + tail.seqNum() + ", below our own fence at position " + fence,
                    StreamStops.remedy(TerminalCode.STREAM_RESET));
        }
        return onRead(new ReadBatch(List.of(), tail), now);
    }

    private ClaimStep refused(ServerError error) {
        StreamStops.Advice advice = StreamStops.onRefusal(error, RIGHTS, makeTheStream());
        return new Refused(advice.code(), "S2 answered " + error.describe(), advice.remedy());
    }

    /** Reads come only behind the fence's ack: until then the token is that of the last fence, whatever failed. */
    private void forgetFenceIfWithoutEffect(S2Exception failure) {
        FencingToken last = token;
        if (fence < 0 && last != null && failure.hadNoEffect()) {
            ownTokens.remove(last);
        }
    }

    @Override
    public ClaimStep onWaited() {
        if (doubt != null) {
            return askForToken();
        }
        if (checkingKey) {
            return readForKey();
        }
        WatermarkSearch current = search;
        return current != null ? read(current) : creating ? new Create() : sendFence();
    }

    /** The process was paused, and who owns the partition now is not known. */
    @Override
    public Outcome onExpired() {
        return new Expired();
    }

    private ClaimStep sendFence() {
        try {
            inForce = CheckpointToken.read(expected);
        } catch (NewerTokenException newer) {
            return tooNew(newer);
        }
        FencingToken fresh = CheckpointToken.fresh(inForce, random);
        token = fresh;
        ownTokens.add(fresh);
        return new Fence(fresh, expected);
    }

    private static ClaimStep tooNew(NewerTokenException newer) {
        return new Refused(
                TerminalCode.PROTOCOL,
                String.valueOf(newer.getMessage()),
                "upgrade this connector to the version that wrote the stream last, or run that version again");
    }

    private static boolean isMark(FencingToken token) {
        try {
            return StopMark.read(token) != null;
        } catch (NewerTokenException newer) {
            return true;
        }
    }

    private ClaimStep onTokenMismatch(FencingToken actual) {
        try {
            StopMark mark = StopMark.read(actual);
            if (mark != null) {
                return new Marked(mark);
            }
        } catch (NewerTokenException newer) {
            return tooNew(newer);
        }
        boolean first = !expectedSeen;
        if (request.ownedBefore() && actual.isNone()) {
            return new Refused(
                    TerminalCode.STREAM_RESET,
                    "no fencing token is in force on a stream that we had fenced: it was deleted and made again, or"
                            + " somebody cleared the fence",
                    "find out who replaced the stream or cleared its fence");
        }
        if (doubt != null) {
            return actual.equals(token) ? doubt : new Outrun(actual);
        }
        if (!first && !ownTokens.contains(actual)) {
            return new Outrun(actual);
        }
        // A re-claim whose guess was the token we held: somebody else fenced the stream in between.
        if (first
                && request.ownedBefore()
                && !ownTokens.contains(actual)
                && !request.guess().isNone()) {
            return new Outrun(actual);
        }
        expected = actual;
        expectedSeen = true;
        return sendFence();
    }

    private ClaimStep onMissing(ServerError error, long now) {
        if (request.ownedBefore() || search != null || !request.mayCreate()) {
            return missing(error);
        }
        creating = true;
        return created
                ? again("the stream was created and is not there yet", error.retryAfterMillis(), now)
                : new Create();
    }

    private ClaimStep missing(ServerError error) {
        return new Refused(TerminalCode.TARGET_MISSING, "S2 answered " + error.describe(), makeTheStream(), true);
    }

    private String makeTheStream() {
        return "create the stream"
                + (request.ownedBefore() ? " again" : ", or set " + ClaimRequest.MAY_CREATE_KEY + "=true") + ", "
                + StreamStops.RESTART;
    }

    private ClaimStep conclude(Finding finding, Checkpoint fact) {
        WatermarkSearch done = search;
        long foreign = done == null ? -1 : done.foreignPosition();
        if (request.ownedBefore() && foreign >= request.known().floor()) {
            return new Refused(
                    TerminalCode.FOREIGN_WRITER,
                    "position " + foreign + " holds a data record that is not of this partition: another writer appends"
                            + " to the stream",
                    StreamStops.remedy(TerminalCode.FOREIGN_WRITER));
        }
        return finding.map(new Finding.Cases<>() {
            @Override
            public ClaimStep found(Finding.Found found) {
                return owned(found.offset(), Anchor.exactly(found.timestamp()), foreign);
            }

            @Override
            public ClaimStep noData() {
                checkingKey = checksKey && !request.ownedBefore() && fact.floor() > 1;
                return checkingKey ? readForKey() : ownedAtCheckpoint();
            }

            @Override
            public ClaimStep hole(long position) {
                return unknown(
                        "position " + position
                                + " can no longer be read (trimmed, or expired by retention), so the last offset in the stream is not known");
            }
        });
    }

    /** The records below the fence that carried the checkpoint; commands among them are in plaintext. */
    private ClaimStep readForKey() {
        long end = inForce.longer(request.known()).floor() - 1;
        long from = Math.max(0, end - KEY_WINDOW);
        return new Read(from, (int) (end - from));
    }

    private ClaimStep ownedAtCheckpoint() {
        Checkpoint fact = inForce.longer(request.known());
        WatermarkSearch done = search;
        return owned(fact.watermark(), fact.anchor(), done == null ? -1 : done.foreignPosition());
    }

    private ClaimStep owned(@Nullable Long watermark, Anchor anchor, long foreign) {
        FencingToken held = token;
        if (held == null) {
            throw new IllegalStateException("no fence was sent");
        }
        ownTokens.clear();
        ownTokens.add(held);
        return new Owned(new Ownership(held, inForce, fence, watermark, anchor, foreign));
    }

    /**
     * If another writer fenced the stream since, its checkpoint may cover what cannot be read, and the stream is not ours
     * to judge: the refusal counts only if our token is still in force.
     */
    private ClaimStep unknown(String seen) {
        doubt = new Refused(TerminalCode.WATERMARK_UNKNOWN, seen, StreamStops.remedy(TerminalCode.WATERMARK_UNKNOWN));
        return askForToken();
    }

    /** A fence on a token that nobody holds changes nothing, whenever it arrives; its refusal names the token in force. */
    private ClaimStep askForToken() {
        return new Fence(
                CheckpointToken.fresh(Checkpoint.NOTHING, random), CheckpointToken.fresh(Checkpoint.NOTHING, random));
    }

    private ClaimStep read(WatermarkSearch current) {
        return new Read(current.nextSeqNum(), current.nextCount());
    }

    private ClaimStep again(String reason, long retryAfterMillis, long now) {
        long pause = patience.pauseAfterFailure(retryAfterMillis, now);
        return pause > 0 ? new Wait(pause, reason) : Refused.exhausted(patience.lasted(now), reason);
    }

    private void succeeded() {
        patience.succeeded();
        refusals.forget();
    }
}
