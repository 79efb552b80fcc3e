package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever should not wait may do so for ever, and the test for a minute. */
@Timeout(60)
class PollInboxTest {

    private final PollInbox inbox = new PollInbox();
    private final List<String> ran = new ArrayList<>();

    @Test
    void whatIsPostedIsRunOnceAndInOrder() {
        inbox.post(() -> ran.add("a"));
        inbox.post(() -> ran.add("b"));
        assertThat(inbox.size()).isEqualTo(2);
        inbox.drain();
        inbox.drain();
        assertThat(ran).containsExactly("a", "b");
        assertThat(inbox.size()).isZero();
    }

    @Test
    void whatIsPostedWhileItIsDrainedWaitsForTheNextTime() {
        inbox.post(() -> inbox.post(() -> ran.add("later")));
        inbox.drain();
        assertThat(ran).isEmpty();
        inbox.drain();
        assertThat(ran).containsExactly("later");
    }

    @Test
    void nobodyWaitsWhileThereIsSomethingToDrain() throws InterruptedException {
        inbox.post(() -> {});
        inbox.await(Long.MAX_VALUE);
        inbox.await(Long.MAX_VALUE);
    }

    @Test
    void somethingPostedEndsTheWait() throws InterruptedException {
        CountDownLatch waits = new CountDownLatch(1);
        Thread other = new Thread(() -> {
            awaitQuietly(waits);
            inbox.post(() -> ran.add("a"));
        });
        other.start();
        waits.countDown();
        inbox.await(Long.MAX_VALUE);
        inbox.drain();
        assertThat(ran).containsExactly("a");
        other.join();
    }

    /** A stop that came between two polls made the next one wait half a second if it was not remembered. */
    @Test
    void onceClosedNobodyWaitsAgain() throws InterruptedException {
        assertThat(inbox.isClosed()).isFalse();
        inbox.close();
        inbox.await(Long.MAX_VALUE);
        inbox.await(Long.MAX_VALUE);
        assertThat(inbox.isClosed()).isTrue();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
