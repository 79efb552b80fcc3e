package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each answer a checkpoint can get. What is taken for harmless and is not loses or repeats records. */
class CheckpointOutcomeTest {

    private static final long POSITION = 50;

    @Test
    void whatNeverReachedTheServiceIsPutOff() {
        assertThat(broken(TransportFailure.Kind.NOT_CONNECTED)).isEqualTo(new CheckpointOutcome.PutOff("no route"));
    }

    @ParameterizedTest
    @EnumSource(
            value = TransportFailure.Kind.class,
            names = {"BROKEN", "PROTOCOL"})
    void whatMayHaveReachedItIsUnclear(TransportFailure.Kind kind) {
        assertThat(broken(kind)).isEqualTo(new CheckpointOutcome.Unclear("no route"));
    }

    @Test
    void anotherTokenInForceIsAnotherOwner() {
        FencingToken other = new FencingToken("other");
        assertThat(refused(new ServerError(412, "", "", null, other, null, 0)))
                .isEqualTo(new CheckpointOutcome.Fenced(other));
    }

    @Test
    void noTokenInForceMeansAnotherStreamAndNotAnotherOwner() {
        assertThat(refused(new ServerError(412, "", "", null, FencingToken.NONE, null, 0)))
                .isInstanceOfSatisfying(CheckpointOutcome.Reset.class, reset -> assertThat(reset.seen())
                        .contains("no fencing token"));
    }

    @Test
    void aTailBelowWhatWasAcknowledgedMeansAnotherStream() {
        assertThat(mismatch(POSITION - 1))
                .isInstanceOfSatisfying(CheckpointOutcome.Reset.class, reset -> assertThat(reset.seen())
                        .contains("position is 49")
                        .contains("up to 50"));
    }

    @ParameterizedTest
    @ValueSource(longs = {POSITION, POSITION + 1, Long.MAX_VALUE, -1})
    void aTailThatMovedUpIsUnclearForItMayHaveBeenUs(long tail) {
        assertThat(mismatch(tail)).isInstanceOf(CheckpointOutcome.Unclear.class);
    }

    @ParameterizedTest
    @CsvSource({
        "404, stream_not_found",
        "404, basin_not_found",
        "404, ''",
        "409, stream_deletion_pending",
        "409, basin_deletion_pending"
    })
    void aStreamThatIsGoneIsMissing(int status, String code) {
        ServerError gone = ServerError.of(status, code, "gone");
        assertThat(refused(gone)).isEqualTo(new CheckpointOutcome.Missing(gone));
    }

    @ParameterizedTest
    @CsvSource({"429, rate_limited", "409, transaction_conflict"})
    void whatHadNoEffectAndMayBeRepeatedIsPutOff(int status, String code) {
        assertThat(refused(ServerError.of(status, code, "later"))).isInstanceOf(CheckpointOutcome.PutOff.class);
    }

    @ParameterizedTest
    @CsvSource({
        // may be repeated, may have had an effect
        "408, request_timeout",
        "503, a_new_code",
        "500, ''",
        // a known code that comes with another status promises nothing
        "500, rate_limited"
    })
    void whatMayHaveHadAnEffectIsUnclear(int status, String code) {
        assertThat(refused(ServerError.of(status, code, "well"))).isInstanceOf(CheckpointOutcome.Unclear.class);
    }

    @ParameterizedTest
    @CsvSource({"401, authn", "403, permission_denied", "403, quota_exhausted", "422, invalid"})
    void whatCannotBeRepeatedIsLeftToAClaimWhichKnowsWhatToSay(int status, String code) {
        assertThat(refused(ServerError.of(status, code, "no"))).isInstanceOf(CheckpointOutcome.Unclear.class);
    }

    @Test
    void aTokenThatHasBeenReplacedMeanwhilePutsItOff() {
        assertThat(refused(ServerError.of(401, "authn", "no").withCredentialsReplaced()))
                .isInstanceOf(CheckpointOutcome.PutOff.class);
        assertThat(refused(ServerError.of(403, "", "a gateway's").withCredentialsReplaced()))
                .isInstanceOf(CheckpointOutcome.Unclear.class);
    }

    @Test
    void aTokenThatIsNotKnownIsNoMissingStream() {
        assertThat(refused(ServerError.of(404, "access_token_not_found", "no")))
                .isInstanceOf(CheckpointOutcome.Unclear.class);
    }

    @Test
    void anAckOfTheOneRecordAtItsPositionInstallsIt() {
        AppendAck ack = ack(POSITION, POSITION + 1);
        assertThat(acknowledged(ack)).isEqualTo(new CheckpointOutcome.Installed(TOKEN, Checkpoint.NOTHING, ack));
    }

    /** Any ack was believed, and the next batch went to where the ack ended. */
    @ParameterizedTest
    @CsvSource({"50, 50", "50, 52", "49, 50", "51, 52", "50, 49", "50, 0", "0, 1", "-1, 0", "50, -1"})
    void anAckOfAnythingElseIsUnclear(long start, long end) {
        assertThat(acknowledged(ack(start, end)))
                .isInstanceOfSatisfying(CheckpointOutcome.Unclear.class, unclear -> assertThat(unclear.reason())
                        .contains("50", Long.toUnsignedString(end)));
    }

    private static final FencingToken TOKEN = new FencingToken("fresh");

    private static AppendAck ack(long start, long end) {
        return new AppendAck(new StreamPosition(start, 0), new StreamPosition(end, 0), new StreamPosition(end, 0));
    }

    private static CheckpointOutcome acknowledged(AppendAck ack) {
        return CheckpointOutcome.acknowledged(ack, TOKEN, Checkpoint.NOTHING, POSITION);
    }

    private static CheckpointOutcome broken(TransportFailure.Kind kind) {
        return CheckpointOutcome.failed(new S2Exception(new TransportFailure(kind, "no route", null)), POSITION);
    }

    private static CheckpointOutcome mismatch(long tail) {
        return refused(new ServerError(412, "", "", tail, null, null, 0));
    }

    private static CheckpointOutcome refused(ServerError error) {
        return CheckpointOutcome.failed(new S2Exception(error), POSITION);
    }
}
