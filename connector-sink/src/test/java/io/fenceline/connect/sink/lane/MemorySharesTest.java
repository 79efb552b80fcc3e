package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemorySharesTest {

    private static final class Holder implements MemoryHolder {
        long bytes;
        long useful = 1000;
        boolean pressed;

        @Override
        public long heldBytes() {
            return bytes;
        }

        @Override
        public long usefulBytes() {
            return useful;
        }

        @Override
        public boolean isBackPressured() {
            return pressed;
        }

        @Override
        public void setBackPressure(boolean on) {
            pressed = on;
        }
    }

    private final Holder slow = new Holder();
    private final Holder other = new Holder();
    private final Holder idle = new Holder();
    private final List<Holder> lanes = List.of(slow, other, idle);
    /** More is of use to each lane than there is. */
    private final MemoryShares shares = new MemoryShares(1000);

    private void holding(long slowBytes, long otherBytes) {
        slow.bytes = slowBytes;
        other.bytes = otherBytes;
        shares.apportion(lanes);
    }

    @Test
    void slowLaneAloneLeavesHalfTheTaskToOthers() {
        holding(499, 0);
        assertThat(slow.pressed).isFalse();
        holding(500, 0);
        assertThat(slow.pressed).isTrue();
        assertThat(other.pressed).isFalse();
        assertThat(idle.pressed).isFalse();
    }

    @Test
    void sharesShrinkAsMoreLanesHoldSomething() {
        holding(400, 0);
        assertThat(slow.pressed).isFalse();
        holding(400, 1);
        assertThat(slow.pressed).isTrue();
        assertThat(other.pressed).isFalse();
    }

    @Test
    void pausedLaneGoesOnOnceHalfOfItsShareIsFree() {
        holding(500, 0);
        holding(251, 0);
        assertThat(slow.pressed).isTrue();
        holding(250, 0);
        assertThat(slow.pressed).isFalse();
        holding(499, 0);
        assertThat(slow.pressed).as("not again before its whole share is held").isFalse();
    }

    @Test
    void laneNeverHoldsMoreThanIsOfUseToItHoweverMuchTheTaskHasLeft() {
        slow.useful = 100;
        slow.bytes = 99;
        shares.apportion(lanes);
        assertThat(slow.pressed).isFalse();
        slow.bytes = 100;
        shares.apportion(lanes);
        assertThat(slow.pressed).isTrue();
        slow.bytes = 50;
        shares.apportion(lanes);
        assertThat(slow.pressed).isFalse();
    }

    @Test
    void laneWhoseAcksTookLongHoldsLessWhenTheyAreFastAgain() {
        slow.useful = 400;
        holding(399, 0);
        assertThat(slow.pressed).isFalse();
        slow.useful = 100;
        holding(399, 0);
        assertThat(slow.pressed).isTrue();
        holding(50, 0);
        assertThat(slow.pressed).isFalse();
    }

    @Test
    void laneAloneMayHoldAllButAnEighthAsOnePollComesOnTop() {
        Holder alone = new Holder();
        alone.bytes = 874;
        shares.apportion(List.of(alone));
        assertThat(alone.pressed).isFalse();
        alone.bytes = 875;
        shares.apportion(List.of(alone));
        assertThat(alone.pressed).isTrue();
    }

    @Test
    void laneWithMuchInFlightGoesOnAsSoonAsThereIsRoomForWhatIsToBeReady() {
        MemoryShares large = new MemoryShares(20 * MemoryShares.READY_BYTES);
        Holder far = new Holder();
        far.useful = 9 * MemoryShares.READY_BYTES;
        far.bytes = far.useful;
        large.apportion(List.of(far));
        assertThat(far.pressed).isTrue();
        far.bytes = 8 * MemoryShares.READY_BYTES + 1;
        large.apportion(List.of(far));
        assertThat(far.pressed).isTrue();
        far.bytes = 8 * MemoryShares.READY_BYTES;
        large.apportion(List.of(far));
        assertThat(far.pressed)
                .as("half of it would be a quarter of what the line takes")
                .isFalse();
    }

    /** All were paused again and again, as the others filled shares that the one had already. */
    @Test
    void laneThatHangsWithMuchInFlightLeavesTheOthersSharesThatTheyCanFill() {
        List<Holder> all = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            all.add(new Holder());
        }
        Holder hangs = all.get(0);
        hangs.bytes = 499;
        shares.apportion(all);
        assertThat(all).noneMatch(Holder::isBackPressured);
        for (int poll = 0; poll < 200; poll++) {
            for (Holder lane : all) {
                if (!lane.pressed) {
                    lane.bytes++;
                }
            }
            shares.apportion(all);
        }
        assertThat(all.stream().mapToLong(Holder::heldBytes).sum()).isBetween(850L, 1000L);
        long least = all.stream().mapToLong(Holder::heldBytes).min().orElseThrow();
        assertThat(least).isGreaterThanOrEqualTo(25);
        all.get(7).bytes = 0;
        shares.apportion(all);
        assertThat(all.get(7).pressed).isFalse();
    }

    @Test
    void pollThatOvershootsTheTaskPausesEveryLaneUntilAQuarterIsFree() {
        holding(1001, 0);
        assertThat(lanes).allMatch(Holder::isBackPressured);
        holding(751, 0);
        assertThat(lanes).allMatch(Holder::isBackPressured);
        holding(750, 0);
        assertThat(slow.pressed).isTrue();
        assertThat(other.pressed).isFalse();
        assertThat(idle.pressed).isFalse();
    }

    @Test
    void taskThatIsJustFullPausesNobodyBeyondTheirShares() {
        holding(500, 500);
        assertThat(slow.pressed).isTrue();
        assertThat(other.pressed).isTrue();
        assertThat(idle.pressed).isFalse();
    }

    @Test
    void laneThatHoldsNothingIsNeverPausedByAShareTooSmallToDivide() {
        MemoryShares tiny = new MemoryShares(1);
        slow.bytes = 1;
        tiny.apportion(lanes);
        assertThat(slow.pressed).isTrue();
        assertThat(idle.pressed).isFalse();
        slow.bytes = 0;
        tiny.apportion(lanes);
        assertThat(lanes).noneMatch(Holder::isBackPressured);
    }
}
