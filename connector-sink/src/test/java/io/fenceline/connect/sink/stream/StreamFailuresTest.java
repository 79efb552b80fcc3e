package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.ClaimStep;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.lane.TargetEnd;
import io.fenceline.connect.sink.lane.TopicEnds;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each message has to be enough for an operator who reads nothing else. */
class StreamFailuresTest {

    private final TopicEnds topic = new TopicEnds();
    private final GoneStreams gone = new GoneStreams();
    private TargetEnd end = new TargetEnd(null, Anchor.UNKNOWN, true);
    private final StreamFailures failures = failures("orders-to-s2", true, true);

    private StreamFailures failures(String connector, boolean exactlyOnce, boolean autoCreate) {
        Duration second = Duration.ofSeconds(1);
        StreamPolicy policy = new StreamPolicy(
                connector,
                "acme",
                exactlyOnce,
                autoCreate,
                new StreamPolicy.Claims(false, 3, second),
                new StreamPolicy.Batching(1, 1, second),
                new StreamPolicy.Sessions(RetryPolicy.FENCED, 1, second, second, second),
                new ClaimTiming(new RetrySettings(second, second, second), second));
        return new StreamFailures(policy, new TopicPartition("orders", 3), "orders/3", () -> end, topic, gone);
    }

    /** The messages while everything up to {@code offset} is known to be in the stream. */
    private StreamFailures durable(long offset) {
        end = new TargetEnd(offset, Anchor.exactly(1L), false);
        return failures;
    }

    private static String patch(String offset) {
        return "PATCH /connectors/orders-to-s2/offsets {\"offsets\":[{\"partition\":{\"kafka_topic\":\"orders\","
                + "\"kafka_partition\":3},\"offset\":{\"kafka_offset\":" + offset + "}}]}";
    }

    @Test
    void aTopicThatEndsBelowTheStreamStoppedAgainAfterTheRequestItsMessagePrinted() {
        assertThat(durable(19L).topicRecreated("offset 0 came back"))
                .hasMessageContaining(patch("0"))
                .hasMessageContaining(
                        "(while the topic ends below offset 20, put its end offset there instead, which leaves"
                                + " out what it holds now): " + patch("20") + "\n");
    }

    @Test
    void aTopicThatWasMadeAgainStoppedItsPartitionsOneAfterTheOther() {
        topic.opened(new TopicPartition("orders", 3), () -> end);
        topic.opened(new TopicPartition("orders", 1), () -> new TargetEnd(6L, Anchor.exactly(1L), false));
        topic.opened(new TopicPartition("orders", 0), () -> new TargetEnd(null, Anchor.UNKNOWN, true));
        topic.opened(new TopicPartition("orders", 5), () -> null);
        topic.opened(new TopicPartition("others", 4), () -> new TargetEnd(9L, Anchor.exactly(1L), false));
        topic.opened(new TopicPartition("orders", 7), () -> new TargetEnd(8L, Anchor.exactly(1L), false));
        topic.closed(new TopicPartition("orders", 7));

        assertThat(durable(19L).topicRecreated("offset 0 came back"))
                .hasMessageContaining("beginning: PATCH /connectors/orders-to-s2/offsets {\"offsets\":[" + entry(0, 0)
                        + "," + entry(1, 0) + "," + entry(3, 0) + "]}\n")
                .hasMessageContaining("leave out those that another task has gone on with since): PATCH"
                        + " /connectors/orders-to-s2/offsets {\"offsets\":[" + entry(1, 7) + "," + entry(3, 20)
                        + "]}\n");
    }

    @Test
    void aStreamThatIsGoneAndOfWhichNoOffsetIsKnownIsNamedBesideTheRequestForTheOthers() {
        gone.stopped(new TopicPartition("others", 0), OptionalLong.empty());
        gone.stopped(new TopicPartition("orders", 1), OptionalLong.of(7));
        TerminalException own = durable(19L).streamReset("it is shorter");

        assertThat(failures.withTheOthers(own))
                .hasMessageStartingWith(own.getMessage())
                .hasMessageContaining("3 partitions of this task have stopped")
                .hasMessageContaining(
                        "(of others-0 no offset is known: decide on each by itself); to go on with all others")
                .hasMessageEndingWith("PATCH /connectors/orders-to-s2/offsets {\"offsets\":[" + entry(1, 7) + ","
                        + entry(3, 20) + "]}");
    }

