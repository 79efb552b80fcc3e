package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CallThreadsTest {

    /** Calls that a test holds open; under one lock, as of an owner. */
    private static final class HeldCalls implements CallThreads.Calls<String> {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private final ArrayDeque<String> due = new ArrayDeque<>();
        private final Set<String> open = new HashSet<>();
        private final Set<String> made = new HashSet<>();
        private final CountDownLatch release = new CountDownLatch(1);
        /** Nothing is due before that moment. */
        private long notBefore;

        @Override
        public @Nullable String next(long now) {
            String call = now < notBefore ? null : due.poll();
            if (call != null) {
                open.add(call);
                changed.signalAll();
            }
            return call;
        }

        @Override
        public long within(long now) {
            return due.isEmpty() ? Long.MAX_VALUE : Math.max(0, notBefore - now);
        }

        @Override
        public void make(String call) {
            if (call.equals("broken")) {
                throw new IllegalStateException("a fault of ours");
            }
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            lock.lock();
            try {
                open.remove(call);
                made.add(call);
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private final HeldCalls calls = new HeldCalls();
    private final AtomicLong now = new AtomicLong();
    private final CallThreads<String> threads = new CallThreads<>("test-calls", 3, calls.lock, now::get, calls);

    @AfterEach
    void end() {
        calls.release.countDown();
        underLock(threads::close);
    }

    @Test
    void asManyCallsAreUnderWayAsThereAreThreadsAllowed() {
        underLock(() -> {
            for (int i = 0; i < 5; i++) {
                calls.due.add("call " + i);
            }
            threads.lookAgain();
            await(() -> calls.open.size() == 3);
            assertThat(calls.due).hasSize(2);
        });

        calls.release.countDown();

        underLock(() -> await(() -> calls.made.size() == 5));
    }

    @Test
    void aThreadThatIsIdleTakesWhatComesLater() {
        calls.release.countDown();
        underLock(() -> {
            calls.due.add("first");
            threads.lookAgain();
            await(() -> calls.made.contains("first"));
            calls.due.add("second");
            threads.lookAgain();
            await(() -> calls.made.contains("second"));
        });
    }

    @Test
    void aMomentThatComesIsWaitedForWithoutAnotherWord() {
        calls.release.countDown();
        underLock(() -> {
            calls.notBefore = 2_000_000;
            calls.due.add("later");
            threads.lookAgain();
        });
        now.set(3_000_000);

        underLock(() -> await(() -> calls.made.contains("later")));
    }

    @Test
    void nothingIsTakenAfterTheEnd() {
        underLock(() -> {
            threads.close();
            calls.due.add("late");
            threads.lookAgain();
            assertThat(calls.due).hasSize(1);
        });
    }

    @Test
    void whatEndsAThreadIsKept() {
        underLock(() -> {
            calls.due.add("broken");
            threads.lookAgain();
        });
        while (threads.failure() == null) {
            Thread.onSpinWait();
        }

        assertThat(threads.failure()).hasMessage("a fault of ours");
    }

    private void underLock(Runnable action) {
        calls.lock.lock();
        try {
            action.run();
        } finally {
            calls.lock.unlock();
        }
    }

    private void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            calls.changed.awaitUninterruptibly();
        }
    }
}
