package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.Guard;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.claim.StopMarkRequest;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.s2.wire.FencingToken;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamHoldTest {

    private final StreamHold hold = new StreamHold();

    private ClaimRequest claim() {
        return hold.claim(new TopicPartition("t", 0), "t/0", false);
    }

    private void own(long fence) {
        hold.take(new Ownership(
                new FencingToken("fence-" + fence), Checkpoint.NOTHING, fence, 9L, Anchor.exactly(9000L), -1));
    }

    @Test
    void whatIsClearBeforeAClaimSaysNothingOfWhatIsWrittenBehindIt() {
        own(5);
        hold.nothingInDoubtBelow(Long.MAX_VALUE);
        assertThat(claim().clearBelow()).isEqualTo(Long.MAX_VALUE);

        own(7);

        assertThat(claim().clearBelow()).isZero();
    }

    @Test
    void whatIsClearSaysNothingOfWhatAnotherOwnerWrites() {
        own(5);
        hold.nothingInDoubtBelow(Long.MAX_VALUE);

        hold.loseTo(new FencingToken("another"));

        assertThat(claim().clearBelow()).isZero();
    }

    @Test
    void whatIsClearCountsOnlyForAStreamThatWasOurs() {
        hold.nothingInDoubtBelow(Long.MAX_VALUE);

        assertThat(claim().clearBelow()).isZero();
    }

    // ------------------------------------------------------------------ what a claim is told

    @Test
    void theFirstClaimKnowsNothingButTheTokensThatMayBeOurs() {
        hold.mayBeInForce(new FencingToken("sent"));

        ClaimRequest first = hold.claim(new TopicPartition("t", 0), "t/0", true);

        assertThat(first)
                .isEqualTo(new ClaimRequest(
                        new TopicPartition("t", 0),
                        "t/0",
                        true,
                        FencingToken.NONE,
                        Set.of(new FencingToken("sent")),
                        Checkpoint.NOTHING,
                        0,
                        false));
    }

    @Test
    void aLaterClaimKnowsTheTokenAndWhatWasAcknowledgedUnderIt() {
        own(5);
        hold.settle(entry(20, 2_000L), 8);

        assertThat(claim())
                .isEqualTo(new ClaimRequest(
                        new TopicPartition("t", 0),
                        "t/0",
                        false,
                        new FencingToken("fence-5"),
                        Set.of(),
                        Checkpoint.of(20, 8, Anchor.exactly(2_000L)),
                        0,
                        true));
    }

    @Test
    void aClaimAgainstAnotherOwnerGuessesTheOthersTokenUntilTheStreamIsOursAgain() {
        own(5);
        hold.loseTo(new FencingToken("another"));
        assertThat(claim().guess()).isEqualTo(new FencingToken("another"));
        assertThat(claim().ownedBefore()).isTrue();

        own(9);

        assertThat(claim().guess()).isEqualTo(new FencingToken("fence-9"));
    }

    @Test
    void aStreamWithoutARecordOfOursIsKnownFromItsSettledPositionOn() {
        hold.take(new Ownership(new FencingToken("f"), Checkpoint.NOTHING, 5, null, Anchor.UNKNOWN, -1));
        assertThat(claim().known()).isEqualTo(Checkpoint.groupPositionFrom(6));
    }

    @Test
    void whatAClaimWasToldDoesNotChangeUnderIt() {
        own(5);
        hold.mayBeInForce(Set.of(new FencingToken("a")));
        ClaimRequest claim = claim();
        hold.mayBeInForce(new FencingToken("b"));
        assertThat(claim.ownTokens()).containsExactly(new FencingToken("a"));
        assertThat(hold.ownTokens()).containsExactlyInAnyOrder(new FencingToken("a"), new FencingToken("b"));
    }

    // ------------------------------------------------------------------ writing

    @Test
    void anAppendSessionWritesUnderTheTokenBehindWhatIsSettled() {
        own(5);
        assertThat(hold.guard()).isEqualTo(new Guard(new FencingToken("fence-5"), 6));
        assertThat(hold.token()).isEqualTo(new FencingToken("fence-5"));

        hold.settle(entry(20, null), 8);

        assertThat(hold.guard()).isEqualTo(new Guard(new FencingToken("fence-5"), 8));
        assertThat(hold.watermark()).isEqualTo(20);
        assertThat(hold.end().anchor()).isEqualTo(Anchor.exactly(null));
        assertThat(hold.settledSeqNum()).isEqualTo(8);
    }

    @Test
    void whatAClaimFoundOfTheLastRecordIsKnownFromThenOn() {
        hold.take(new Ownership(new FencingToken("f"), Checkpoint.NOTHING, 5, 9L, Anchor.lowBits(77), -1));
        assertThat(hold.watermark()).isEqualTo(9);
        assertThat(hold.end().anchor()).isEqualTo(Anchor.lowBits(77));
        assertThat(hold.nextCheckpoint()).isEqualTo(Checkpoint.of(9, 7, Anchor.lowBits(77)));
    }

    @Test
    void tokensSentBeforeTheOneInForceAreNotOursAnyMore() {
        hold.mayBeInForce(new FencingToken("lost answer"));
        assertThat(hold.isOurs(new FencingToken("lost answer"))).isTrue();
        own(5);
        assertThat(hold.isOurs(new FencingToken("lost answer"))).isFalse();

        hold.mayBeInForce(new FencingToken("lost checkpoint"));
        hold.renew(new FencingToken("fresh"), Checkpoint.NOTHING, 7);
        assertThat(hold.isOurs(new FencingToken("lost checkpoint"))).isFalse();
    }

    // ------------------------------------------------------------------ checkpoints

    @Test
    void aCheckpointSpeaksOfEverythingUpToTheFenceThatInstallsIt() {
        own(5);
        assertThat(hold.outgrewCheckpoint()).as("there is none").isTrue();
        hold.settle(entry(20, 2_000L), 8);
        Checkpoint next = hold.nextCheckpoint();
        assertThat(next).isEqualTo(Checkpoint.of(20, 9, Anchor.exactly(2_000L)));
        hold.nothingInDoubtBelow(Long.MAX_VALUE);

        hold.renew(new FencingToken("fresh"), next, 9);

        assertThat(hold.outgrewCheckpoint()).isFalse();
        assertThat(hold.guard()).isEqualTo(new Guard(new FencingToken("fresh"), 9));
        assertThat(hold.watermark()).isEqualTo(20);
        assertThat(claim().clearBelow()).isZero();
        hold.settle(entry(21, 2_100L), 10);
        assertThat(hold.outgrewCheckpoint()).isTrue();
    }

    @Test
    void withoutARecordACheckpointSendsTheNextOwnerToTheGroupsPosition() {
        hold.take(new Ownership(new FencingToken("f"), Checkpoint.NOTHING, 5, null, Anchor.UNKNOWN, -1));
        assertThat(hold.nextCheckpoint()).isEqualTo(Checkpoint.groupPositionFrom(7));
    }

    @Test
    void aCheckpointThatAClaimFoundIsOutgrownByTheClaimsFence() {
        Checkpoint found = Checkpoint.of(9, 5, Anchor.UNKNOWN);
        hold.take(new Ownership(new FencingToken("f"), found, 5, 9L, Anchor.UNKNOWN, -1));
        assertThat(hold.outgrewCheckpoint()).isTrue();
    }

    @Test
    void thePastIsUnknownOnlyWithoutARecordAndWithoutACheckpoint() {
        FencingToken token = new FencingToken("f");
        assertThat(hold.end().pastUnknown()).isTrue();
        hold.take(new Ownership(token, Checkpoint.NOTHING, 5, null, Anchor.UNKNOWN, -1));
        assertThat(hold.end().pastUnknown()).isTrue();
        hold.take(new Ownership(token, Checkpoint.groupPositionFrom(3), 5, null, Anchor.UNKNOWN, -1));
        assertThat(hold.end().pastUnknown()).isFalse();
        hold.take(new Ownership(token, Checkpoint.NOTHING, 5, 9L, Anchor.UNKNOWN, -1));
        assertThat(hold.end().pastUnknown()).isFalse();
    }

    // ------------------------------------------------------------------ contradictions

    @Test
    void aPositionThatAnOffsetRequestSetIsNotCalledDurableBeforeTheFirstAck() {
        hold.take(new Ownership(new FencingToken("f"), Checkpoint.of(9, 3, Anchor.UNKNOWN), 5, 9L, Anchor.UNKNOWN, -1));

        assertThat(hold.positionRequested()).isTrue();
        assertThat(hold.end().describe("stream")).contains("set by an offset request");
        assertThat(hold.stopMark(TerminalCode.STREAM_RESET, "t/0", true).mark().fact())
                .as("nothing durable is known")
                .isEqualTo(Checkpoint.groupPositionFrom(6));
        assertThat(hold.contradiction(endsAt(8L))).contains("offset 9 was set by an offset request");

        own(5);
        assertThat(hold.positionRequested()).isFalse();
        assertThat(hold.end().describe("stream")).isEqualTo("the stream ends at offset 9");
    }

    @Test
    void aMarkSaysWhatTheLaneKnewAndMayGoOverItsOwnTokensOnly() {
        FencingToken lost = new FencingToken("lost");
        own(5);
        hold.mayBeInForce(lost);

        StopMarkRequest request = hold.stopMark(TerminalCode.FOREIGN_WRITER, "t/0", false);

        assertThat(request.mark())
                .isEqualTo(new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(9, 6, Anchor.UNKNOWN)));
        assertThat(request.guess()).isEqualTo(new FencingToken("fence-5"));
        assertThat(request.ownTokens()).containsExactlyInAnyOrder(new FencingToken("fence-5"), lost);
    }

    @Test
    void aMarkOfALaneThatNeverOwnedTheStreamKeepsWhatTheTokenItMetSaid() {
        hold.refused(Checkpoint.of(9, 3, Anchor.lowBits(7)));

        assertThat(hold.stopMark(TerminalCode.STREAM_RESET, "t/0", true).mark().fact())
                .isEqualTo(Checkpoint.of(9, 3, Anchor.UNKNOWN));
    }

    @Test
    void aStreamThatEndsBelowWhatItAcknowledgedContradictsItself() {
        own(5);
        assertThat(hold.contradiction(endsAt(8L))).contains("offset 9 was acknowledged", "ends at offset 8");
        assertThat(hold.contradiction(endsAt(null)))
                .contains("offset 9 was acknowledged", "no record of this partition");
        assertThat(hold.contradiction(endsAt(9L))).isNull();
        assertThat(hold.contradiction(endsAt(10L)))
                .as("an append whose answer was lost has landed")
                .isNull();
    }

    @Test
    void aStreamOfWhichNothingIsKnownContradictsNothing() {
        assertThat(hold.contradiction(endsAt(null))).isNull();
        assertThat(hold.contradiction(endsAt(3L))).isNull();
    }

    private static Ownership endsAt(@Nullable Long watermark) {
        return new Ownership(new FencingToken("now"), Checkpoint.NOTHING, 30, watermark, Anchor.UNKNOWN, -1);
    }

    private static OffsetTracker.Entry entry(long lastOffset, @Nullable Long timestamp) {
        OffsetTracker.Entry entry = new OffsetTracker().open(lastOffset - 1);
        entry.extend(lastOffset, timestamp, 10);
        return entry;
    }
}