    @Test
    void streamsThatAreGoneAndOfWhichNoOffsetIsKnownHaveNoRequest() {
        gone.stopped(new TopicPartition("orders", 1), OptionalLong.empty());
        end = new TargetEnd(null, Anchor.UNKNOWN, false);

        assertThat(failures.withTheOthers(failures.streamReset("it is shorter")))
                .hasMessageContaining("of orders-1, orders-3 no offset is known")
                .hasMessageNotContaining("in place of a request for each");
    }

    @Test
    void onlyAStopThatLastsBecauseItsStreamIsGoneIsNamedBesideOthers() {
        TopicPartition lane = new TopicPartition("orders", 3);
        durable(4L).missing(ServerError.of(404, "basin_not_found", "gone"));
        durable(4L).missing(ServerError.of(403, "permission_denied", "no"));
        durable(4L).refused(new ClaimStep.Refused(TerminalCode.FOREIGN_WRITER, "a record", "stop it"));
        durable(4L).refused(new ClaimStep.Refused(TerminalCode.TARGET_MISSING, "404", "check s2.basin"));
        durable(4L).topicRecreated("offset 0 came back");
        durable(4L).marked(new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(41, 50, Anchor.UNKNOWN)));
        failures("orders-to-s2", true, false).missing(ServerError.of(404, "stream_not_found", "gone"));
        failures("orders-to-s2", false, true).missing(ServerError.of(404, "stream_not_found", "gone"));
        assertThat(gone.all()).isEmpty();

