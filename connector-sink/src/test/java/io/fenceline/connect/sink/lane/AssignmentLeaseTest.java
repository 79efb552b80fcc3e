package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AssignmentLeaseTest {

    private static final long START = Long.MAX_VALUE - 5_000_000_000L;

    private final AssignmentLease lease = new AssignmentLease(Duration.ofSeconds(30), START);

    @Test
    void itHoldsForItsLengthAfterEachCallOnAClockThatWraps() {
        assertThat(lease.holds(after(30))).isTrue();
        assertThat(lease.holds(after(31))).isFalse();
        lease.renew(after(20));
        assertThat(lease.holds(after(50))).isTrue();
        assertThat(lease.isProven(after(50))).isTrue();
        assertThat(lease.holds(after(51))).isFalse();
        assertThat(lease.isProven(after(51))).isFalse();
        assertThat(lease.lapses()).isZero();
    }

    @Test
    void theFirstCallAfterAPauseProvesNothing() {
        lease.renew(after(300));
        assertThat(lease.holds(after(300))).isTrue();
        assertThat(lease.isProven(after(300))).isFalse();
        assertThat(lease.lapses()).isEqualTo(1);
    }

    @Test
    void aTaskThatIsCalledForAWhileAfterAPauseIsProvenAgain() {
        lease.renew(after(300));
        lease.renew(after(305));
        assertThat(lease.isProven(after(309))).isFalse();
        assertThat(lease.isProven(after(310))).isTrue();
        assertThat(lease.lapses()).isEqualTo(1);
    }

    @Test
    void aSecondPauseBeginsTheWaitAnew() {
        lease.renew(after(300));
        lease.renew(after(340));
        assertThat(lease.isProven(after(349))).isFalse();
        assertThat(lease.isProven(after(350))).isTrue();
        assertThat(lease.lapses()).isEqualTo(2);
    }

    @Test
    void whatWasGivenBeforeTheTaskWasProvenAgainIsDoubtful() {
        lease.renew(after(20));
        assertThat(lease.isDoubtful(after(0))).isFalse();
        lease.renew(after(300));
        assertThat(lease.isDoubtful(after(0))).isTrue();
        assertThat(lease.isDoubtful(after(300))).isTrue();
        assertThat(lease.isDoubtful(after(309))).isTrue();
        assertThat(lease.isDoubtful(after(310))).isFalse();
    }

    private static long after(int seconds) {
        return START + Duration.ofSeconds(seconds).toNanos();
    }
}
