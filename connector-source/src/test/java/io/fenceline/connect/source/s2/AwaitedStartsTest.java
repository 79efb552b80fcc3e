package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.SequencedRecord;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AwaitedStartsTest {

    private final AwaitedStarts starts = new AwaitedStarts();
    private long seqNum;

    @Test
    void recordsAreTooEarlyUntilTheFirstOneThatIsNotAndThenNoneIs() {
        starts.await("s", 1_000);
        assertThat(tooEarly("s", 0)).isTrue();
        assertThat(tooEarly("s", 999)).isTrue();
        assertThat(starts.isAwaited("s")).isTrue();
        assertThat(tooEarly("s", 1_000)).isFalse();
        assertThat(starts.isAwaited("s")).isFalse();
        assertThat(tooEarly("s", 0)).as("of a stream made again").isFalse();
    }

    @Test
    void streamsBeginEachAtItsTime() {
        starts.await("a", 1_000);
        starts.await("b", 2_000);
        assertThat(tooEarly("c", 0)).isFalse();
        assertThat(tooEarly("a", 1_500)).isFalse();
        assertThat(tooEarly("b", 1_500)).isTrue();
        starts.forget("b");
        assertThat(tooEarly("b", 1_500)).isFalse();
    }

    @Test
    void timestampsAreUnsignedAsInS2() {
        starts.await("s", 1_000);
        assertThat(tooEarly("s", -1)).isFalse();
    }

    @Test
    void ofStreamsThatAreGoneNothingIsKept() {
        starts.await("a", 1_000);
        starts.await("b", 1_000);
        assertThat(tooEarly("a", 0)).isTrue();
        starts.retainAll(Set.of("b"));
        assertThat(starts.isAwaited("a")).isFalse();
        assertThat(starts.isAwaited("b")).isTrue();
    }

    private boolean tooEarly(String stream, long timestamp) {
        return starts.isTooEarly(stream, new SequencedRecord(seqNum++, timestamp, List.of(), new byte[0]));
    }
}
