package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.stream.IntStream;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandOverWatchTest {

    private record Timer(long at, Runnable command) {}

    private final PriorityQueue<Timer> timers = new PriorityQueue<>((one, other) -> Long.compare(one.at, other.at));
    private final List<String> warnings = new ArrayList<>();
    private long now = Duration.ofHours(1).toNanos();
    private final HandOverWatch watch = new HandOverWatch(
            "mirror-3",
            () -> now,
            delay -> command -> timers.add(new Timer(now + delay.toNanos(), command)),
            warnings::add);

    @Test
    void recordsNobodyTakesAreNamedByTopicAndHighestPartition() {
        watch.handedOver(List.of(record("b", 2), record("a", 7), record("a", 1), record("b", null), record("c", null)));
        watch.onConfirmed();
        pass(Duration.ofSeconds(30).minusNanos(1));
        assertThat(warnings).isEmpty();
        pass(Duration.ofNanos(1));

        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("mirror-3: for 30 s")
                .contains("4 records are open")
                .contains("asked for are: a: 7, b: 2. Look")
                .contains("producer.override.max.block.ms");
    }

    @Test
    void itIsSaidAgainEachTimeItHasLastedTwiceAsLong() {
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofMinutes(10));
        assertThat(warnings)
                .extracting(warning -> warning.replaceAll(".*for (\\d+) s.*", "$1"))
                .containsExactly("30", "60", "120", "240", "480");
    }

    @Test
    void whoComesBackInTimeIsNotWarnedAndTheTimeBeginsAnew() {
        for (int i = 0; i < 10; i++) {
            watch.handedOver(List.of(record("a", 7)));
            pass(Duration.ofSeconds(20));
            watch.back();
            pass(Duration.ofSeconds(1));
        }
        assertThat(warnings).isEmpty();
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(29));
        assertThat(warnings).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(warnings).hasSize(1);
    }

    /** Then Connect does not come back either, for as long as it likes. */
    @Test
    void aPausedConnectorWhoseRecordsAreAllConfirmedIsLeftAlone() {
        watch.handedOver(List.of(record("a", 7), record("a", 7)));
        watch.onConfirmed();
        pass(Duration.ofSeconds(10));
        watch.onConfirmed();
        pass(Duration.ofHours(1));
        assertThat(warnings).isEmpty();

        watch.back();
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(30));
        assertThat(warnings).hasSize(1);
    }

    @Test
    void aTaskThatIsStoppedLeavesNoTimerBehind() {
        watch.handedOver(List.of(record("a", 7)));
        pass(Duration.ofSeconds(45));
        watch.back();
        pass(Duration.ofHours(1));
        assertThat(warnings).hasSize(1);
        assertThat(timers).isEmpty();
    }

    @Test
    void thereIsOneTimerHoweverOftenConnectComesBack() {
        for (int i = 0; i < 1_000; i++) {
            watch.handedOver(List.of(record("a", 7)));
            watch.onConfirmed();
            watch.back();
        }
        assertThat(timers).hasSize(1);
    }

    @Test
    void ofVeryManyTopicsTheFirstAreNamed() {
        watch.handedOver(IntStream.range(0, 30)
                .mapToObj(i -> record(String.valueOf((char) ('A' + i)), i))
                .toList());
        pass(Duration.ofSeconds(30));
        assertThat(warnings)
                .singleElement()
                .asString()
                .contains("T: 19 and more topics")
                .doesNotContain("U: 20");
    }

    private void pass(Duration time) {
        long end = now + time.toNanos();
        while (!timers.isEmpty() && timers.element().at <= end) {
            Timer next = timers.remove();
            now = Math.max(now, next.at);
            next.command.run();
        }
        now = end;
    }

    private static SourceRecord record(String topic, @Nullable Integer partition) {
        return new SourceRecord(Map.of(), Map.of(), topic, partition, null, null, null, null);
    }
}
