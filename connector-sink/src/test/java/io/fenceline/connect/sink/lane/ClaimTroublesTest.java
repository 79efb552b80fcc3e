package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class ClaimTroublesTest {

    private static final long SECOND = 1_000_000_000;

    private final List<String> warned = new ArrayList<>();
    private final List<String> noted = new ArrayList<>();
    private final ClaimTroubles troubles = new ClaimTroubles("streams", "claimed", warned::add, noted::add);
    private long now = Long.MAX_VALUE - 40 * SECOND; // clocks wrap

    private static TopicPartition partition(int number) {
        return new TopicPartition("t", number);
    }

    private void open(int count) {
        for (int i = 0; i < count; i++) {
            troubles.opened(partition(i));
        }
    }

    private void fail(int from, int to, String reason) {
        for (int i = from; i < to; i++) {
            troubles.failed(partition(i), reason, now);
        }
    }

    @Test
    void fortyStreamsThatCannotBeClaimedAreOneWarningAtOnceAndOneEachHalfMinute() {
        open(40);
        for (int second = 0; second <= 92; second++) {
            fail(0, 37, "connection refused");
            troubles.tick(now);
            now += SECOND;
        }

        assertThat(warned)
                .containsExactly(
                        "37 of 40 streams cannot be claimed for 0 s: connection refused",
                        "37 of 40 streams cannot be claimed for 30 s: connection refused",
                        "37 of 40 streams cannot be claimed for 60 s: connection refused",
                        "37 of 40 streams cannot be claimed for 90 s: connection refused");
        assertThat(noted).isEmpty();
    }

    @Test
    void theReasonAndTheNumberAreThoseOfTheMoment() {
        open(3);
        fail(0, 3, "connection refused");
        troubles.tick(now);
        troubles.over(partition(0));
        troubles.closed(partition(1));
        now += 30 * SECOND;
        fail(2, 3, "503 unavailable");
        troubles.tick(now);

        assertThat(warned).last().isEqualTo("1 of 2 streams cannot be claimed for 30 s: 503 unavailable");
    }

    @Test
    void theEndOfATroubleIsToldOnceIfItsBeginningWas() {
        open(2);
        fail(0, 2, "connection refused");
        troubles.tick(now);
        now += 92 * SECOND;
        troubles.over(partition(0));
        troubles.over(partition(1));
        troubles.tick(now);
        troubles.tick(now);

        assertThat(noted).containsExactly("no streams are left that cannot be claimed, after 92 s");
    }

    @Test
    void aTroubleThatComesAndGoesIsToldOnceInHalfAMinute() {
        open(1);
        for (int second = 0; second < 60; second++) {
            fail(0, 1, "busy");
            troubles.tick(now);
            troubles.over(partition(0));
            troubles.tick(now);
            now += SECOND;
        }

        assertThat(warned).hasSize(2);
        assertThat(noted).hasSize(2);
    }

    @Test
    void whatIsHeardOfAPartitionThatIsGoneIsNoTrouble() {
        open(1);
        troubles.closed(partition(0));
        fail(0, 1, "connection refused");
        troubles.tick(now);

        assertThat(warned).isEmpty();
    }

    @Test
    void nothingIsSaidWhileEverythingGoesWell() {
        open(2);
        troubles.over(partition(0));
        troubles.tick(now);

        assertThat(warned).isEmpty();
        assertThat(noted).isEmpty();
    }
}
