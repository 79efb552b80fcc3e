package io.fenceline.connect.source.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.queue.RecoveredLedger;
import io.fenceline.connect.source.queue.Slot;
import io.fenceline.connect.sqs.QueueSourceStops;
import io.fenceline.sqs.QueueUrl;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlotOffsetsTest {

    private static final QueueUrl QUEUE = QueueUrl.parse("http://localhost:1/000000000000/orders.fifo");
    private static final QueueSourceStops STOPS = QueueSourceStops.ofQueue("from-sqs", QUEUE);

    private final SlotOffsets offsets = new SlotOffsets(QUEUE.identity());

    @Test
    void aSlotIsOneKeyAndItsMessageAnIdWithTheStart() {
        assertThat(offsets.partition(new Slot(3, 17))).isEqualTo(Map.of("slot", "000000000000/orders.fifo#3.17"));
        assertThat(SlotOffsets.offset("m-1", 5L)).isEqualTo(Map.of("id", "m-1", "start", 5L));
    }

    @Test
    void allSlotsOfAQueueAreThoseOfFourAreasEachOnce() {
        List<Map<String, String>> all = offsets.all();

        assertThat(all).hasSize(40_000);
        assertThat(new HashSet<>(all)).hasSize(40_000);
        for (Map<String, String> partition : all) {
            SlotOffsets.Place place = SlotOffsets.place(partition);
            assertThat(place.queue()).isEqualTo(QUEUE.identity());
            assertThat(offsets.partition(place.slot())).isEqualTo(partition);
        }
    }

    @Test
    void allThatIsStoredIsKnownAndTheHighestStartIsTheLast() {
        Map<Map<String, String>, Map<String, ?>> stored = new HashMap<>();
        offsets.all().forEach(slot -> stored.put(slot, null));
        stored.put(offsets.partition(new Slot(0, 0)), Map.of("id", "a", "start", 8L));
        stored.put(offsets.partition(new Slot(3, 9_999)), Map.of("id", "b", "start", 7));
        stored.put(offsets.partition(new Slot(1, 5)), Map.of("id", "a", "start", 5L));

        RecoveredLedger ledger = SlotOffsets.recover(stored, STOPS);

        assertThat(ledger.ids()).containsExactlyInAnyOrder("a", "b");
        assertThat(ledger.lastStart()).isEqualTo(8);
    }

    @Test
    void aQueueThatWasNeverReadHasAnEmptyLedger() {
        assertThat(SlotOffsets.recover(Map.of(), STOPS)).isEqualTo(new RecoveredLedger(java.util.Set.of(), 0));
    }

    @Test
    void aStoredOffsetThatIsNotOursStopsWithTheCallThatForgetsIt() {
        for (Map<String, ?> offset : List.<Map<String, ?>>of(
                Map.of("id", "m-1"),
                Map.of("id", "m-1", "start", "5"),
                Map.of("id", "m-1", "start", 0L),
                Map.of("id", "m-1", "start", 1.0),
                Map.of("id", "", "start", 1L),
                Map.of("id", 7, "start", 1L),
                Map.of("id", "m-1", "start", 1L, "more", 1L),
                Map.of("seq_num", 5L))) {
            assertThatThrownBy(() -> SlotOffsets.recover(Map.of(offsets.partition(new Slot(2, 7)), offset), STOPS))
                    .isInstanceOf(TerminalException.class)
                    .hasMessageStartingWith("[WATERMARK_UNKNOWN]")
                    .hasMessageContaining("000000000000/orders.fifo#2.7")
                    .hasMessageContaining("PATCH /connectors/from-sqs/offsets {\"offsets\":[{\"partition\":{\"slot\":"
                            + "\"000000000000/orders.fifo#2.7\"},\"offset\":{\"id\":\"none\",\"start\":1}}]}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0/q",
                "0/q#1",
                "0/q#1.",
                "#1.1",
                "0/q#4.0",
                "0/q#0.10000",
                "0/q#-1.0",
                "0/q#0.01",
                "0/q#+1.1",
                "0/q#0.1 ",
                "0/q#0.1.2"
            })
    void aNameThatNoSlotHasIsRefused(String name) {
        assertThatThrownBy(() -> SlotOffsets.place(Map.of("slot", name)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("<account>/<queue>#<area 0-3>.<number 0-9999>");
    }

    @Test
    void aPartitionWithOtherKeysIsRefused() {
        for (Map<String, ?> partition : List.<Map<String, ?>>of(
                Map.of(), Map.of("stream", "a/b"), Map.of("slot", 1), Map.of("slot", "0/q#0.1", "queue", "q"))) {
            assertThatThrownBy(() -> SlotOffsets.place(partition)).isInstanceOf(ConnectException.class);
        }
    }

    /** What Connect hands on has the numbers of a JSON parser. */
    @Test
    void aRequestWithSlotsOfConfiguredQueuesPasses() {
        Map<Map<String, ?>, Map<String, ?>> request = new LinkedHashMap<>();
        request.put(Map.of("slot", "000000000000/orders.fifo#0.0"), Map.of("id", "m", "start", 1));
        request.put(Map.of("slot", "000000000000/orders.fifo#3.9999"), Map.of("id", "m", "start", 1L << 40));
        request.put(Map.of("slot", "000000000000/orders.fifo#1.1"), null);
        request.put(Map.of("slot", "1/read-no-more#1.1"), null);
        request.put(Map.of("of", "another connector"), null);

        assertThat(new SqsSourceConnector().alterOffsets(configured(), request)).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1/orders.fifo#0.0 | m | 1 | not one of this connector's queues [000000000000/orders.fifo]",
                "000000000000/orders.fifo#4.0 | m | 1 | is not of the form",
                "000000000000/orders.fifo#0.10000 | m | 1 | is not of the form",
                "000000000000/orders.fifo#0.0 | m | 0 | start is not such a number",
                "000000000000/orders.fifo#0.0 | m | -1 | start is not such a number",
                "000000000000/orders.fifo#0.0 | '' | 1 | id is not the id of a message",
            })
    void aRequestThatNobodyWouldUnderstandIsRefusedAndShowsTheForm(String slot, String id, long start, String said) {
        assertThatThrownBy(() -> new SqsSourceConnector()
                        .alterOffsets(configured(), Map.of(Map.of("slot", slot), Map.of("id", id, "start", start))))
                .isInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Offsets not changed: ")
                .hasMessageContaining(said)
                .hasMessageContaining("\"offset\":null to forget the slot");
    }

    private static Map<String, String> configured() {
        return Map.of("sqs.queue.urls", QUEUE.text(), "topic", "t", "sqs.region", "us-east-1");
    }
}
