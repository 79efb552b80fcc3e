package io.fenceline.s2.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;

class FramePoolTest {

    private static final int PIECE = FrameSegments.LARGEST;
    private static final long PATIENCE = 10;

    private final FramePool pool = new FramePool(4L * PIECE, PATIENCE);
    private final ArrayDeque<ByteBuffer> inUse = new ArrayDeque<>();

    @Test
    void usesThePieceAgainThatWasGivenBackLast() {
        ByteBuffer first = pool.take();
        ByteBuffer second = pool.take();
        assertThat(first.isDirect()).isTrue();
        assertThat(first.capacity()).isEqualTo(PIECE);
        second.putLong(1);
        pool.release(first);
        pool.release(second);

        assertThat(pool.take()).isSameAs(second).satisfies(piece -> assertThat(piece.remaining())
                .isEqualTo(PIECE));
        assertThat(pool.take()).isSameAs(first);
        assertThat(pool.made()).isEqualTo(2);
    }

    @Test
    void keepsNoMoreThanItMay() {
        take(6);
        release(6);
        assertThat(pool.freeBytes()).isEqualTo(4L * PIECE);
    }

    @Test
    void letsGoOfWhatNobodyNeededForAWhile() {
        pool.trim(0);
        take(4);
        release(4);
        pool.trim(1);
        pool.trim(PATIENCE);
        assertThat(pool.freeBytes()).as("they were in use in the meantime").isEqualTo(4L * PIECE);

        take(1);
        release(1);
        pool.trim(2 * PATIENCE);
        assertThat(pool.freeBytes()).isEqualTo(PIECE);
        pool.trim(3 * PATIENCE);
        assertThat(pool.freeBytes()).isZero();
        pool.trim(4 * PATIENCE);
        assertThat(pool.freeBytes()).isZero();
    }

    @Test
    void keepsThePiecesThatWereUsedLast() {
        take(3);
        ByteBuffer last = inUse.peekLast();
        release(3);
        pool.trim(0);
        pool.trim(PATIENCE);
        take(1);
        release(1);
        pool.trim(2 * PATIENCE);
        assertThat(pool.freeBytes()).isEqualTo(PIECE);
        assertThat(pool.take()).isSameAs(last);
    }

    @Test
    void letsGoOfNothingBeforeItHasWatchedForLongEnough() {
        long start = Long.MAX_VALUE - PATIENCE / 2;
        take(4);
        release(4);
        pool.trim(start);
        pool.trim(start + 1);
        pool.trim(start + 2);
        assertThat(pool.freeBytes()).isEqualTo(4L * PIECE);
        pool.trim(start + PATIENCE);
        take(1);
        release(1);
        pool.trim(start + 2 * PATIENCE - 1);
        assertThat(pool.freeBytes()).isEqualTo(4L * PIECE);
        pool.trim(start + 2 * PATIENCE);
        assertThat(pool.freeBytes()).isEqualTo(PIECE);
    }

    /** What a JVM without memory outside the heap got instead would be copied on each way out. */
    @Test
    void doesNotKeepMemoryOfTheHeap() {
        pool.release(ByteBuffer.allocate(PIECE));
        assertThat(pool.freeBytes()).isZero();
    }

    private void take(int pieces) {
        for (int i = 0; i < pieces; i++) {
            inUse.add(pool.take());
        }
    }

    private void release(int pieces) {
        for (int i = 0; i < pieces; i++) {
            pool.release(inUse.remove());
        }
    }
}
