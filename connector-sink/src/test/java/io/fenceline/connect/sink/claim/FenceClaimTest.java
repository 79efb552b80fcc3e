package io.fenceline.connect.sink.claim;

import static io.fenceline.connect.sink.claim.StreamRecords.data;
import static io.fenceline.connect.sink.claim.StreamRecords.fence;
import static io.fenceline.connect.sink.claim.StreamRecords.foreign;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Expired;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.Marked;
import io.fenceline.connect.sink.claim.ClaimStep.Outrun;
import io.fenceline.connect.sink.claim.ClaimStep.Owned;
import io.fenceline.connect.sink.claim.ClaimStep.Read;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FenceClaimTest {

    private static final TopicPartition LANE = new TopicPartition("t", 0);
    private static final long SECOND = 1_000_000_000;

    private final Random random = new Random(5);
    private final FencingToken seen = CheckpointToken.fresh(Checkpoint.of(41, 7, Anchor.lowBits(9)), random);
    private final FencingToken other = CheckpointToken.fresh(Checkpoint.NOTHING, random);
    private long now;
    private long clearBelow;

    private FenceClaim firstClaim() {
        return claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, null);
    }

    private FenceClaim reclaim(FencingToken guess, Checkpoint known, FencingToken... own) {
        return claim(guess, Set.of(own), known, true, null);
    }

    private FenceClaim claim(
            FencingToken guess,
            Set<FencingToken> own,
            Checkpoint known,
            boolean ownedBefore,
            @Nullable Duration timeout) {
        return new FenceClaim(
                new ClaimRequest(LANE, "t/0", true, guess, own, known, clearBelow, ownedBefore),
                timing(timeout, Duration.ofSeconds(120)),
                random,
                false);
    }

    private static ClaimTiming timing(@Nullable Duration timeout, Duration searchLimit) {
        return new ClaimTiming(new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), timeout), searchLimit);
    }

    /** Up to the ack of a fence behind a checkpoint at position 7 that covers the whole stream. */
    private ClaimStep checkpointedStreamWithKey(FenceClaim[] made) {
        FenceClaim claim = new FenceClaim(
                new ClaimRequest(LANE, "t/0", true, FencingToken.NONE, Set.of(), Checkpoint.NOTHING, 0, false),
                timing(null, Duration.ofSeconds(120)),
                random,
                true);
        made[0] = claim;
        claim.start();
        claim.onFailure(tokenInForce(seen), now);
        return claim.onFenced(ackAt(7), now);
    }

    @Test
    void aWrongEncryptionKeyIsNoticedAlsoWhereTheCheckpointSaysEverything() {
        FenceClaim[] claim = new FenceClaim[1];
        assertThat(checkpointedStreamWithKey(claim)).isEqualTo(new Read(0, 6));

        ClaimStep end = claim[0].onFailure(error(400, "decryption_failed"), now);

        assertThat(end).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.code()).isEqualTo(TerminalCode.AUTH);
            assertThat(refused.advice()).contains("s2.encryption.key");
        });
    }

    @Test
    void anEncryptionKeyThatFitsOrCannotBeTriedChangesNothing() {
        FenceClaim[] claim = new FenceClaim[1];
        checkpointedStreamWithKey(claim);
        assertThat(claim[0].onFailure(error(503, "unavailable"), now)).isInstanceOf(Wait.class);
        assertThat(claim[0].onWaited()).isEqualTo(new Read(0, 6));
        assertThat(claim[0].onRead(answer(data(5, 41)), now)).isInstanceOfSatisfying(Owned.class, owned -> assertThat(
                        owned.ownership().watermark())
                .isEqualTo(41));

        checkpointedStreamWithKey(claim);
        assertThat(claim[0].onFailure(beyond(8), now)).isInstanceOf(Owned.class);
    }

    /** A refusal of a range that does not name the tail is not S2's. */
    @Test
    void aRangeRefusedByAProxyWasTakenForAKeyThatFits() {
        FenceClaim[] claim = new FenceClaim[1];
        checkpointedStreamWithKey(claim);
        for (int i = 0; i < 4; i++) {
            assertThat(claim[0].onFailure(error(416, ""), now)).isInstanceOf(Wait.class);
            assertThat(claim[0].onWaited()).isEqualTo(new Read(0, 6));
        }

        refusal(claim[0].onFailure(error(416, ""), now), TerminalCode.PROTOCOL);
    }

    @Test
    void aRangeRefusedByAProxyWasTakenForAHole() {
        FenceClaim claim = firstClaim();
        claim.start();
        ClaimStep read = claim.onFenced(ackAt(9), now);

        assertThat(claim.onFailure(error(416, ""), now)).isInstanceOf(Wait.class);
        assertThat(claim.onWaited()).isEqualTo(read);
    }

    private static AppendAck ackAt(long position) {
        return new AppendAck(
                new StreamPosition(position, 0),
                new StreamPosition(position + 1, 0),
                new StreamPosition(position + 1, 0));
    }

    private static ReadBatch answer(SequencedRecord... records) {
        return new ReadBatch(List.of(records), null);
    }

    private static S2Exception tokenInForce(FencingToken actual) {
        return new S2Exception(ServerError.tokenMismatch(actual));
    }

    private static S2Exception beyond(long tail) {
        return new S2Exception(new ServerError(416, "", "beyond", null, null, new StreamPosition(tail, 0), 0));
    }

    private static S2Exception error(int status, String code) {
        return new S2Exception(ServerError.of(status, code, "because"));
    }

    private static S2Exception noAnswer() {
        return new S2Exception(new TransportFailure(TransportFailure.Kind.BROKEN, "reset", null));
    }

    private static ClaimStep after(ClaimStep wait, FenceClaim claim) {
        assertThat(wait).isInstanceOf(Wait.class);
        return claim.onWaited();
    }

    /** Nothing can be said of the stream, provided that the claim's own token is still in force: it asks for that. */
    private Refused unknown(ClaimStep step, FenceClaim claim) {
        assertThat(step).isInstanceOf(Fence.class);
        Set<FencingToken> own = claim.ownTokens();
        assertThat(own).as("a token that nobody holds").doesNotContain(((Fence) step).expected());
        // The last of them is in force; the claim drew one more for each look at another token.
        for (FencingToken token : own) {
            ClaimStep end = claim.onFailure(tokenInForce(token), now);
            if (end instanceof Refused) {
                return refusal(end, TerminalCode.WATERMARK_UNKNOWN);
            }
        }
        throw new AssertionError("not refused on any of " + own.size() + " tokens");
    }

    private static Refused refusal(ClaimStep step, TerminalCode code) {
        assertThat(step).isInstanceOf(Refused.class);
        assertThat(((Refused) step).code()).isEqualTo(code);
        assertThat(((Refused) step).seen()).isNotBlank();
        assertThat(((Refused) step).advice()).isNotBlank();
        return (Refused) step;
    }

    // ------------------------------------------------------------------ the straight ways

    @Test
    void aNewStreamIsClaimedWithTheGuessThatNoFenceIsSet() {
        FenceClaim claim = firstClaim();

        Fence fence = (Fence) claim.start();
        assertThat(fence.expected()).isEqualTo(FencingToken.NONE);
        assertThat(CheckpointToken.read(fence.token())).isEqualTo(Checkpoint.NOTHING);

        Owned owned = (Owned) claim.onFenced(ackAt(0), now);
        assertThat(owned.ownership())
                .isEqualTo(new Ownership(fence.token(), Checkpoint.NOTHING, 0, null, Anchor.UNKNOWN, -1));
        assertThat(owned.ownership().nextSeqNum()).isEqualTo(1);
    }

    @Test
    void aWrongGuessIsFollowedByAFenceOnTheTokenSeenThatCopiesItsCheckpoint() {
        FenceClaim claim = firstClaim();
        Fence guess = (Fence) claim.start();

        Fence fence = (Fence) claim.onFailure(tokenInForce(seen), now);

        assertThat(fence.expected()).isEqualTo(seen);
        assertThat(fence.token()).isNotEqualTo(seen).isNotEqualTo(guess.token());
        assertThat(CheckpointToken.read(fence.token())).isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));
    }

    @Test
    void withNoDataAboveTheCheckpointItsWatermarkAndAnchorHold() {
        FenceClaim claim = firstClaim();
        claim.start();
        Fence fence = (Fence) claim.onFailure(tokenInForce(seen), now);

        assertThat(claim.onFenced(ackAt(9), now)).isEqualTo(new Read(8, 1));
        Read next = (Read) claim.onRead(answer(fence(8)), now);
        assertThat(next.seqNum()).as("never below the checkpoint's position").isEqualTo(7);
        Owned owned = (Owned) claim.onRead(answer(fence(7)), now);

        assertThat(owned.ownership().watermark()).isEqualTo(41);
        assertThat(owned.ownership().anchor()).isEqualTo(Anchor.lowBits(9));
        assertThat(owned.ownership().inForce()).isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));
        assertThat(owned.ownership().token()).isEqualTo(fence.token());
    }

    @Test
    void aCheckpointThatReachesUpToTheFenceNeedsNoRead() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(tokenInForce(seen), now);

        assertThat(((Owned) claim.onFenced(ackAt(7), now)).ownership().watermark())
                .isEqualTo(41);
    }

    @Test
    void dataAboveTheCheckpointIsTheWatermarkWithItsWholeTimestamp() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(tokenInForce(seen), now);
        claim.onFenced(ackAt(9), now);

        Owned owned = (Owned) claim.onRead(answer(data(8, 44)), now);

        assertThat(owned.ownership().watermark()).isEqualTo(44);
        assertThat(owned.ownership().anchor()).isEqualTo(Anchor.exactly(1044L));
        assertThat(owned.ownership().inForce())
                .as("what the token says is not what was read")
                .isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));
    }

    @Test
    void aCheckpointWithoutAWatermarkMeansTheGroupsPosition() {
        FencingToken moved = CheckpointToken.fresh(Checkpoint.groupPositionFrom(9), random);
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(tokenInForce(moved), now);

        Owned owned = (Owned) claim.onFenced(ackAt(9), now);

        assertThat(owned.ownership().watermark()).isNull();
        assertThat(owned.ownership().inForce()).isEqualTo(Checkpoint.groupPositionFrom(9));
    }

    @Test
    void aForeignTokenSaysNothingSoTheWholeStreamIsRead() {
        FenceClaim claim = firstClaim();
        claim.start();
        Fence fence = (Fence) claim.onFailure(tokenInForce(new FencingToken("by-hand")), now);
        assertThat(CheckpointToken.read(fence.token())).isEqualTo(Checkpoint.NOTHING);
        assertThat(claim.onFenced(ackAt(2), now)).isEqualTo(new Read(1, 1));
        assertThat(claim.onRead(answer(fence(1)), now)).isEqualTo(new Read(0, 1));

        assertThat(((Owned) claim.onRead(answer(data(0, 3)), now)).ownership().watermark())
                .isEqualTo(3);
    }

    // ------------------------------------------------------------------ lost answers

    @Test
    void aFenceWhoseAnswerWasLostIsFollowedByAnotherTokenOnTheSameCondition() {
        FenceClaim claim = firstClaim();
        claim.start();
        Fence first = (Fence) claim.onFailure(tokenInForce(seen), now);

        Fence second = (Fence) after(claim.onFailure(noAnswer(), now), claim);

        assertThat(second.expected()).isEqualTo(seen);
        assertThat(second.token()).isNotEqualTo(first.token());
        assertThat(claim.ownTokens()).contains(first.token(), second.token());
    }

    @Test
    void ourOwnTokenInForceIsReplacedAndNotMistakenForAnotherWriter() {
        FenceClaim claim = firstClaim();
        claim.start();
        Fence lost = (Fence) claim.onFailure(tokenInForce(seen), now);
        after(claim.onFailure(error(500, "storage"), now), claim);

        Fence third = (Fence) claim.onFailure(tokenInForce(lost.token()), now);

        assertThat(third.expected()).isEqualTo(lost.token());
        assertThat(CheckpointToken.read(third.token()))
                .as("the copy of a copy is the same fact")
                .isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));
        assertThat(claim.onFenced(ackAt(7), now)).isInstanceOf(Owned.class);
        assertThat(claim.ownTokens()).containsExactly(third.token());
    }

    @Test
    void aTokenThatNeverReachedTheStreamIsForgotten() {
        FenceClaim claim = firstClaim();
        claim.start();
        Fence lost = (Fence) claim.onFailure(tokenInForce(seen), now);
        after(claim.onFailure(noAnswer(), now), claim);
        for (int i = 0; i < 100; i++) {
            TransportFailure.Kind kind = TransportFailure.Kind.NOT_CONNECTED;
            after(claim.onFailure(new S2Exception(new TransportFailure(kind, "refused", null)), now), claim);
        }
        Fence last = (Fence) after(claim.onFailure(error(429, "rate_limited"), now), claim);

        assertThat(claim.ownTokens()).containsExactlyInAnyOrder(lost.token(), last.token());
    }

    @Test
    void tokensOfAnOutageWithoutEndAreBounded() {
        FenceClaim claim = firstClaim();
        claim.start();
        for (int i = 0; i < 10_000; i++) {
            after(claim.onFailure(noAnswer(), now), claim);
        }

        assertThat(claim.ownTokens()).hasSize(2 * OwnTokens.KEPT_OF_EACH_END);
    }

    @Test
    void everyAttemptHasAFreshToken() {
        FenceClaim claim = firstClaim();
        Set<FencingToken> tokens = new HashSet<>();
        ClaimStep step = claim.start();
        for (int attempt = 0; attempt < 50; attempt++) {
            assertThat(tokens.add(((Fence) step).token())).isTrue();
            step = after(claim.onFailure(attempt % 2 == 0 ? noAnswer() : error(503, "unavailable"), now), claim);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "500,other",
        "503,unavailable",
        "504,upstream_timeout",
        "429,rate_limited",
        "502,hot_server",
        "503,server_draining",
        "409,transaction_conflict",
        "408,request_timeout",
        "500,''",
        "503,''"
    })
    void whatMayPassIsWaitedFor(int status, String code) {
        FenceClaim claim = firstClaim();
        claim.start();

        assertThat(after(claim.onFailure(error(status, code), now), claim)).isInstanceOf(Fence.class);
    }

    @Test
    void pausesGrowToTheirCapAndAreNeverShorterThanTheServiceAsks() {
        FenceClaim claim = firstClaim();
        claim.start();
        long longest = 0;
        for (int attempt = 1; attempt <= 40; attempt++) {
            Wait wait = (Wait) claim.onFailure(noAnswer(), now);
            long ceiling = Math.min(10 * SECOND, 100_000_000L << Math.min(attempt - 1, 20));
            assertThat(wait.nanos()).isBetween(ceiling / 2, ceiling);
            longest = Math.max(longest, wait.nanos());
            claim.onWaited();
        }
        assertThat(longest).isGreaterThan(5 * SECOND);

        ServerError limited = new ServerError(429, "rate_limited", "slow down", null, null, null, 60_000);
        assertThat(((Wait) claim.onFailure(new S2Exception(limited), now)).nanos())
                .isEqualTo(60 * SECOND);
    }

    /** With retry.backoff.ms of three hours the task stopped at the claim's 21st attempt, and would have tried for ever. */
    @Test
    void aClaimWithALongBackoffDoesNotGiveUpBecauseThePauseHasGrownTooLarge() {
        FenceClaim claim = new FenceClaim(
                new ClaimRequest(LANE, "t/0", true, FencingToken.NONE, Set.of(), Checkpoint.NOTHING, 0, false),
                new ClaimTiming(
                        new RetrySettings(Duration.ofHours(3), Duration.ofHours(24), null), Duration.ofSeconds(120)),
                random,
                false);
        claim.start();
        for (int attempt = 1; attempt <= 100; attempt++) {
            ClaimStep step = claim.onFailure(noAnswer(), now);
            assertThat(step).as("attempt %s", attempt).isInstanceOf(Wait.class);
            assertThat(((Wait) step).nanos())
                    .isBetween(
                            Duration.ofHours(3).toNanos(), Duration.ofHours(24).toNanos());
            claim.onWaited();
        }
    }

    @Test
    void theEndSaysHowLongItTookAndWhatFailedLast() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(5));
        claim.start();
        claim.onFailure(noAnswer(), now);
        Refused end = (Refused) claim.onFailure(error(503, "unavailable"), now + 7 * SECOND);
        assertThat(end.code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
        assertThat(end.seen()).isEqualTo("no progress for 7 s; last failure: 503 unavailable");
    }

    @Test
    void withALimitTheClaimGivesUpAfterThatTimeWithoutAnySuccess() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(60));
        claim.start();
        after(claim.onFailure(noAnswer(), now), claim);
        after(claim.onFailure(noAnswer(), now + 60 * SECOND - 1), claim);

        refusal(claim.onFailure(noAnswer(), now + 60 * SECOND), TerminalCode.RETRIES_EXHAUSTED);
    }

    @Test
    void aPauseEndsWithTheLimitSoThatThereIsALastAttempt() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(60));
        claim.start();
        after(claim.onFailure(noAnswer(), now), claim);

        Wait wait = (Wait) claim.onFailure(noAnswer(), now + 60 * SECOND - 1_000);
        assertThat(wait.nanos()).isEqualTo(1_000);
        assertThat(claim.onWaited()).isInstanceOf(Fence.class);
    }

    @Test
    void pausesTheServiceAsksForDoNotCountTowardsTheLimitHoweverLongTheyAre() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(60));
        claim.start();
        S2Exception limited = new S2Exception(new ServerError(429, "rate_limited", "", null, null, null, 100_000));
        for (int i = 0; i < 5; i++) {
            Wait wait = (Wait) claim.onFailure(limited, now);
            assertThat(wait.nanos()).isEqualTo(100 * SECOND);
            now += wait.nanos();
            assertThat(claim.onWaited()).isInstanceOf(Fence.class);
        }
        after(claim.onFailure(noAnswer(), now + 60 * SECOND - 1), claim);
        refusal(claim.onFailure(noAnswer(), now + 60 * SECOND), TerminalCode.RETRIES_EXHAUSTED);
    }

    @Test
    void aSuccessStartsTheLimitAnew() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(60));
        claim.start();
        after(claim.onFailure(noAnswer(), now), claim);
        claim.onFenced(ackAt(3), now + 50 * SECOND);

        assertThat(claim.onFailure(noAnswer(), now + 100 * SECOND)).isInstanceOf(Wait.class);
    }

    @Test
    void aReadWhoseAnswerWasLostIsRepeatedWithoutAnotherFence() {
        FenceClaim claim = firstClaim();
        claim.start();
        Read read = (Read) claim.onFenced(ackAt(3), now);

        assertThat(after(claim.onFailure(noAnswer(), now), claim)).isEqualTo(read);
    }

    @Test
    void anAckThatDoesNotFitAFenceSettlesNothing() {
        FenceClaim claim = firstClaim();
        Fence first = (Fence) claim.start();
        AppendAck two = new AppendAck(new StreamPosition(4, 0), new StreamPosition(6, 0), new StreamPosition(6, 0));

        Fence second = (Fence) after(claim.onFenced(two, now), claim);

        assertThat(second.token()).isNotEqualTo(first.token());
        assertThat(claim.ownTokens()).contains(first.token());
    }

    // ------------------------------------------------------------------ other writers

    @Test
    void aFenceOfAnotherWriterBetweenLookAndFenceOutrunsUs() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(tokenInForce(seen), now);

        assertThat(claim.onFailure(tokenInForce(other), now)).isEqualTo(new Outrun(other));
    }

    @Test
    void aReclaimWhoseHolderWasFencedByAThirdWriterIsOutrunAtOnce() {
        FenceClaim claim = reclaim(seen, Checkpoint.of(41, 8, Anchor.UNKNOWN));
        assertThat(((Fence) claim.start()).expected()).isEqualTo(seen);

        assertThat(claim.onFailure(tokenInForce(other), now)).isEqualTo(new Outrun(other));
    }

    @Test
    void aReclaimThatFindsATokenOfOursGoesOn() {
        FencingToken lost = CheckpointToken.fresh(Checkpoint.of(50, 20, Anchor.UNKNOWN), random);
        FenceClaim claim = reclaim(seen, Checkpoint.of(50, 19, Anchor.UNKNOWN), lost);
        claim.start();

        Fence fence = (Fence) claim.onFailure(tokenInForce(lost), now);

        assertThat(fence.expected()).isEqualTo(lost);
        assertThat(CheckpointToken.read(fence.token())).isEqualTo(Checkpoint.of(50, 20, Anchor.UNKNOWN));
        assertThat(((Owned) claim.onFenced(ackAt(20), now)).ownership().watermark())
                .isEqualTo(50);
    }

    @Test
    void whatTheTaskItselfKnowsSavesReading() {
        FenceClaim claim = reclaim(seen, Checkpoint.of(60, 100, Anchor.exactly(5L)));
        Fence fence = (Fence) claim.start();
        assertThat(CheckpointToken.read(fence.token()))
                .as("the token copies the token, unread")
                .isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));

        assertThat(claim.onFenced(ackAt(101), now)).isEqualTo(new Read(100, 1));
        Owned owned = (Owned) claim.onRead(answer(fence(100)), now);
        assertThat(owned.ownership().watermark()).isEqualTo(60);
        assertThat(owned.ownership().anchor()).isEqualTo(Anchor.exactly(5L));
        assertThat(owned.ownership().inForce()).isEqualTo(Checkpoint.of(41, 7, Anchor.lowBits(9)));
    }

    @Test
    void foreignDataOnAReclaimIsAForeignWriter() {
        FenceClaim claim = reclaim(seen, Checkpoint.of(60, 100, Anchor.UNKNOWN));
        claim.start();
        claim.onFenced(ackAt(101), now);

        refusal(claim.onRead(answer(foreign(100)), now), TerminalCode.FOREIGN_WRITER);
    }

    @Test
    void foreignDataOnAFirstClaimIsPassedOverAndReported() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(2), now);
        claim.onRead(answer(foreign(1)), now);

        Owned owned = (Owned) claim.onRead(answer(data(0, 12)), now);

        assertThat(owned.ownership().watermark()).isEqualTo(12);
        assertThat(owned.ownership().foreignPosition()).isEqualTo(1);
    }

    @Test
    void aNewerTokenIsRefusedBeforeAnythingIsFenced() {
        FenceClaim claim = firstClaim();
        claim.start();

        Refused refused =
                refusal(claim.onFailure(tokenInForce(new FencingToken("f2.x.y")), now), TerminalCode.PROTOCOL);

        assertThat(refused.seen()).contains("version 2").contains("up to 1");
    }

    // ------------------------------------------------------------------ streams that come and go

    @Test
    void aMissingStreamIsCreatedOnAFirstClaim() {
        FenceClaim claim = firstClaim();
        claim.start();
        assertThat(claim.onFailure(error(404, "stream_not_found"), now)).isEqualTo(new Create());

        Fence fence = (Fence) claim.onCreated();

        assertThat(fence.expected()).isEqualTo(FencingToken.NONE);
        assertThat(((Owned) claim.onFenced(ackAt(0), now)).ownership().watermark())
                .isNull();
    }

    @Test
    void aCreationWhoseAnswerWasLostIsRepeated() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(error(404, "stream_not_found"), now);

        assertThat(after(claim.onFailure(noAnswer(), now), claim)).isEqualTo(new Create());
    }

    @Test
    void aStreamStillMissingAfterItsCreationIsWaitedFor() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(error(404, "stream_not_found"), now);
        claim.onCreated();

        assertThat(after(claim.onFailure(error(404, "stream_not_found"), now), claim))
                .isEqualTo(new Create());
    }

    /** Each creation was taken for progress: it went on without end, whatever the limit. */
    @Test
    void aStreamThatIsSaidToExistAndThenNotToBeThereEndsTheClaimWithTheLimit() {
        FenceClaim claim = claim(FencingToken.NONE, Set.of(), Checkpoint.NOTHING, false, Duration.ofSeconds(60));
        ClaimStep step = claim.start();
        long longest = 0;
        for (int i = 0; i < 1_000 && !(step instanceof Refused); i++) {
            if (step instanceof Wait wait) {
                longest = Math.max(longest, wait.nanos());
                now += wait.nanos();
                step = claim.onWaited();
            } else if (step instanceof Create) {
                step = claim.onCreated();
            } else {
                step = claim.onFailure(error(404, "stream_not_found"), now);
            }
        }

        assertThat(refusal(step, TerminalCode.RETRIES_EXHAUSTED).seen()).contains("is not there yet");
        assertThat(longest).as("pauses grow meanwhile").isGreaterThan(5 * SECOND);
    }

    @Test
    void aMissingStreamIsNotCreatedWhenThatIsNotAllowedNorAMissingBasinEver() {
        FenceClaim notAllowed = new FenceClaim(
                new ClaimRequest(LANE, "t/0", false, FencingToken.NONE, Set.of(), Checkpoint.NOTHING, 0, false),
                timing(null, Duration.ofSeconds(1)),
                random,
                false);
        notAllowed.start();
        refusal(notAllowed.onFailure(error(404, "stream_not_found"), now), TerminalCode.TARGET_MISSING);

        FenceClaim noBasin = firstClaim();
        noBasin.start();
        refusal(noBasin.onFailure(error(404, "basin_not_found"), now), TerminalCode.TARGET_MISSING);
    }

    @Test
    void aStreamThatVanishesUnderARunningTaskIsNotMadeAnew() {
        FenceClaim claim = reclaim(seen, Checkpoint.of(41, 7, Anchor.UNKNOWN));
        claim.start();

        refusal(claim.onFailure(error(404, "stream_not_found"), now), TerminalCode.TARGET_MISSING);
    }

    @Test
    void aStreamThatVanishesBehindOurFenceIsNotMadeAnew() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(4), now);

        refusal(claim.onFailure(error(404, "stream_not_found"), now), TerminalCode.TARGET_MISSING);
    }

    @Test
    void aPendingDeletionIsNotWaitedForAsTheStreamWouldBeMadeAgain() {
        FenceClaim first = firstClaim();
        first.start();
        refusal(first.onFailure(error(409, "stream_deletion_pending"), now), TerminalCode.TARGET_MISSING);

        FenceClaim again = reclaim(seen, Checkpoint.of(41, 7, Anchor.UNKNOWN));
        again.start();
        refusal(again.onFailure(error(409, "stream_deletion_pending"), now), TerminalCode.TARGET_MISSING);
    }

    @Test
    void aStopMarkEndsEveryClaimAndIsNotTouched() {
        StopMark mark = new StopMark(TerminalCode.STREAM_RESET, Checkpoint.of(41, 7, Anchor.UNKNOWN));
        FencingToken inForce = mark.fresh(random);

        FenceClaim first = firstClaim();
        first.start();
        assertThat(first.onFailure(tokenInForce(inForce), now)).isEqualTo(new Marked(mark));

        FenceClaim again = reclaim(seen, Checkpoint.of(41, 7, Anchor.UNKNOWN), inForce);
        again.start();
        assertThat(again.onFailure(tokenInForce(inForce), now)).isEqualTo(new Marked(mark));

        FenceClaim overtaken = firstClaim();
        overtaken.start();
        overtaken.onFailure(tokenInForce(seen), now);
        assertThat(overtaken.onFailure(tokenInForce(inForce), now)).isEqualTo(new Marked(mark));
    }

    @Test
    void aMarkThatWasSeenEarlierIsNotTakenForGrantedAndNeverReplaced() {
        FencingToken heardOf = new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.NOTHING).fresh(random);
        FenceClaim claim = reclaim(heardOf, Checkpoint.of(41, 7, Anchor.UNKNOWN));

        assertThat(((Fence) claim.start()).expected()).isEqualTo(FencingToken.NONE);
    }

    @Test
    void aMarkOfANewerVersionIsRefusedAndNotTouched() {
        FenceClaim claim = firstClaim();
        claim.start();

        assertThat(refusal(claim.onFailure(tokenInForce(new FencingToken("s2.what.ever")), now), TerminalCode.PROTOCOL)
                        .seen())
                .contains("version 2");
    }

    @Test
    void noTokenOnAStreamWeHadFencedIsAReset() {
        FenceClaim claim = reclaim(seen, Checkpoint.of(41, 7, Anchor.UNKNOWN));
        claim.start();

        refusal(claim.onFailure(tokenInForce(FencingToken.NONE), now), TerminalCode.STREAM_RESET);
    }

    @Test
    void aFenceBelowWhatHadBeenWrittenIsAReset() {
        FenceClaim byToken = firstClaim();
        byToken.start();
        byToken.onFailure(tokenInForce(seen), now);
        refusal(byToken.onFenced(ackAt(6), now), TerminalCode.STREAM_RESET);

        FenceClaim byOwnKnowledge = reclaim(seen, Checkpoint.of(60, 100, Anchor.UNKNOWN));
        byOwnKnowledge.start();
        refusal(byOwnKnowledge.onFenced(ackAt(99), now), TerminalCode.STREAM_RESET);
    }

    @Test
    void aTailBelowOurOwnFenceIsAReset() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(4), now);
        ServerError beyond = new ServerError(416, "", "beyond", null, null, new StreamPosition(2, 0), 0);

        refusal(claim.onFailure(new S2Exception(beyond), now), TerminalCode.STREAM_RESET);
    }

    // ------------------------------------------------------------------ what cannot be known

    @Test
    void aHoleMakesTheWatermarkUnknownWhateverTheTokenSays() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFailure(tokenInForce(seen), now);
        claim.onFenced(ackAt(9), now);

        Refused refused = unknown(claim.onRead(answer(fence(9)), now), claim);

        assertThat(refused.seen()).contains("position 8");
    }

    @Test
    void anEmptyAnswerIsAHoleAndNeverANewStream() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(9), now);

        unknown(claim.onRead(answer(), now), claim);
    }

    @Test
    void readingBackwardsIsBoundedInTime() {
        FenceClaim claim = firstClaim();
        claim.start();
        Read read = (Read) claim.onFenced(ackAt(1000), now);
        ClaimStep step = read;
        for (int i = 0; i < 3; i++) {
            Read current = (Read) step;
            SequencedRecord[] fences = new SequencedRecord[current.count()];
            for (int at = 0; at < fences.length; at++) {
                fences[at] = fence(current.seqNum() + at);
            }
            now += 50 * SECOND;
            step = claim.onRead(answer(fences), now);
        }
        unknown(step, claim);
    }

    @Test
    void aHoleThatAnotherOwnersCheckpointMayCoverIsNoReasonToStop() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(9), now);
        Fence question = (Fence) claim.onRead(answer(), now);

        Fence again = (Fence) after(claim.onFailure(noAnswer(), now), claim);
        assertThat(again.expected()).isNotEqualTo(question.expected());
        assertThat(claim.onFailure(tokenInForce(other), now)).isEqualTo(new Outrun(other));
    }

    // ------------------------------------------------------------------ refusals

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void rightsAreAskedForTwice(int status) {
        FenceClaim claim = firstClaim();
        claim.start();
        after(claim.onFailure(error(status, status == 401 ? "authn" : "permission_denied"), now), claim);

        refusal(claim.onFailure(error(status, status == 401 ? "authn" : "permission_denied"), now), TerminalCode.AUTH);
    }

    @Test
    void aTokenThatHasBeenReplacedMeanwhileIsNoRefusal() {
        FenceClaim claim = firstClaim();
        claim.start();
        S2Exception replaced =
                new S2Exception(ServerError.of(401, "authn", "no").withCredentialsReplaced());
        for (int i = 0; i < 20; i++) {
            assertThat(after(claim.onFailure(replaced, now), claim)).isInstanceOf(Fence.class);
        }
    }

    /** It was taken for a stream that ends below a fence of ours, at position -1. */
    @Test
    void aPositionThatIsRefusedBeforeAnythingWasReadSaysNothingOfTheStream() {
        FenceClaim claim = firstClaim();
        claim.start();
        ServerError beyond = new ServerError(416, "", "beyond", null, null, new StreamPosition(2, 0), 0);

        refusal(claim.onFailure(new S2Exception(beyond), now), TerminalCode.PROTOCOL);
    }

    /** One answer of a proxy ended the claim. */
    @Test
    void anAnswerThatIsNotTheProtocolEndsTheClaimTheFifthTime() {
        FenceClaim claim = firstClaim();
        claim.start();
        for (int i = 0; i < 4; i++) {
            assertThat(after(claim.onFailure(error(418, ""), now), claim)).isInstanceOf(Fence.class);
        }

        refusal(claim.onFailure(error(418, ""), now), TerminalCode.PROTOCOL);
    }

    @Test
    void aWrongEncryptionKeyIsNamed() {
        FenceClaim claim = firstClaim();
        claim.start();
        claim.onFenced(ackAt(4), now);

        assertThat(refusal(claim.onFailure(error(400, "decryption_failed"), now), TerminalCode.AUTH)
                        .advice())
                .contains("s2.encryption.key");
    }

    @Test
    void aNonsenseAnswerStopsTheClaim() {
        FenceClaim claim = firstClaim();
        claim.start();

        refusal(claim.onFailure(error(400, "bad_query"), now), TerminalCode.PROTOCOL);
    }

    @Test
    void aStepThatComesTooLateSendsNothing() {
        FenceClaim claim = firstClaim();
        claim.start();

        assertThat(claim.onExpired()).isInstanceOf(Expired.class);
    }

    @ParameterizedTest
    @CsvSource({
        "401, authn, AUTH, s2.access.token",
        "403, permission_denied, AUTH, s2.access.token",
        "404, access_token_not_found, AUTH, s2.access.token",
        "404, basin_not_found, TARGET_MISSING, s2.basin",
        "409, basin_deletion_pending, TARGET_MISSING, s2.basin",
        "404, '', TARGET_MISSING, endpoints",
        "400, bad_header, AUTH, s2.encryption.key",
        "422, invalid, PROTOCOL, endpoints",
        "501, not_implemented, PROTOCOL, endpoints",
    })
    void eachRefusalThatStaysNamesTheKeyToChange(int status, String code, TerminalCode end, String key) {
        FenceClaim claim = firstClaim();
        claim.start();
        ClaimStep step = claim.onFailure(error(status, code), now);
        if (step instanceof Wait) {
            // credentials get a second chance
            claim.onWaited();
            step = claim.onFailure(error(status, code), now);
        }

        assertThat(refusal(step, end).advice()).contains(key).doesNotContain("create the stream");
    }

    @ParameterizedTest
    @CsvSource({"4, 4", "4, 6", "4, 3", "-1, 0", "9223372036854775807, -9223372036854775808"})
    void anAckThatIsNotOfOneRecordIsNoAnswerToAFence(long start, long end) {
        FenceClaim claim = firstClaim();
        claim.start();
        AppendAck strange =
                new AppendAck(new StreamPosition(start, 0), new StreamPosition(end, 0), new StreamPosition(end, 0));

        ClaimStep next = after(claim.onFenced(strange, now), claim);

        assertThat(next).isInstanceOf(Fence.class);
        assertThat(claim.ownTokens()).hasSize(2);
    }
}
