package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TaskSharesTest {

    @Test
    void shouldDealStreamsOutInTheOrderOfTheirNames() {
        assertThat(TaskShares.dealOut(List.of("e", "a", "d", "b", "c"), 2))
                .containsExactly(List.of("a", "c", "e"), List.of("b", "d"));
    }

    @Test
    void shouldNeverMakeMoreSharesThanStreams() {
        assertThat(TaskShares.dealOut(List.of("a", "b"), 5)).containsExactly(List.of("a"), List.of("b"));
        assertThat(TaskShares.dealOut(List.of(), 5)).isEmpty();
    }

    /** Connect puts a list with placeholders back into the configurations of all tasks. */
    @Test
    void aTaskShouldFindItsShareInTheWholeListAndInTheShareItself() {
        List<String> whole = List.of("e", "a", "d", "b", "c");
        String digest = TaskShares.digest("basin", List.of("b", "d"));

        assertThat(TaskShares.own(digest, "basin", whole, 1, 2)).contains(List.of("b", "d"));
        assertThat(TaskShares.own(digest, "basin", List.of("d", "b"), 1, 2)).contains(List.of("d", "b"));
    }

    @Test
    void aTaskThatSeesAnotherListThanItsConnectorShouldFindNothing() {
        String digest = TaskShares.digest("basin", List.of("b", "d"));

        assertThat(TaskShares.own(digest, "basin", List.of("a", "b", "c", "e"), 1, 2))
                .isEmpty();
        assertThat(TaskShares.own(digest, "other", List.of("a", "b", "c", "d"), 1, 2))
                .isEmpty();
        assertThat(TaskShares.own(digest, "basin", List.of("a", "b", "c", "d"), 0, 2))
                .as("another task's share")
                .isEmpty();
        assertThat(TaskShares.own(digest, "basin", List.of("x"), 1, 2))
                .as("fewer names than tasks")
                .isEmpty();
    }

    @Test
    void shouldGiveAStreamTheSameOwnerInEveryRelease() {
        // positions are stored per stream, so a change would be harmless; two owners at a time would not
        assertThat(TaskShares.owner("orders/0", 4)).isEqualTo(Math.floorMod("orders/0".hashCode(), 4));
        assertThat("orders/0".hashCode()).isEqualTo(1234322310);
        assertThat(TaskShares.owner("polygenelubricants", 3))
                .as("a negative hash")
                .isBetween(0, 2);
    }

    @Test
    void shouldSpreadNumberedStreamsEvenly() {
        for (int tasks : new int[] {1, 2, 3, 4, 5, 8}) {
            int[] streams = new int[tasks];
            IntStream.range(0, 10).forEach(i -> streams[TaskShares.owner("orders/" + i, tasks)]++);
            int least = 10 / tasks;
            assertThat(IntStream.of(streams).min()).as(tasks + " tasks").hasValue(least);
        }
    }
}