        durable(4L).missing(ServerError.of(404, "stream_not_found", "gone"));
        assertThat(gone.all()).containsExactly(Map.entry(lane, OptionalLong.of(5)));
        gone.closed(lane);
        durable(4L).refused(new ClaimStep.Refused(TerminalCode.TARGET_MISSING, "409", "-", true));
        assertThat(gone.all()).containsExactly(Map.entry(lane, OptionalLong.of(5)));
        gone.closed(lane);
        durable(4L).refused(new ClaimStep.Refused(TerminalCode.STREAM_RESET, "shorter", "find out why"));
        assertThat(gone.all()).containsExactly(Map.entry(lane, OptionalLong.of(5)));
        gone.closed(lane);
        durable(4L).marked(new StopMark(TerminalCode.STREAM_RESET, Checkpoint.of(41, 50, Anchor.UNKNOWN)));
        assertThat(gone.all()).containsExactly(Map.entry(lane, OptionalLong.of(42)));
    }

    private static String entry(int partition, long offset) {
        return "{\"partition\":{\"kafka_topic\":\"orders\",\"kafka_partition\":" + partition
                + "},\"offset\":{\"kafka_offset\":" + offset + "}}";
    }

    @Test
    void anUnknownWatermarkLeftTheOperatorWithoutAnOffsetToSet() {
        assertThat(failures.refused(
                        new ClaimStep.Refused(TerminalCode.WATERMARK_UNKNOWN, "position 7 is gone", "find it")))
                .hasMessageContaining(patch("<last offset + 1>"))
                .hasMessageContaining("header kafka.id, 'orders/3/<offset>', of the last record that readers have")
                .hasMessageContaining("GET /connectors/orders-to-s2/offsets")
                .hasMessageContaining(
                        "without Connect's REST: bin/position of the archive, with --set-offset <last offset + 1>");
    }

    @Test
    void aMissingStreamSaysHowEarlierRecordsAreWrittenAgainAndAMissingBasinDoesNot() {
        assertThat(durable(4L).missing(ServerError.of(404, "stream_not_found", "gone")))
                .hasMessageContaining("s2.stream.auto.create")
                .hasMessageContaining(patch("<first offset to write>"));
        assertThat(durable(4L).missing(ServerError.of(404, "basin_not_found", "gone")))
                .hasMessageContaining("check s2.basin")
                .hasMessageContaining("s2 create-basin acme;")
                .hasMessageNotContaining("PATCH");
    }

    @Test
    void aStreamFoundResetByAClaimPrintsTheSameRequestAsOneFoundResetByAnAppend() {
        assertThat(durable(4L).refused(new ClaimStep.Refused(TerminalCode.STREAM_RESET, "it is shorter", "restore it")))
                .hasMessageContaining("restore it")
                .hasMessageContaining(patch("<first offset to write>"));
        assertThat(durable(4L).streamReset("it is shorter")).hasMessageContaining(patch("<first offset to write>"));
    }

    @ParameterizedTest
    @EnumSource(
            value = TerminalCode.class,
            names = {"FOREIGN_WRITER", "STREAM_RESET", "TARGET_MISSING", "TOPIC_RECREATED"})
    void aStopMarkNamesTheCodeTheSafeOffsetsAndBothWaysOn(TerminalCode code) {
        TerminalException stop = failures.marked(new StopMark(code, Checkpoint.of(41, 50, Anchor.UNKNOWN)));

        assertThat(stop.code()).isEqualTo(code);
        assertThat(stop)
                .hasMessageContaining("offsets up to 41")
                .hasMessageContaining(patch("42"))
                .hasMessageContaining("s2 fence s2://acme/orders/3 \"\"");
    }

    @Test
    void aStopMarkThatKnowsNoOffsetSaysSo() {
        assertThat(failures.marked(new StopMark(TerminalCode.TARGET_MISSING, Checkpoint.NOTHING)))
                .hasMessageContaining("no offset of this partition is known")
                .hasMessageContaining(patch("<offset to go on at>"));
    }

    @Test
    void everyStopThatLeavesAMarkNamesBothWaysOnAsARestartAloneChangesNothing() {
        for (TerminalException stop : new TerminalException[] {
            durable(4L).streamReset("it is shorter"),
            durable(4L).missing(ServerError.of(404, "stream_not_found", "gone")),
            durable(4L).refused(new ClaimStep.Refused(TerminalCode.FOREIGN_WRITER, "a record", "stop it")),
            durable(4L).refused(new ClaimStep.Refused(TerminalCode.STREAM_RESET, "shorter", "find out why")),
            durable(4L)
                    .refused(new ClaimStep.Refused(
                            TerminalCode.TARGET_MISSING, "S2 answered 409 stream_deletion_pending", "-", true)),
            durable(4L).topicRecreated("offset 0 came back")
        }) {
            assertThat(stop).hasMessageContaining(patch("5")).hasMessageContaining("s2 fence s2://acme/orders/3 \"\"");
        }
    }

    @Test
    void aMissingBasinOrAnotherServersAnswerIsNotTakenForADeletedStream() {
        for (String seen : new String[] {
            "S2 answered 404 basin_not_found: gone", "S2 answered 404: <html>", "S2 answered 404: no stream_ of yours"
        }) {
            assertThat(failures.refused(new ClaimStep.Refused(TerminalCode.TARGET_MISSING, seen, "check s2.basin")))
                    .hasMessageContaining("check s2.basin")
                    .hasMessageNotContaining("s2 fence");
        }
    }

    @Test
    void aStopThatMayNotLastSaysWhy() {
        TerminalException stop = durable(4L).streamReset("it is shorter");

        assertThat(StreamFailures.afterMarking(stop, new ClaimStep.MarkNotLeft("S2 did not answer in time")))
                .hasMessageStartingWith(stop.getMessage())
                .hasMessageContaining("may not last")
                .hasMessageContaining("S2 did not answer in time");
        assertThat(StreamFailures.afterMarking(stop, new ClaimStep.MarkLeft())).isSameAs(stop);
        assertThat(StreamFailures.afterMarking(stop, new ClaimStep.MarkNeedless()))
                .isSameAs(stop);
    }

    @Test
    void whatAnOffsetRequestSetWasCalledDurable() {
        end = new TargetEnd(4L, Anchor.UNKNOWN, false);

        assertThat(failures.streamReset("it is shorter"))
                .hasMessageContaining("the position was set by an offset request")
                .hasMessageNotContaining("durable in the stream before");
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
                durable(41L).sessionEnd(new SessionEnd.Rejected(ServerError.of(status, code, "because"))));
    }

    @Test
    void aConnectorsNameIsEncodedInTheRequestsItsMessagesPrint() {
        StreamFailures odd = failures("orders/to s2", true, true);
        assertThat(odd.topicRecreated("offset 0 came back"))
                .hasMessageContaining("PATCH /connectors/orders%2Fto%20s2/offsets {");
        assertThat(odd.refused(new ClaimStep.Refused(TerminalCode.WATERMARK_UNKNOWN, "gone", "find it")))
                .hasMessageContaining("GET /connectors/orders%2Fto%20s2/offsets shows");
    }

    @Test
    void a404OfSomethingElseThanS2DoesNotAskForAStreamToBeMade() {
        assertThat(durable(4L).missing(ServerError.of(404, "", "unexpected error body: <html>")))
                .hasMessageContaining("check s2.basin and the endpoints")
                .hasMessageNotContaining("auto.create");
    }
}
