package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class StreamSharesTest {

    @Test
    void shouldDealStreamsOutInTheOrderOfTheirNames() {
        assertThat(StreamShares.dealOut(List.of("e", "a", "d", "b", "c"), 2))
                .containsExactly(List.of("a", "c", "e"), List.of("b", "d"));
    }

    @Test
    void shouldNeverMakeMoreSharesThanStreams() {
        assertThat(StreamShares.dealOut(List.of("a", "b"), 5)).containsExactly(List.of("a"), List.of("b"));
        assertThat(StreamShares.dealOut(List.of(), 5)).isEmpty();
    }

    @Test
    void shouldGiveAStreamTheSameOwnerInEveryRelease() {
        // positions are stored per stream, so a change would be harmless; two owners at a time would not
        assertThat(StreamShares.owner("orders/0", 4)).isEqualTo(Math.floorMod("orders/0".hashCode(), 4));
        assertThat("orders/0".hashCode()).isEqualTo(1234322310);
        assertThat(StreamShares.owner("polygenelubricants", 3))
                .as("a negative hash")
                .isBetween(0, 2);
    }

    @Test
    void shouldSpreadNumberedStreamsEvenly() {
        for (int tasks : new int[] {1, 2, 3, 4, 5, 8}) {
            int[] streams = new int[tasks];
            IntStream.range(0, 10).forEach(i -> streams[StreamShares.owner("orders/" + i, tasks)]++);
            int least = 10 / tasks;
            assertThat(IntStream.of(streams).min()).as(tasks + " tasks").hasValue(least);
        }
    }
}
