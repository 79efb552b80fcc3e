package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.ClaimStep.Create;
import io.fenceline.connect.sink.claim.ClaimStep.Fence;
import io.fenceline.connect.sink.claim.ClaimStep.MarkLeft;
import io.fenceline.connect.sink.claim.ClaimStep.MarkNeedless;
import io.fenceline.connect.sink.claim.ClaimStep.MarkNotLeft;
import io.fenceline.connect.sink.claim.ClaimStep.Wait;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StopMarkingTest {

    private static final long SECOND = 1_000_000_000;

    private final Random random = new Random(6);
    private final FencingToken ours = CheckpointToken.fresh(Checkpoint.of(41, 7, Anchor.UNKNOWN), random);
    private final FencingToken older = CheckpointToken.fresh(Checkpoint.NOTHING, random);
    private final FencingToken others = CheckpointToken.fresh(Checkpoint.NOTHING, random);
    private long now;

    private StopMarking marking(TerminalCode code, FencingToken guess, boolean mayCreate) {
        StopMark mark = new StopMark(code, Checkpoint.of(41, 50, Anchor.UNKNOWN));
        return new StopMarking(
                new StopMarkRequest("t/0", mark, guess, Set.of(ours, older), mayCreate),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), null),
                random,
                5 * SECOND);
    }

    private StopMarking marking(TerminalCode code) {
        return marking(code, ours, true);
    }

    private static AppendAck ack() {
        return new AppendAck(new StreamPosition(50, 0), new StreamPosition(51, 0), new StreamPosition(51, 0));
    }

    private static S2Exception inForce(FencingToken token) {
        return new S2Exception(ServerError.tokenMismatch(token));
    }

    private static S2Exception error(int status, String code) {
        return new S2Exception(ServerError.of(status, code, "as the test says"));
    }

    private static S2Exception noAnswer() {
        return new S2Exception(new TransportFailure(TransportFailure.Kind.BROKEN, "cut", null));
    }

    /** Lets the pause pass. */
    private ClaimStep after(ClaimStep step, StopMarking marking) {
        assertThat(step).isInstanceOf(Wait.class);
        now += ((Wait) step).nanos();
        return marking.onWaited();
    }

    @Test
    void goesOverTheTokenInForceAndNothingElse() {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER);

        Fence fence = (Fence) marking.start();

        assertThat(fence.expected()).isEqualTo(ours);
        assertThat(StopMark.read(fence.token()))
                .isEqualTo(new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(41, 50, Anchor.UNKNOWN)));
        assertThat(marking.onFenced(ack(), now)).isEqualTo(new MarkLeft());
    }

    @ParameterizedTest
    @EnumSource(
            value = TerminalCode.class,
            names = {"FOREIGN_WRITER", "STREAM_RESET", "TARGET_MISSING", "TOPIC_RECREATED"})
    void isNeverPutOverANewerOwner(TerminalCode code) {
        StopMarking marking = marking(code);
        marking.start();

        assertThat(marking.onFailure(inForce(others), now)).isInstanceOf(MarkNotLeft.class);
    }

    @Test
    void goesOverAnotherTokenOfOursWhoseAnswerWasLost() {
        StopMarking marking = marking(TerminalCode.TOPIC_RECREATED);
        marking.start();

        Fence second = (Fence) marking.onFailure(inForce(older), now);

        assertThat(second.expected()).isEqualTo(older);
    }

    @ParameterizedTest
    @CsvSource({"STREAM_RESET, true", "TARGET_MISSING, true", "FOREIGN_WRITER, false", "TOPIC_RECREATED, false"})
    void noTokenIsWhatAReplacedStreamShowsAndElseSomebodysDecision(TerminalCode code, boolean left) {
        StopMarking marking = marking(code);
        marking.start();

        ClaimStep next = marking.onFailure(inForce(FencingToken.NONE), now);

        if (left) {
            assertThat(((Fence) next).expected()).isEqualTo(FencingToken.NONE);
        } else {
            assertThat(next).isEqualTo(new MarkNotLeft("its fence was cleared meanwhile"));
        }
    }

    @Test
    void aTokenIsNotGuessedWhereNoneWouldBeWrong() {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER, FencingToken.NONE, true);

        Fence asks = (Fence) marking.start();

        assertThat(asks.expected()).isNotEqualTo(FencingToken.NONE);
        assertThat(((Fence) marking.onFailure(inForce(ours), now)).expected()).isEqualTo(ours);
    }

    @Test
    void aMarkWhoseAnswerWasLostIsRecognised() {
        StopMarking marking = marking(TerminalCode.STREAM_RESET);
        FencingToken lost = ((Fence) marking.start()).token();

        Fence second = (Fence) after(marking.onFailure(noAnswer(), now), marking);

        assertThat(second.token()).isNotEqualTo(lost);
        assertThat(second.expected()).isEqualTo(ours);
        assertThat(marking.onFailure(inForce(lost), now)).isEqualTo(new MarkLeft());
    }

    @Test
    void aMarkOfAnotherTaskStopsTheStreamAsWell() {
        StopMarking marking = marking(TerminalCode.TARGET_MISSING);
        marking.start();

        StopMark another = new StopMark(TerminalCode.STREAM_RESET, Checkpoint.NOTHING);
        assertThat(marking.onFailure(inForce(another.fresh(random)), now)).isEqualTo(new MarkLeft());
        marking.start();
        assertThat(marking.onFailure(inForce(new FencingToken("s2.newer")), now))
                .isEqualTo(new MarkLeft());
    }

    @Test
    void aStreamThatIsGoneIsMadeToHoldTheMarkAsItsFirstRecord() {
        StopMarking marking = marking(TerminalCode.TARGET_MISSING);
        marking.start();

        assertThat(marking.onFailure(error(404, "stream_not_found"), now)).isEqualTo(new Create());
        Fence fence = (Fence) marking.onCreated();
        assertThat(fence.expected()).isEqualTo(FencingToken.NONE);
        assertThat(marking.onFailure(inForce(others), now)).isInstanceOf(MarkNotLeft.class);
    }

    @Test
    void aStreamThatTheNextTaskWouldNotMakeIsNotMadeForTheMark() {
        StopMarking marking = marking(TerminalCode.TARGET_MISSING, ours, false);
        marking.start();

        assertThat(marking.onFailure(error(404, "stream_not_found"), now)).isEqualTo(new MarkNeedless());
        assertThat(marking(TerminalCode.TARGET_MISSING).onFailure(error(404, "basin_not_found"), now))
                .as("nobody makes a basin")
                .isEqualTo(new MarkNeedless());
    }

    @Test
    void aDeletionUnderWayIsWaitedForAsLongAsThereIsTime() {
        StopMarking marking = marking(TerminalCode.TARGET_MISSING);
        ClaimStep step = marking.start();
        Set<Class<?>> seen = new HashSet<>();
        while (!(step instanceof MarkNotLeft)) {
            seen.add(step.getClass());
            step = step instanceof Wait
                    ? after(step, marking)
                    : marking.onFailure(error(409, "stream_deletion_pending"), now);
        }

        assertThat(seen).containsExactlyInAnyOrder(Fence.class, Wait.class);
        assertThat(now).isBetween(4 * SECOND, 5 * SECOND);
        assertThat(((MarkNotLeft) step).reason()).contains("stream_deletion_pending");
    }

    @Test
    void nothingIsSentBehindItsTime() {
        StopMarking marking = marking(TerminalCode.STREAM_RESET);
        marking.start();
        now = 5 * SECOND;

        assertThat(marking.onFailure(inForce(older), now)).isInstanceOf(MarkNotLeft.class);
        assertThat(marking.onFailure(error(404, "stream_not_found"), now)).isInstanceOf(MarkNotLeft.class);
        assertThat(marking.onFailure(noAnswer(), now)).isInstanceOf(MarkNotLeft.class);
    }

    @ParameterizedTest
    @CsvSource({"404, ''", "409, basin_deletion_pending", "422, invalid"})
    void whatS2RefusesIsNotTriedAgain(int status, String code) {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER);
        marking.start();

        assertThat(marking.onFailure(error(status, code), now))
                .isEqualTo(new MarkNotLeft(
                        "S2 answered " + status + (code.isEmpty() ? "" : " " + code) + ": as the test says"));
    }

    /** The mark was given up at once, and an unknown token was taken for a missing stream that nobody would make. */
    @ParameterizedTest
    @CsvSource({"401, authn", "403, permission_denied", "404, access_token_not_found"})
    void rightsAreAskedForTwice(int status, String code) {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER);
        marking.start();

        assertThat(after(marking.onFailure(error(status, code), now), marking)).isInstanceOf(Fence.class);
        assertThat(marking.onFailure(error(status, code), now))
                .isEqualTo(new MarkNotLeft("S2 answered " + status + " " + code + ": as the test says"));
    }

    @Test
    void aTokenThatHasBeenReplacedMeanwhileIsNoRefusal() {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER);
        marking.start();
        S2Exception replaced =
                new S2Exception(ServerError.of(401, "authn", "no").withCredentialsReplaced());
        for (int i = 0; i < 4; i++) {
            assertThat(after(marking.onFailure(replaced, now), marking)).isInstanceOf(Fence.class);
        }
    }

    @Test
    void anAckOfSomethingElseIsNoAnswer() {
        StopMarking marking = marking(TerminalCode.FOREIGN_WRITER);
        marking.start();

        AppendAck two = new AppendAck(new StreamPosition(50, 0), new StreamPosition(52, 0), new StreamPosition(52, 0));
        assertThat(marking.onFenced(two, now)).isInstanceOf(Wait.class);
    }
}
