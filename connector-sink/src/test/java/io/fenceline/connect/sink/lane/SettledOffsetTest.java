package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SettledOffsetTest {

    private final SettledOffset settled = new SettledOffset();

    @Test
    void beforeAnythingIsKnownThePartitionIsLeftOut() {
        assertThat(settled.upTo(10)).isEqualTo(-1);
    }

    /** Connect ignores an offset above its own, and so the whole answer for the partition. */
    @Test
    void theAnswerIsNeverAboveTheOffsetGiven() {
        settled.is(10);

        assertThat(settled.upTo(7)).isEqualTo(7);
        assertThat(settled.upTo(12)).isEqualTo(10);
    }

    @Test
    void newerKnowledgeReplacesOlderAlsoALowerOffset() {
        settled.is(10);
        settled.is(4);

        assertThat(settled.upTo(12)).isEqualTo(4);
    }

    @Test
    void aContradictionLowersItAndNeverRaisesIt() {
        settled.isNotAbove(6);
        assertThat(settled.upTo(12)).isEqualTo(6);
        settled.isNotAbove(8);
        assertThat(settled.upTo(12)).isEqualTo(6);
        settled.isNotAbove(0);
        assertThat(settled.upTo(12)).isEqualTo(0);
    }
}
