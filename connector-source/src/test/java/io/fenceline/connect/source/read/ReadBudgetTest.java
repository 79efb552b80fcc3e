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
        assertThat(budget.lend(first, 1)).isPositive();
        assertThat(budget.lend(second, 1)).isZero();
        assertThat(budget.isShort()).isTrue();
        budget.settle(first);
        assertThat(budget.lend(second, 1)).isPositive();
    }

    @Test
    void whatIsOwedShrinksWithWhatIsUsedAndTheReserveGoesOnToTheNext() {
        Object first = new Object();
        long lent = lendAll(first);
        assertThat(budget.isTooMuch(first, 1)).isTrue();
        budget.limitLoan(first, lent / 2);
        assertThat(budget.isTooMuch(first, 1)).isFalse();
        Object second = new Object();
        assertThat(budget.lend(second, 1)).as("while anything is owed").isZero();
        budget.limitLoan(first, -1);
        assertThat(budget.lend(second, 1)).as("when nothing is owed").isPositive();
    }

    @Test
    void aStreamThatBorrowedNothingSettlesNothing() {
        Object borrower = new Object();
        lendAll(borrower);
        budget.settle(new Object());
        assertThat(budget.isTooMuch(borrower, 1)).isTrue();
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
        assertThat(budget.reserved()).isEqualTo((budget.mostStreams() - 1L) * ReadExchange.INITIAL_GRANT);
    }

    @Test
    void loansThatAreEnoughForTheirRecordsAreGivenToSeveralAtATimeAndNoneInPart() {
        Object first = new Object();
        Object second = new Object();
        Object third = new Object();
        assertThat(budget.lendWhole(first, MIB)).isEqualTo(MIB);
        assertThat(budget.lendWhole(second, MIB)).isEqualTo(MIB);
        assertThat(budget.lendWhole(third, 1)).isZero();
        budget.limitLoan(first, MIB - 1);
        assertThat(budget.lendWhole(third, 1)).isEqualTo(1);
        assertThat(budget.isTooMuch(third, 2 * MIB - 1)).isFalse();
        assertThat(budget.isTooMuch(third, 2 * MIB)).isTrue();
    }

    /** The stream that came first in the task had all loans as long as it had something to read. */
    @Test
    void whoeverWaitsIsServedInTurn() {
        Object first = new Object();
        Object second = new Object();
        Object third = new Object();
        budget.lend(first, 1);
        assertThat(budget.lend(second, 1)).isZero();
        assertThat(budget.lend(third, 1)).isZero();
        budget.settle(first);
        assertThat(budget.lend(first, 1)).as("it has had its turn").isZero();
        assertThat(budget.lend(third, 1)).as("the second comes first").isZero();
        assertThat(budget.lend(second, 1)).isPositive();
        budget.settle(second);
        budget.withdraw(third);
        assertThat(budget.lend(first, 1)).isPositive();
    }

    @Test
    void whoHasWhatItBorrowedForLetsTheNextBorrowBeforeItIsPaidBack() {
        Object first = new Object();
        Object second = new Object();
        long lent = budget.lend(first, MIB);
        assertThat(lent).isEqualTo(MIB);
        assertThat(budget.lend(second, MIB)).isZero();
        budget.complete(first);
        assertThat(budget.lend(second, 2 * MIB)).as("what is left").isEqualTo(MIB);
        assertThat(budget.lend(second, 1)).isZero();
        budget.limitLoan(first, 0);
        assertThat(budget.lend(second, MIB)).isEqualTo(MIB);
        assertThat(budget.isTooMuch(second, 1)).isTrue();
    }

    @Test
    void whatAStreamHasFromBeforeOthersJoinedIsNotGrantedTwice() {
        budget.setStreams(1);
        budget.reserve(MIB);
        budget.setStreams(4);
        assertThat(budget.part()).isEqualTo(MIB / 2);
        assertThat(budget.spare()).isEqualTo(MIB);
        budget.reserve(MIB);
        assertThat(budget.spare()).isZero();
        assertThat(budget.isShort()).isFalse();
        budget.waitsForItsPart();
        assertThat(budget.isShort()).isTrue();
    }

    private long lendAll(Object stream) {
        long all = 0;
        for (long step = budget.lend(stream, 1); step > 0; step = budget.lend(stream, 1)) {
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
