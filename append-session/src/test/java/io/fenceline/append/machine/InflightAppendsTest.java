package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.append.Guard;
import io.fenceline.s2.wire.FencingToken;
import org.junit.jupiter.api.Test;

class InflightAppendsTest {

    private final Conditions conditions = new Conditions(new Guard(new FencingToken("t"), 10));
    private final InflightAppends inflight = new InflightAppends();

    private PendingAppend add(int records) {
        PendingAppend append = new PendingAppend(NumberedBatches.of(0, records));
        inflight.add(append, conditions);
        return append;
    }

    @Test
    void eachBatchGetsThePositionBehindTheOneBefore() {
        assertThat(add(3).expectedSeq()).isEqualTo(10);
        assertThat(add(2).expectedSeq()).isEqualTo(13);
        assertThat(conditions.next()).isEqualTo(15);
    }

    @Test
    void batchThatCannotBeFrozenTakesNoPosition() {
        PendingAppend twice = add(1);
        assertThatThrownBy(() -> inflight.add(twice, conditions)).isInstanceOf(IllegalStateException.class);
        assertThat(conditions.next()).isEqualTo(11);
        assertThat(inflight.size()).isEqualTo(1);
    }

    @Test
    void marksAreEachBatchsOwn() {
        PendingAppend first = add(1);
        PendingAppend second = add(1);
        PendingAppend third = add(1);
        inflight.handOver(1, 2, 0);
        inflight.exchangeLost();
        assertThat(first.inDoubt()).isTrue();
        assertThat(second.inDoubt()).isTrue();
        assertThat(third.maybeSent()).as("never handed over").isFalse();

        inflight.handOver(2, 3, 0);
        inflight.settleHead();
        inflight.nothingWritten();
        assertThat(second.inDoubt()).as("from the first exchange").isTrue();
        assertThat(third.maybeSent()).as("the second exchange wrote nothing").isFalse();
        assertThat(inflight.countInDoubt()).isEqualTo(1);
    }

    @Test
    void refusedHeadKeepsItsDoubtFromBefore() {
        PendingAppend first = add(1);
        PendingAppend second = add(1);
        inflight.handOver(1, 1, 0);
        inflight.exchangeLost();
        inflight.handOver(2, 2, 0);
        inflight.headNotWritten();
        assertThat(first.inDoubt()).isTrue();
        assertThat(second.inDoubt()).isTrue();
    }

    @Test
    void refusedHeadWithoutDoubtHasNone() {
        PendingAppend first = add(1);
        PendingAppend second = add(1);
        inflight.handOver(1, 2, 0);
        inflight.headNotWritten();
        assertThat(first.maybeSent()).isFalse();
        assertThat(second.inDoubt()).isTrue();
        assertThat(inflight.awaited()).isZero();
    }

    @Test
    void everyExchangeIsGivenThemFromTheHead() {
        PendingAppend first = add(1);
        PendingAppend second = add(1);
        assertThat(inflight.handOver(1, 1, 0)).containsExactly(first);
        assertThat(inflight.handOver(1, 5, 0)).containsExactly(second);
        assertThat(inflight.hasUnsent()).isFalse();
        inflight.exchangeLost();
        assertThat(inflight.hasUnsent()).isTrue();
        assertThat(inflight.handOver(2, 5, 0)).containsExactly(first, second);
        assertThat(first.toString()).endsWith(" with exchange 2");
    }

    @Test
    void freshBatchCannotOvertakeOneThatWaitsToBeSentAgain() {
        add(1);
        add(1);
        assertThatThrownBy(() -> inflight.handOverLast(1, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bytesAndCountsGoBackToZero() {
        PendingAppend first = add(2);
        PendingAppend second = add(1);
        assertThat(inflight.bytes()).isEqualTo(first.bytes() + second.bytes());
        inflight.handOver(1, 2, 0);
        assertThat(inflight.settleHead()).isSameAs(first);
        assertThat(inflight.awaited()).isEqualTo(1);
        assertThat(inflight.settleHead()).isSameAs(second);
        assertThat(inflight.bytes()).isZero();
        assertThat(inflight.awaited()).isZero();
        assertThat(inflight.isEmpty()).isTrue();
    }

    @Test
    void onlyBatchesSomeExchangeWasGivenCanBeInTheStream() {
        PendingAppend first = add(1);
        add(1);
        inflight.handOver(1, 1, 0);
        inflight.exchangeLost();
        assertThat(inflight.everHandedOver()).containsExactly(first);
    }
}
