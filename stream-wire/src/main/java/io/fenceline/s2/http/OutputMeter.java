package io.fenceline.s2.http;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far the output of one connection has come: what was taken for writing without being copied, and how much of that
 * the socket has taken. Tells whether memory that was handed over for writing is still needed. Any thread; it counts in
 * the order of the output if used under the connection's lock.
 */
final class OutputMeter {

    private final AtomicLong taken = new AtomicLong();
    private final AtomicLong departed = new AtomicLong();

    void take(long bytes) {
        taken.addAndGet(bytes);
    }

    void depart(long bytes) {
        departed.addAndGet(bytes);
    }

    /** A mark behind everything taken so far. */
    long mark() {
        return taken.get();
    }

    /** Whether nothing before the mark will be read again from the memory it was handed over in. */
    boolean hasDeparted(long mark) {
        return departed.get() >= mark;
    }
}
