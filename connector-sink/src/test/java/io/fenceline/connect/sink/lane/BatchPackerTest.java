package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchPackerTest {

    private static final Duration LINGER = Duration.ofMillis(5);
    private static final boolean BUSY = true;
    private static final boolean CALM = false;

    private final FramePool frames = new FramePool(1 << 20, Long.MAX_VALUE);
    private final BatchPacker packer = new BatchPacker(1000, 1 << 20, frames);
    private long now;
    private long offset;

    @Test
    void shouldSendAtOnceWhenNothingIsOut() {
        add(1);
        assertThat(packer.isDue(now, LINGER, CALM)).isTrue();
    }

    @Test
    void shouldLingerWhileABatchIsOut() {
        sendOne();
        add(1);
        assertThat(packer.isDue(now, LINGER, CALM)).isFalse();
        now += LINGER.toNanos() - 1;
        assertThat(packer.isDue(now, LINGER, CALM)).isFalse();
        now++;
        assertThat(packer.isDue(now, LINGER, CALM)).isTrue();
    }

    @Test
    void shouldWaitUnderLoadForTheRestOfWhatWasFetchedThoughNothingIsOut() {
        add(500);
        assertThat(packer.isDue(now, LINGER, BUSY)).isFalse();
        add(10);
        assertThat(packer.isDue(now, LINGER, BUSY)).isFalse();
        assertThat(packer.isDue(now, LINGER, BUSY))
                .as("the last call brought nothing for it")
                .isTrue();
    }

    @Test
    void shouldNotWaitLongerThanTheLingerUnderLoadThoughItGrowsAllTheTime() {
        add(1);
        now += LINGER.toNanos();
        add(1);
        assertThat(packer.isDue(now, LINGER, BUSY)).isTrue();
    }

    @Test
    void shouldWaitUnderLoadForWhatIsOutAndNotForTheClock() {
        BatchPacker.Packed out = sendOne();
        add(1);
        now += 100 * LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, BUSY)).isFalse();
        packer.settle(out.entry());
        assertThat(packer.isDue(now, LINGER, BUSY)).isTrue();

        add(1);
        sendOne();
        add(1);
        now += 100 * LINGER.toNanos();
        assertThat(packer.isDue(now, LINGER, CALM)).as("the load is gone").isTrue();
    }

    @Test
    void shouldSendWhatOnePollBroughtIfToldNotToLinger() {
        add(500);
        assertThat(packer.isDue(now, Duration.ZERO, BUSY)).isTrue();
        sendOne();
        add(1);
        assertThat(packer.isDue(now, Duration.ZERO, BUSY)).isTrue();
    }

    @Test
    void shouldGiveBackTheMemoryOfBatchesThatWereNeverSent() {
        byte[] body = new byte[200_000];
        for (int i = 0; i < 12; i++) {
            packer.add(new RecordDraft().body(body, 0, body.length), offset++, null, now);
        }
        for (BatchPacker.Packed each = packer.next(); each != null; each = packer.next()) {
            each.batch().letGo();
        }
        for (int i = 0; i < 6000; i++) {
            add(1);
        }
        assertThat(packer.hasWaiting()).isTrue();
        packer.drop();
        assertThat(packer.heldBytes()).isZero();
        assertThat(packer.hasWaiting()).isFalse();
        assertThat(packer.hasOpen()).isFalse();
        assertThat(frames.freeBytes()).isPositive();
    }

    private BatchPacker.Packed sendOne() {
        add(1);
        packer.seal();
        BatchPacker.Packed packed = packer.next();
        assertThat(packed).isNotNull();
        return packed;
    }

    private void add(int records) {
        for (int i = 0; i < records; i++) {
            packer.add(new RecordDraft().timestamp(1).body(new byte[] {1, 2, 3}, 0, 3), offset++, null, now);
        }
    }
}
