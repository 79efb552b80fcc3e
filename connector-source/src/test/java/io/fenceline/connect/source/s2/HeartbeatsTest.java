package io.fenceline.connect.source.s2;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.read.StreamReaders.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;

class HeartbeatsTest {

    private static final Instant CREATED = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private long now = 5;
    private final Heartbeats heartbeats = new Heartbeats("b", "beats", ValueType.STRING, INTERVAL, () -> now);

    @Test
    void aPositionThatIsNotStoredIsSentWhenTheTimeHasComeAndOnce() {
        assertThat(due(7)).isEmpty();
        now += INTERVAL.toNanos();
        assertThat(heartbeats.idleFor()).isZero();
        List<SourceRecord> sent = due(7);
        assertThat(sent).hasSize(1);
        assertThat(sent.get(0).topic()).isEqualTo("beats");
        assertThat(sent.get(0).key()).isEqualTo("b/s".getBytes(UTF_8));
        assertThat(sent.get(0).value()).isEqualTo("7");
        assertThat(SourceOffset.decode(sent.get(0).sourceOffset())).isEqualTo(new SourceOffset(7, CREATED));
        now += INTERVAL.toNanos();
        assertThat(due(7)).isEmpty();
        now += INTERVAL.toNanos();
        assertThat(due(8)).hasSize(1);
    }

    /** As in the records of streams: key.converter is one for bytes. */
    @Test
    void keysAreBytesAlsoWhereValuesAreText() {
        for (ValueType type : ValueType.values()) {
            Heartbeats beats = new Heartbeats("b", "beats", type, INTERVAL, () -> now);
            now += INTERVAL.toNanos();
            SourceRecord beat =
                    beats.due(List.of(new Position("s", 7, CREATED))).get(0);
            assertThat(beat.keySchema()).isEqualTo(Schema.BYTES_SCHEMA);
            assertThat(beat.key()).isEqualTo("b/s".getBytes(UTF_8));
            boolean text = type == ValueType.STRING;
            assertThat(beat.valueSchema()).isEqualTo(text ? Schema.STRING_SCHEMA : Schema.BYTES_SCHEMA);
            assertThat(beat.value()).isEqualTo(text ? "7" : "7".getBytes(UTF_8));
        }
    }

    @Test
    void aPositionThatWentWithARecordIsNotSentAgain() {
        now += INTERVAL.toNanos();
        heartbeats.onStored(new SourceRecord(
                new StreamPartition("b", "s").toMap(), new SourceOffset(7, CREATED).toMap(), "t", null, null));
        assertThat(due(7)).isEmpty();
        now += INTERVAL.toNanos();
        assertThat(due(8)).hasSize(1);
    }

    @Test
    void thePositionOfAnotherStreamOfTheSameNameIsSent() {
        now += INTERVAL.toNanos();
        assertThat(due(7)).hasSize(1);
        now += INTERVAL.toNanos();
        assertThat(heartbeats.due(List.of(new Position("s", 7, CREATED.plusSeconds(1)))))
                .hasSize(1);
    }

    /** With a prefix streams come and go, and what was remembered of each grew without end. */
    @Test
    void nothingIsRememberedOfStreamsThatAreGone() {
        SourceRecord late = new SourceRecord(
                new StreamPartition("b", "s").toMap(), new SourceOffset(7, CREATED).toMap(), "t", null, null);
        now += INTERVAL.toNanos();
        assertThat(due(7)).hasSize(1);
        now += INTERVAL.toNanos();
        assertThat(heartbeats.due(List.of())).isEmpty();
        // what was under way when it went
        heartbeats.onStored(late);
        now += INTERVAL.toNanos();
        assertThat(heartbeats.due(List.of())).isEmpty();
        now += INTERVAL.toNanos();
        assertThat(due(7)).hasSize(1);
    }

    private List<SourceRecord> due(long seqNum) {
        return heartbeats.due(List.of(new Position("s", seqNum, CREATED)));
    }
}
