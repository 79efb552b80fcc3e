package io.fenceline.testkit.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.sqs.SqsCalls;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** How many messages a queue has, by what it says of itself: those to receive, those received and not deleted, those delayed. Thread-safe. */
final class QueueLevel {

    private static final long PAUSE_MILLIS = 200;

    private final SqsCalls calls;
    private final String queueUrl;
    private final AtomicLong last = new AtomicLong(-1);

    QueueLevel(SqsCalls calls, String queueUrl) {
        this.calls = calls;
        this.queueUrl = queueUrl;
    }

    /** Asks now. */
    long now() {
        JsonNode attributes = QueueDrain.again(() -> calls.attributes(queueUrl));
        long sum = Stream.of(
                        "ApproximateNumberOfMessages",
                        "ApproximateNumberOfMessagesNotVisible",
                        "ApproximateNumberOfMessagesDelayed")
                .mapToLong(name -> attributes.path(name).asLong())
                .sum();
        last.set(sum);
        return sum;
    }

    /** What was seen last; -1 before. */
    long last() {
        return last.get();
    }

    /**
     * Waits until somebody else has emptied the queue.
     *
     * @param quiet    how long it has to say that it is empty
     * @param patience how long it may say the same number of messages
     * @return what is left in it
     */
    long awaitEmpty(Duration quiet, Duration patience) throws InterruptedException {
        long left = now();
        long since = System.nanoTime();
        while (System.nanoTime() - since < (left == 0 ? quiet : patience).toNanos()) {
            Thread.sleep(PAUSE_MILLIS);
            long now = now();
            if (now != left) {
                left = now;
                since = System.nanoTime();
            }
        }
        return left;
    }
}
