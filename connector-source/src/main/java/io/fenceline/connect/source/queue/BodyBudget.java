package io.fenceline.connect.source.queue;

import java.util.concurrent.atomic.AtomicLong;

/** The memory a queue has for messages that wait to be handed over, and for those on their way. Any thread. */
public final class BodyBudget {

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    /** @param limit bytes as SQS counts them */
    public BodyBudget(long limit) {
        this.limit = limit;
    }

    /**
     * Reserves memory for messages that are asked for.
     *
     * @param most how many, at most
     * @param each bytes of one, above zero
     * @return for how many it was reserved; at least one if nothing is used, since else a message that is larger than the limit
     *         would never come through
     */
    int reserve(int most, long each) {
        while (true) {
            long before = used.get();
            long fits = Math.max(before == 0 ? 1 : 0, (limit - before) / each);
            int count = (int) Math.min(most, fits);
            if (count == 0 || used.compareAndSet(before, before + count * each)) {
                return count;
            }
        }
    }

    /** What was reserved has come, or messages were handed over: {@code by} bytes more, or less. */
    void change(long by) {
        used.addAndGet(by);
    }

    public long used() {
        return used.get();
    }
}
