package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.http.ReadExchange;
import org.junit.jupiter.api.Test;

class ReadBudgetTest {

    private static final long MIB = 1 << 20;

    private final ReadBudget budget = new ReadBudget(4 * MIB, 8 * MIB);

    @Test
    void sharesAndReserveTogetherAreTheLimit() {
        for (int streams = 1; streams <= budget.mostStreams(); streams++) {
            budget.setStreams(streams);
            assertThat(budget.share() * streams + lendAll(new Object())).isLessThanOrEqualTo(4 * MIB);
            reset();
        }
        assertThat(budget.mostStreams()).isEqualTo((int) (2 * MIB / ReadExchange.INITIAL_GRANT));
    }

    @Test
    void noShareIsLargerThanIsOfUse() {
        ReadBudget large = new ReadBudget(64 * MIB, MIB);
        large.setStreams(2);
        assertThat(large.share()).isEqualTo(MIB);
    }

    @Test
    void theReserveIsLentToOneStreamAtATime() {
        Object first = new Object();
        Object second = new Object();
        assertThat(budget.lend(first)).isPositive();
        assertThat(budget.lend(second)).isZero();
        assertThat(budget.isShort()).isTrue();
        budget.settle(first);
        assertThat(budget.lend(second)).isPositive();
    }

    @Test
    void whatIsOwedShrinksWithWhatIsUsedAndTheReserveGoesOnToTheNext() {
        Object first = new Object();
        long lent = lendAll(first);
        assertThat(budget.isExhaustedBy(first)).isTrue();
        budget.owes(first, lent / 2);
        assertThat(budget.isExhaustedBy(first)).isFalse();
        assertThat(budget.lend(new Object())).as("while anything is owed").isZero();
        budget.owes(first, -1);
        assertThat(budget.lend(new Object())).as("when nothing is owed").isPositive();
    }

    @Test
    void aStreamThatBorrowedNothingSettlesNothing() {
        Object borrower = new Object();
        lendAll(borrower);
        budget.settle(new Object());
        assertThat(budget.isExhaustedBy(borrower)).isTrue();
    }

    @Test
    void sessionsFitUntilTheSharesAreReserved() {
        budget.setStreams(budget.mostStreams());
        for (int i = 0; i < budget.mostStreams(); i++) {
            assertThat(budget.hasRoomForSession()).isTrue();
            budget.reserve(ReadExchange.INITIAL_GRANT);
        }
        assertThat(budget.hasRoomForSession()).isFalse();
        assertThat(budget.isShort()).isTrue();
        budget.release(ReadExchange.INITIAL_GRANT);
        assertThat(budget.hasRoomForSession()).isTrue();
        assertThat(budget.shownReserved()).isEqualTo(budget.reserved());
    }

    private long lendAll(Object stream) {
        long all = 0;
        for (int step = budget.lend(stream); step > 0; step = budget.lend(stream)) {
            all += step;
        }
        borrower = stream;
        return all;
    }

    private Object borrower = new Object();

    private void reset() {
        budget.settle(borrower);
    }
}
