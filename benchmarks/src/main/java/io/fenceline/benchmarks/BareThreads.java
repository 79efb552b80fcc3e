package io.fenceline.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Some threads that do the same, and are waited for. Stateless. */
final class BareThreads {

    private BareThreads() {}

    /**
     * @param work of the thread with that number, from 0 on
     * @throws IllegalStateException for the first of them that failed, once all have ended
     */
    static void run(String name, int threads, IntConsumer work) throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        CountDownLatch done = new CountDownLatch(threads);
        for (int t = 0; t < threads; t++) {
            int thread = t;
            new Thread(
                            () -> {
                                try {
                                    work.accept(thread);
                                } catch (RuntimeException e) {
                                    failure.compareAndSet(null, e);
                                } finally {
                                    done.countDown();
                                }
                            },
                            name + "-" + t)
                    .start();
        }
        done.await();
        Throwable problem = failure.get();
        if (problem != null) {
            throw new IllegalStateException("not all was done", problem);
        }
    }
}
