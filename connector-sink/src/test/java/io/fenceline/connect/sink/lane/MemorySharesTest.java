package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemorySharesTest {

    private static final class Holder implements MemoryHolder {
        long bytes;
        boolean pressed;

        @Override
        public long heldBytes() {
            return bytes;
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
    /** The lane limit is out of the way. */
    private final MemoryShares shares = new MemoryShares(1000, 1000);

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
    void laneNeverHoldsMoreThanItsOwnLimitHoweverMuchTheTaskHasLeft() {
        MemoryShares tight = new MemoryShares(1000, 100);
        slow.bytes = 99;
        tight.apportion(lanes);
        assertThat(slow.pressed).isFalse();
        slow.bytes = 100;
        tight.apportion(lanes);
        assertThat(slow.pressed).isTrue();
        slow.bytes = 50;
        tight.apportion(lanes);
        assertThat(slow.pressed).isFalse();
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
        MemoryShares tiny = new MemoryShares(1, 1000);
        slow.bytes = 1;
        tiny.apportion(lanes);
        assertThat(slow.pressed).isTrue();
        assertThat(idle.pressed).isFalse();
        slow.bytes = 0;
        tiny.apportion(lanes);
        assertThat(lanes).noneMatch(Holder::isBackPressured);
    }
}
