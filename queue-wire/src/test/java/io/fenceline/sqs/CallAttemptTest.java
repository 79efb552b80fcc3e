package io.fenceline.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Deadlines and order of one attempt, by a clock that stands: 10 to connect, 100 for the request. */
class CallAttemptTest {

    private final AtomicLong now = new AtomicLong(1000);
    private final AtomicInteger aborted = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private final CallAttempt attempt = new CallAttempt(() -> asked.incrementAndGet() > 0, now::get, 10, 100);

    @Test
    void anAttemptWithoutARequestIsNeverOverdue() {
        attempt.abortIfOverdue(1_000_000);

        assertThat(attempt.overdue()).isFalse();
    }

    @Test
    void aConnectionHasItsOwnDeadline() {
        attempt.connecting(aborted::incrementAndGet);

        attempt.abortIfOverdue(1009);
        assertThat(aborted).hasValue(0);
        attempt.abortIfOverdue(1010);
        attempt.abortIfOverdue(1011);

        assertThat(aborted).hasValue(1);
        assertThat(attempt.overdue()).isTrue();
        assertThat(attempt.begun()).isFalse();
    }

    @Test
    void anOverdueConnectionThatStandsAfterAllSendsNothingAndAsksNoGate() {
        attempt.connecting(aborted::incrementAndGet);
        attempt.abortIfOverdue(1010);

        assertThat(attempt.mayBegin()).isFalse();

        assertThat(asked).hasValue(0);
        assertThat(attempt.begun()).isFalse();
        assertThat(attempt.heldBack()).isFalse();
    }

    @Test
    void theRequestsTimeCountsFromTheMomentItsConnectionStands() {
        attempt.connecting(aborted::incrementAndGet);
        now.set(1009);
        assertThat(attempt.mayBegin()).isTrue();

        attempt.abortIfOverdue(1108);
        assertThat(aborted).hasValue(0);
        attempt.abortIfOverdue(1109);

        assertThat(aborted).hasValue(1);
        assertThat(attempt.begun()).isTrue();
    }

    /** Somebody below that tries again would otherwise be a copy nobody counts. */
    @Test
    void anAttemptHasOneRequestAndOneBody() {
        attempt.connecting(aborted::incrementAndGet);
        assertThat(attempt.mayBegin()).isTrue();

        assertThat(attempt.mayBegin()).isFalse();
        assertThatThrownBy(() -> attempt.connecting(aborted::incrementAndGet))
                .isInstanceOf(IllegalStateException.class);

        assertThat(asked).hasValue(1);
        assertThat(attempt.begun()).isTrue();
    }

    @Test
    void anAttemptEndedBeforeItHadARequestSendsNothing() {
        attempt.abort();

        attempt.connecting(aborted::incrementAndGet);

        assertThat(aborted).hasValue(1);
        assertThat(attempt.mayBegin()).isFalse();
        assertThat(asked).hasValue(0);
    }

    @Test
    void aGateThatThrowsIsShut() {
        var failing = new CallAttempt(
                () -> {
                    throw new IllegalStateException("no worker");
                },
                now::get,
                10,
                100);
        failing.connecting(aborted::incrementAndGet);

        assertThat(failing.mayBegin()).isFalse();

        assertThat(failing.heldBack()).isTrue();
        assertThat(failing.begun()).isFalse();
        assertThat(failing.gateFailure()).hasMessage("no worker");
    }

    @Test
    void deadlinesHoldAcrossTheEndOfTheClocksRange() {
        now.set(Long.MAX_VALUE - 5);
        attempt.connecting(aborted::incrementAndGet);

        attempt.abortIfOverdue(Long.MAX_VALUE);
        assertThat(aborted).hasValue(0);
        attempt.abortIfOverdue(Long.MIN_VALUE + 4);

        assertThat(aborted).hasValue(1);
    }
}
