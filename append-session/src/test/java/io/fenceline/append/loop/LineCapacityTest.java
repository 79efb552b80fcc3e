package io.fenceline.append.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LineCapacityTest {

    private static final long FASTEST = TimeUnit.MILLISECONDS.toNanos(400);

    /** A clock may begin anywhere. */
    private long now = Long.MAX_VALUE - 3 * FASTEST / 2;

    private final LineCapacity line = new LineCapacity(now);

    private void ack(long since, long latency) {
        line.learn(now, since, latency, FASTEST);
    }

    @Test
    void whatIsAcknowledgedInTheTimeOfTheFastestAckIsOnItsWayAndTheRestWaits() {
        ack(64, FASTEST);
        assertThat(line.bytes()).isEqualTo(64);
        LineCapacity busy = new LineCapacity(now);
        busy.learn(now, 64, 8 * FASTEST, FASTEST);
        assertThat(busy.bytes()).isEqualTo(8);
    }

    @Test
    void anIntervalInWhichLittleWasSentShrinksNothingAndTheNextOneDoes() {
        ack(64, FASTEST);
        now += FASTEST;
        ack(1, FASTEST);
        assertThat(line.bytes()).as("a pause of the one who sends").isEqualTo(64);
        now += FASTEST;
        ack(1, FASTEST);
        assertThat(line.bytes()).isEqualTo(1);
    }

    @Test
    void timeAloneChangesNothing() {
        ack(64, FASTEST);
        now += 1000 * FASTEST;
        assertThat(line.bytes()).isEqualTo(64);
    }

    @Test
    void anAckInNoTimeSaysNothing() {
        ack(64, 0);
        assertThat(line.bytes()).isZero();
    }
}
