package io.fenceline.connect.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QueueStopsTest {

    private static final String OF_STREAMS =
            "FENCED|FOREIGN_WRITER|STREAM_RESET|STREAM_GAP|WATERMARK_UNKNOWN|TOPIC_RECREATED|ID_CONFLICT";
    private static final String NOT_OF_A_QUEUE = OF_STREAMS + "|LEDGER_STUCK|UNCONFIRMED_RECORD|CONFIG|QUOTA_EXHAUSTED";
    private static final String URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo";
    private static final String PLACE = "\npartition: orders-3, queue '" + URL + "'\n";
    private static final String PATCH =
            "PATCH /connectors/to%2Fsqs/offsets {\"offsets\":[{\"partition\":{\"kafka_topic\":\"orders\","
                    + "\"kafka_partition\":3},\"offset\":{\"kafka_offset\":<next>}}]}";

    private final QueueStops stops = QueueStops.ofPartition("to/sqs", "orders", 3, QueueUrl.parse(URL));

    @ParameterizedTest
    @EnumSource(value = TerminalCode.class, mode = EnumSource.Mode.MATCH_NONE, names = NOT_OF_A_QUEUE)
    void aStopNamesItsPlaceAndWhatToDoWithoutBeingTold(TerminalCode code) {
        assertThat(stops.stop(code, "something was seen").build())
                .hasMessage("[" + code + "] something was seen" + PLACE + "now: " + QueueStops.remedy(code));
        assertThat(QueueStops.remedy(code)).isNotBlank().doesNotEndWith(".");
    }

    @ParameterizedTest
    @EnumSource(value = TerminalCode.class, mode = EnumSource.Mode.MATCH_ALL, names = NOT_OF_A_QUEUE)
    void aCodeThatNoQueueEndsInIsNotUsed(TerminalCode code) {
        assertThatThrownBy(() -> QueueStops.remedy(code)).hasMessageContaining(code.name());
    }

    @Test
    void refusedCredentialsNameTheActionThatIsMissing() {
        TerminalException stop = stops.notAllowed("sqs:SendMessage", "403 AccessDenied", 41L);
        assertThat(stop.code()).isEqualTo(TerminalCode.AUTH);
        assertThat(stop)
                .hasMessageStartingWith("[AUTH] SQS refuses the credentials for sqs:SendMessage: 403 AccessDenied"
                        + PLACE + "safe: offsets up to 41 are settled\nnow: ")
                .hasMessageContaining("the refused request changed nothing")
                .hasMessageContaining("correct them where they come from")
                .hasMessageContaining("allow the IAM action sqs:SendMessage")
                .hasMessageContaining("kms:GenerateDataKey")
                .hasMessageEndingWith("then restart the task");
    }

    @Test
    void aMissingQueueDoesNotPromiseWhatItHeld() {
        assertThat(stops.missing("QueueDoesNotExist", 41L))
                .hasMessageStartingWith("[TARGET_MISSING] the queue does not exist: QueueDoesNotExist" + PLACE
                        + "safe: offsets up to 41 were settled in the queue before\nnow: check sqs.queue.url");
        assertThat(stops.missing("QueueDoesNotExist", null))
                .hasMessageContaining("\nsafe: no offset of this partition is known to be settled\nnow: ");
    }

    @Test
    void recordsPastTheWindowAreNamedByTheirExactOffsets() {
        assertThat(stops.windowExpired(new long[] {42, 43, 44, 47}, 41L))
                .hasMessageStartingWith("[DEDUP_WINDOW_EXPIRED] SQS has not said what became of the records at offsets"
                        + " 42-44, 47, ")
                .hasMessageContaining("they were not sent (in.doubt.policy=fail)" + PLACE
                        + "safe: offsets up to 41 are settled\nnow: ")
                .hasMessageContaining("attribute kafka.id, from orders/3/42 on")
                .hasMessageContaining(PATCH);
        for (TerminalException stop : List.of(
                stops.refusedInDoubt(new long[] {42}, "InvalidMessageContents", 41L),
                stops.unanswered(new long[] {42}, "the connection was reset", null))) {
            assertThat(stop.code()).isEqualTo(TerminalCode.DEDUP_WINDOW_EXPIRED);
            assertThat(stop)
                    .hasMessageContaining(
                            "whether the queue holds the records at offset 42: an attempt was not answered")
                    .hasMessageContaining(PATCH);
        }
        assertThat(stops.refusedInDoubt(new long[] {42}, "InvalidMessageContents", 41L))
                .hasMessageContaining("the next one was refused (InvalidMessageContents; in.doubt.policy=fail)");
    }

    @Test
    void aStopAfterAStartSaysBothWaysOn() {
        assertThat(stops.inDoubtAfterStart(100, 2099, null))
                .hasMessageStartingWith(
                        "[DEDUP_WINDOW_EXPIRED] the records from offset 100 on, up to 2099 at most, may have"
                                + " been sent before this start")
                .hasMessageContaining("a task cannot tell a connector's first start from a restart")
                .hasMessageContaining("set in.doubt.on.restart=resend for one start")
                .hasMessageContaining(PATCH);
    }

    @Test
    void retriesThatEndSayWhatWasSeenLast() {
        assertThat(stops.senseless("200 with HTML", 41L))
                .hasMessageStartingWith("[PROTOCOL] what answers is not SQS")
                .hasMessageContaining("200 with HTML" + PLACE)
                .hasMessageContaining("sqs.endpoint");
        assertThat(stops.exhausted("503", 41L))
                .hasMessageStartingWith(
                        "[RETRIES_EXHAUSTED] SQS has taken nothing for retry.timeout.ms; the last failure: 503"
                                + PLACE);
    }

    @Test
    void manyOffsetsAreOneShortText() {
        assertThat(QueueStops.runs(new long[] {7})).isEqualTo("offset 7");
        assertThat(QueueStops.runs(new long[] {7, 8})).isEqualTo("offsets 7-8");
        assertThat(QueueStops.runs(LongStream.range(5, 100_005).toArray())).isEqualTo("offsets 5-100004");
        String alternating = QueueStops.runs(
                LongStream.range(0, 1000).map(i -> 1_000_000_000_000L + 2 * i).toArray());
        assertThat(alternating)
                .startsWith("offsets 1000000000000, 1000000000002, ")
                .endsWith(", 1000000000198 and 900 more up to 1000000001998")
                .hasSizeLessThan(4_000);
    }
}
