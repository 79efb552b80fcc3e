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

class ConsumerSteeringTest {

    private static final boolean RESTS = true;
    private static final boolean FLOWS = false;
    private static final boolean TAKES = true;
    private static final boolean TAKES_NONE = false;

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

        steering.requestSeek(0);

        assertThat(steering.hasWish()).as("offset 0 is a place to go to").isTrue();
        assertThat(asked).as("the worker hears of it only within put").isEmpty();
        assertThat(steering.takeWish()).isZero();
        assertThat(steering.hasWish()).isFalse();
        assertThat(steering.takeWish()).isEqualTo(-1);
    }

    @Test
    void theLatestWishCounts() {
        steering.requestSeek(7);
        steering.requestSeek(4);
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
        assertThat(steering.adjust(RESTS, TAKES_NONE)).isTrue();
        assertThat(steering.isPaused()).isTrue();
        assertThat(steering.adjust(RESTS, TAKES_NONE))
                .as("it was paused before")
                .isFalse();
        assertThat(steering.adjust(FLOWS, TAKES)).isFalse();
        assertThat(steering.isPaused()).isFalse();
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @Test
    void withoutAReasonNothingIsAskedOfTheWorker() {
        assertThat(steering.adjust(FLOWS, TAKES)).isFalse();
        assertThat(asked).isEmpty();
    }

    @Test
    void backPressureHoldsBackALaneThatTakesRecords() {
        steering.setBackPressure(true);
        assertThat(steering.isBackPressured()).isTrue();
        assertThat(steering.adjust(FLOWS, TAKES)).isTrue();
        steering.setBackPressure(false);
        assertThat(steering.isBackPressured()).isFalse();
        assertThat(steering.adjust(FLOWS, TAKES)).isFalse();
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @Test
    void backPressureDoesNotHoldBackALaneThatNoticesByRecordsThatItHasToAct() {
        steering.setBackPressure(true);
        steering.restUntil(now + 100);
        assertThat(steering.adjust(FLOWS, TAKES_NONE)).isFalse();
        assertThat(asked).isEmpty();
    }

    @Test
    void aLostLaneIsLetGoThoughItWasUnderPressure() {
        steering.setBackPressure(true);
        steering.adjust(FLOWS, TAKES);
        steering.adjust(FLOWS, TAKES_NONE);
        assertThat(asked).containsExactly("pause t-3", "resume t-3");
    }

    @Test
    void aRestLastsAsLongAsItWasAskedForEvenWhenTheClockWraps() {
        steering.restUntil(START + 100);
        assertThat(steering.adjust(FLOWS, TAKES)).isTrue();
        now = START + 99;
        steering.adjust(FLOWS, TAKES);
        assertThat(steering.isPaused()).isTrue();
        now = START + 100;
        steering.adjust(FLOWS, TAKES);
        assertThat(steering.isPaused()).isFalse();
    }

    @Test
    void aRestThatIsOverDoesNotComeBackWithTheClock() {
        steering.restUntil(START + 100);
        now = START + 100;
        steering.adjust(FLOWS, TAKES);
        // half the clock's range later the same moment lies ahead again
        now = START + 100 + Long.MIN_VALUE;
        assertThat(steering.adjust(FLOWS, TAKES)).isFalse();
    }

    @Test
    void aRestAndBackPressureHoldItBackUntilBothAreOver() {
        steering.setBackPressure(true);
        steering.restUntil(now + 100);
        steering.adjust(FLOWS, TAKES);
        steering.setBackPressure(false);
        steering.adjust(FLOWS, TAKES);
        assertThat(steering.isPaused()).isTrue();
        now += 100;
        steering.setBackPressure(true);
        steering.adjust(FLOWS, TAKES);
        assertThat(steering.isPaused()).isTrue();
        steering.setBackPressure(false);
        steering.adjust(FLOWS, TAKES);
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
        public void requestCommit() {
            throw new AssertionError("not of interest here");
        }

        @Override
        public @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
            throw new AssertionError("not of interest here");
        }
    }
}
