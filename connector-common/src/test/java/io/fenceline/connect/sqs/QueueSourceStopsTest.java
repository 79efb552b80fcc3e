package io.fenceline.connect.sqs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QueueSourceStopsTest {

    private static final String URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders.fifo";

    private final QueueSourceStops stops = QueueSourceStops.ofQueue("from/sqs", QueueUrl.parse(URL));

    @Test
    void everyStopNamesItsQueueWhatIsSafeAndWhatToDo() {
        for (TerminalException stop : List.of(
                stops.notAllowed("sqs:DeleteMessage", "403"),
                stops.missing("QueueDoesNotExist"),
                stops.senseless("200 with HTML"),
                stops.refused("InvalidParameterValue"),
                stops.exhausted("503"),
                stops.ledgerStuck(10, "503"),
                stops.unconfirmed("m-1"),
                stops.tooLarge("m-1", 1_048_700, 1_048_576),
                stops.unmappable("m-1", "its body is not base64"),
                stops.notText("m-1"),
                stops.unreadable(Map.of("slot", "1/q#0.1"), Map.of("id", "none"), "it has other keys"))) {
            assertThat(stop.getMessage().lines().map(line -> line.replaceFirst("[:\\]] .*", "")))
                    .startsWith("[" + stop.code(), "partition", "safe", "now");
            assertThat(stop)
                    .hasMessageStartingWith("[" + stop.code() + "] ")
                    .hasMessageContaining("\npartition: queue '" + URL + "'\nsafe: ")
                    .hasMessageMatching("(?s).*(restart the task|resume it|without end|again).*");
        }
    }

    @Test
    void aQueueThatIsNotFoundIsNotSaidToHaveBeenDeleted() {
        assertThat(stops.missing("QueueDoesNotExist"))
                .hasMessageContaining("if the queue was deleted, what it still held went with it");
    }

    @Test
    void rightsThatAreMissingAreNamedByTheirAction() {
        for (String action : List.of("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")) {
            TerminalException stop = stops.notAllowed(action, "403 AccessDenied");
            assertThat(stop.code()).isEqualTo(TerminalCode.AUTH);
            assertThat(stop)
                    .hasMessageStartingWith("[AUTH] SQS refuses the credentials for " + action + ": 403 AccessDenied")
                    .hasMessageContaining("allow the IAM action " + action);
        }
    }

    @Test
    void aMessageThatIsNotWrittenIsNamedAndNotDeleted() {
        for (TerminalException stop : List.of(
                stops.unconfirmed("m-1"),
                stops.tooLarge("m-1", 1_048_700, 1_048_576),
                stops.unmappable("m-1", "its body is not base64"),
                stops.notText("m-1"))) {
            assertThat(stop).hasMessageContaining("message m-1 ").hasMessageContaining("the message is not deleted");
        }
        assertThat(stops.unconfirmed("m-1").code()).isEqualTo(TerminalCode.UNCONFIRMED_RECORD);
        assertThat(stops.unconfirmed("m-1")).hasMessageContaining("on.unconfirmed.record=delete");
        assertThat(stops.tooLarge("m-1", 1_048_700, 1_048_576))
                .hasMessageContaining("1048700 bytes")
                .hasMessageContaining("at most 1048576")
                .hasMessageContaining(
                        "set producer.override.max.request.size, and the topic's max.message.bytes, to more"
                                + " than 1048700");
        assertThat(stops.notText("m-1")).hasMessageContaining("value.type=bytes");
    }

    @Test
    void aLedgerThatIsFullSaysHowManyAreHeldAndThatNoneIsProducedTwice() {
        assertThat(stops.ledgerStuck(10_000, "503 SlowDown"))
                .hasMessageStartingWith(
                        "[LEDGER_STUCK] no message could be deleted for retry.timeout.ms, and 10000 are held")
                .hasMessageContaining("503 SlowDown")
                .hasMessageContaining("not written again in the next four starts")
                .hasMessageContaining("retry.timeout.ms=-1");
    }

    @Test
    void aSlotThatCannotBeReadComesWithTheCallThatForgetsIt() {
        TerminalException stop =
                stops.unreadable(Map.of("slot", "1/q.fifo#0.17"), Map.of("id", "none"), "it has other keys");
        assertThat(stop.code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
        assertThat(stop)
                .hasMessageContaining("1/q.fifo#0.17")
                .hasMessageContaining("it has other keys")
                .hasMessageContaining("PATCH /connectors/from%2Fsqs/offsets"
                        + " {\"offsets\":[{\"partition\":{\"slot\":\"1/q.fifo#0.17\"},\"offset\":{\"id\":\"none\"}}]}");
    }
}
