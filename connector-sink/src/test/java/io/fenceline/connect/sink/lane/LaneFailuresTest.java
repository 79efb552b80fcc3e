package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.SessionEnd;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.s2.ServerError;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** Each message has to be enough for an operator who reads nothing else. */
class LaneFailuresTest {

    private final LaneFailures failures = new LaneFailures("orders-to-s2", new TopicPartition("orders", 3), "orders/3");

    private static String patch(String offset) {
        return "PATCH /connectors/orders-to-s2/offsets {\"offsets\":[{\"partition\":{\"kafka_topic\":\"orders\","
                + "\"kafka_partition\":3},\"offset\":{\"kafka_offset\":" + offset + "}}]}";
    }

    @Test
    void aTopicThatEndsBelowTheStreamStoppedAgainAfterTheRequestItsMessagePrinted() {
        assertThat(failures.topicRecreated("offset 0 came back", 19L))
                .hasMessageContaining(patch("0"))
                .hasMessageContaining(patch("20")
                        + " (while the topic ends below offset 20, put its end offset there instead, which leaves out"
                        + " what it holds now)");
    }

    @Test
    void anUnknownWatermarkLeftTheOperatorWithoutAnOffsetToSet() {
        assertThat(failures.refused(
                        new ClaimStep.Refused(TerminalCode.WATERMARK_UNKNOWN, "position 7 is gone", "find it"), null))
                .hasMessageContaining(patch("<last offset + 1>"))
                .hasMessageContaining("GET /connectors/orders-to-s2/offsets");
    }

    @Test
    void aMissingStreamSaysHowEarlierRecordsAreWrittenAgainAndAMissingBasinDoesNot() {
        assertThat(failures.missing(ServerError.of(404, "stream_not_found", "gone"), 4L))
                .hasMessageContaining("s2.stream.auto.create")
                .hasMessageContaining(patch("<first offset to write>"));
        assertThat(failures.missing(ServerError.of(404, "basin_not_found", "gone"), 4L))
                .hasMessageContaining("check s2.basin")
                .hasMessageNotContaining("PATCH");
    }

    @Test
    void aStreamFoundResetByAClaimPrintsTheSameRequestAsOneFoundResetByAnAppend() {
        assertThat(failures.refused(
                        new ClaimStep.Refused(TerminalCode.STREAM_RESET, "it is shorter", "restore it"), 4L))
                .hasMessageContaining("restore it")
                .hasMessageContaining(patch("<first offset to write>"));
        assertThat(failures.streamReset("it is shorter", 4L)).hasMessageContaining(patch("<first offset to write>"));
    }

    @Test
    void anAppendRefusedForItsEncryptionKeyBlamedTheEndpoints() {
        for (String code : new String[] {"bad_header", "decryption_failed"}) {
            assertThat(rejected(400, code).code()).isEqualTo(TerminalCode.AUTH);
            assertThat(rejected(400, code))
                    .hasMessageContaining("s2.encryption.key")
                    .hasMessageContaining("orders-3");
        }
        assertThat(rejected(422, "invalid").code()).isEqualTo(TerminalCode.PROTOCOL);
    }

    private TerminalException rejected(int status, String code) {
        return Objects.requireNonNull(
                failures.sessionEnd(new SessionEnd.Rejected(ServerError.of(status, code, "because")), 41L));
    }

    @Test
    void aConnectorsNameIsEncodedInTheRequestsItsMessagesPrint() {
        LaneFailures odd = new LaneFailures("orders/to s2", new TopicPartition("orders", 3), "orders/3");
        assertThat(odd.topicRecreated("offset 0 came back", 19L))
                .hasMessageContaining("PATCH /connectors/orders%2Fto%20s2/offsets {");
        assertThat(odd.refused(new ClaimStep.Refused(TerminalCode.WATERMARK_UNKNOWN, "gone", "find it"), null))
                .hasMessageContaining("GET /connectors/orders%2Fto%20s2/offsets shows");
    }

    @Test
    void a404OfSomethingElseThanS2DoesNotAskForAStreamToBeMade() {
        assertThat(failures.missing(ServerError.of(404, "", "unexpected error body: <html>"), 4L))
                .hasMessageContaining("check s2.basin and the endpoints")
                .hasMessageNotContaining("auto.create");
    }
}
