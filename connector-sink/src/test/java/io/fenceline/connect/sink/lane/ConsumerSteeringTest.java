package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.UnmappableRecordException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConsumerSteeringTest {

    /** Just before the clock wraps around, as System.nanoTime may. */
    private static final long START = Long.MAX_VALUE - 10;

    private final List<String> asked = new ArrayList<>();
    private final LaneCounters counters = new LaneCounters();
    private long now = START;
    private final ConsumerSteering steering =
            new ConsumerSteering(new TopicPartition("t", 3), new Worker(), counters, () -> now);

    // ------------------------------------------------------------------ moving

    @Test
    void aWishIsTakenOnce() {
        assertThat(steering.hasWish()).isFalse();
        assertThat(steering.takeWish()).isEqualTo(-1);

        steering.wishFor(0);

        assertThat(steering.hasWish()).as("offset 0 is a place to go to").isTrue();
        assertThat(asked).as("the worker hears of it only within put").isEmpty();
        assertThat(steering.takeWish()).isZero();
        assertThat(steering.hasWish()).isFalse();
        assertThat(steering.takeWish()).isEqualTo(-1);
    }

    @Test
    void theLatestWishCounts() {
        steering.wishFor(7);
        steering.wishFor(4);
        assertThat(steering.takeWish()).isEqualTo(4);
    }

    @Test
    void aSeekIsUnderWayUntilTheNextPutBegins() {
        assertThat(steering.isUnderWay()).isFalse();
        assertThat(steering.applied()).isFalse();

        steering.seek(42);

        assertThat(asked).containsExactly("seek t-3 42");
        assertThat(counters.seeks.sum()).isEqualTo(1);
        assertThat(steering.isUnderWay()).isTrue();
        assertThat(steering.applied()).isTrue();
        assertThat(steering.isUnderWay()).isFalse();
        assertThat(steering.applied()).isFalse();
    }

    // ------------------------------------------------------------------ resting

    @Test
    void aClaimHoldsThePartitionBackAndItsEndLetsItGo() {
        assertThat(steering.adjust(LaneState.CLAIMING)).isTrue();
        assertThat(steering.isPaused()).isTrue();
        assertThat(steering.adjust(LaneState.CLAIMING))
                .as("it was paused before")
                .isFalse();
        assertThat(steering.adjust(LaneState.OWNED)).isFalse();
        assertThat(steering.isPaused()).isFalse();
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @Test
    void withoutAReasonNothingIsAskedOfTheWorker() {
        assertThat(steering.adjust(LaneState.OWNED)).isFalse();
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            value = LaneState.class,
            names = {"OWNED", "RESOLVING", "CHECKPOINTING"})
    void backPressureHoldsBackALaneThatTakesRecords(LaneState state) {
        steering.setBackPressure(true);
        assertThat(steering.isBackPressured()).isTrue();
        assertThat(steering.adjust(state)).isTrue();
        steering.setBackPressure(false);
        assertThat(steering.isBackPressured()).isFalse();
        assertThat(steering.adjust(state)).isFalse();
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @ParameterizedTest
    @EnumSource(
            value = LaneState.class,
            names = {"NEW", "LOST", "FAILED", "CLOSED"})
    void backPressureDoesNotHoldBackALaneThatNoticesByRecordsThatItHasToAct(LaneState state) {
        steering.setBackPressure(true);
        steering.restUntil(now + 100);
        assertThat(steering.adjust(state)).isFalse();
        assertThat(asked).isEmpty();
    }

    @Test
    void aLostLaneIsLetGoThoughItWasUnderPressure() {
        steering.setBackPressure(true);
        steering.adjust(LaneState.OWNED);
        steering.adjust(LaneState.LOST);
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @Test
    void nothingIsAskedForAPartitionThatIsNotOursAnyMore() {
        steering.adjust(LaneState.CLAIMING);
        assertThat(steering.adjust(LaneState.CLOSED)).isFalse();
        assertThat(asked).containsExactly("pause t-3");
    }

    @Test
    void aRestLastsAsLongAsItWasAskedForEvenWhenTheClockWraps() {
        steering.restUntil(START + 100);
        assertThat(steering.adjust(LaneState.OWNED)).isTrue();
        now = START + 99;
        steering.adjust(LaneState.OWNED);
        assertThat(steering.isPaused()).isTrue();
        now = START + 100;
        steering.adjust(LaneState.OWNED);
        assertThat(steering.isPaused()).isFalse();
    }

    @Test
    void aRestThatIsOverDoesNotComeBackWithTheClock() {
        steering.restUntil(START + 100);
        now = START + 100;
        steering.adjust(LaneState.OWNED);
        // half the clock's range later the same moment lies ahead again
        now = START + 100 + Long.MIN_VALUE;
        assertThat(steering.adjust(LaneState.OWNED)).isFalse();
    }

    @Test
    void aRestAndBackPressureHoldItBackUntilBothAreOver() {
        steering.setBackPressure(true);
        steering.restUntil(now + 100);
        steering.adjust(LaneState.OWNED);
        steering.setBackPressure(false);
        steering.adjust(LaneState.OWNED);
        assertThat(steering.isPaused()).isTrue();
        now += 100;
        steering.setBackPressure(true);
        steering.adjust(LaneState.OWNED);
        assertThat(steering.isPaused()).isTrue();
        steering.setBackPressure(false);
        steering.adjust(LaneState.OWNED);
        assertThat(steering.isPaused()).isFalse();
    }

    /** Notes what it is asked. */
    private final class Worker implements TaskPort {

        @Override
        public void seek(TopicPartition lane, long offset) {
            asked.add("seek " + lane + " " + offset);
        }

        @Override
        public void pause(TopicPartition lane) {
            asked.add("pause " + lane);
        }

        @Override
        public void resume(TopicPartition lane) {
            asked.add("resume " + lane);
        }

        @Override
        public boolean isAssigned(TopicPartition lane) {
            throw new AssertionError("not of interest here");
        }

        @Override
        public @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
            throw new AssertionError("not of interest here");
        }
    }
}
