package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FairTurnsTest {

    /** Sizes of records, then perhaps the end. */
    private static final class Pile implements SourcePartition<List<String>> {
        private final String name;
        private final ArrayDeque<Integer> sizes = new ArrayDeque<>();
        private boolean ends;
        private boolean over;
        private @Nullable TerminalException failure;

        Pile(String name, int records, int size) {
            this.name = name;
            for (int i = 0; i < records; i++) {
                sizes.add(size);
            }
        }

        Pile thatEnds(@Nullable TerminalException why) {
            ends = true;
            failure = why;
            return this;
        }

        @Override
        public boolean isReady() {
            return !over && (ends || !sizes.isEmpty());
        }

        @Override
        public void take(Allowance allowance, List<String> receiver) {
            while (!allowance.isSpent()) {
                Integer size = sizes.peek();
                if (size == null) {
                    over = ends;
                    return;
                }
                if (!allowance.admits(size)) {
                    return;
                }
                sizes.remove();
                receiver.add(name);
                allowance.use(size);
            }
        }

        @Override
        public boolean isOver() {
            return over;
        }

        @Override
        public @Nullable TerminalException failure() {
            return over ? failure : null;
        }
    }

    private final List<String> gone = new ArrayList<>();
    private final FairTurns<Pile, List<String>> turns = new FairTurns<>(pile -> gone.add(pile.name));
    private final List<String> taken = new ArrayList<>();

    @Test
    void eachGetsAnEqualPartAndWhatOneLeavesTheOthersGet() {
        turns.set(List.of(new Pile("few", 10, 1), new Pile("many", 1_000, 1), new Pile("more", 1_000, 1)));

        assertThat(turns.take(300, Long.MAX_VALUE, taken)).isEqualTo(300);
        assertThat(shares()).isEqualTo(Map.of("few", 10L, "many", 145L, "more", 145L));
    }

    @Test
    void equalPartsAreThoseOfBytesToo() {
        turns.set(List.of(new Pile("large", 1_000, 100), new Pile("small", 1_000, 10)));

        turns.take(10_000, 8_000, taken);
        assertThat(shares()).isEqualTo(Map.of("large", 40L, "small", 400L));
    }

    @Test
    void whoIsFirstChangesEveryTime() {
        turns.set(List.of(new Pile("a", 9, 1), new Pile("b", 9, 1), new Pile("c", 9, 1)));

        for (int i = 0; i < 6; i++) {
            turns.take(1, Long.MAX_VALUE, taken);
        }
        assertThat(taken).containsExactly("a", "b", "c", "a", "b", "c");
    }

    @Test
    void aRecordLargerThanAllThatIsAskedForComesAlone() {
        turns.set(List.of(new Pile("huge", 2, 1_000_000)));

        assertThat(turns.take(100, 1_000, taken)).isEqualTo(1);
        assertThat(turns.take(100, 1_000, taken)).isEqualTo(1);
        assertThat(turns.take(100, 1_000, taken)).isZero();
    }

    @Test
    void oneThatFailsEndsItOnlyWhenThereIsNothingBeforeIt() {
        TerminalException why =
                TerminalException.of(TerminalCode.STREAM_GAP, "gone").build();
        turns.set(List.of(new Pile("bad", 3, 1).thatEnds(why), new Pile("good", 100, 1)));

        assertThat(turns.take(20, Long.MAX_VALUE, taken)).isPositive();
        assertThat(shares()).containsEntry("bad", 3L);
        assertThatThrownBy(() -> turns.take(20, Long.MAX_VALUE, taken)).isSameAs(why);
        assertThatThrownBy(() -> turns.take(20, Long.MAX_VALUE, taken))
                .as("and stays so")
                .isSameAs(why);
        assertThat(gone).isEmpty();
    }

    @Test
    void oneThatIsNotOursAnyMoreIsToldOfOnceItsRecordsWereTaken() {
        turns.set(List.of(new Pile("lost", 3, 1).thatEnds(null), new Pile("kept", 3, 1)));

        turns.take(4, Long.MAX_VALUE, taken);
        assertThat(gone).isEmpty();
        turns.take(4, Long.MAX_VALUE, taken);
        assertThat(gone).containsExactly("lost");
        turns.take(4, Long.MAX_VALUE, taken);
        assertThat(gone).hasSize(1);
        assertThat(shares()).isEqualTo(Map.of("lost", 3L, "kept", 3L));
    }

    @Test
    void withoutPartitionsThereIsNothing() {
        assertThat(turns.take(10, 10, taken)).isZero();
    }

    private Map<String, Long> shares() {
        return taken.stream().collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()));
    }
}
