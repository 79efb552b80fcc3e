package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsCalls;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Takes every message out of a queue nobody else reads from: receives, hands over, deletes. Several readers do so at once;
 * on a FIFO queue each group keeps its order all the same, for SQS gives out nothing more of a group while some of it is
 * received and not deleted.
 */
final class QueueDrain {

    private static final int READERS = 4;
    /** Longer than a reader holds messages, and how long it takes to get those again whose receive went without an answer. */
    private static final int HIDDEN_SECONDS = 30;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PAUSE_MILLIS = 200;

    private final SqsCalls calls;
    private final String queueUrl;
    private final QueueLevel level;
    private final long quietNanos;
    private final AtomicLong lastMessage = new AtomicLong(System.nanoTime());
    private volatile boolean stopped;

    /** @param quiet how long nothing has to be there before the queue counts as empty */
    QueueDrain(SqsCalls calls, String queueUrl, Duration quiet) {
        this.calls = calls;
        this.queueUrl = queueUrl;
        this.level = new QueueLevel(calls, queueUrl);
        this.quietNanos = quiet.toNanos();
    }

    /**
     * Returns when the queue is empty.
     *
     * @param action called by one thread at a time, in order per group
     * @throws IllegalStateException the queue says it has messages, and gives out none for a minute
     */
    void drain(Consumer<QueuedMessage> action) throws Exception {
        ExecutorService readers = Executors.newFixedThreadPool(READERS, work -> {
            Thread thread = new Thread(work, "queue-reader");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                all.add(readers.submit(() -> {
                    boolean emptied = false;
                    try {
                        read(action);
                        emptied = true;
                    } finally {
                        // the others would wait for what this one holds
                        if (!emptied) {
                            stopped = true;
                        }
                    }
                    return emptied;
                }));
            }
            for (Future<?> reader : all) {
                reader.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception failure ? failure : e;
        } finally {
            stopped = true;
            readers.shutdown();
        }
    }

    private void read(Consumer<QueuedMessage> action) throws InterruptedException {
        while (!stopped) {
            List<SqsCalls.Received> some = again(() -> calls.receive(queueUrl, HIDDEN_SECONDS));
            if (some.isEmpty()) {
                if (isOver()) {
                    return;
                }
                Thread.sleep(PAUSE_MILLIS);
                continue;
            }
            lastMessage.set(System.nanoTime());
            synchronized (this) {
                some.forEach(received -> action.accept(received.message()));
            }
            delete(some);
        }
    }

    private void delete(List<SqsCalls.Received> messages) {
        SqsAnswer answer;
        try {
            answer = calls.delete(queueUrl, messages).orThrow();
        } catch (UncheckedIOException e) {
            // without an answer they may be gone, and then the second call fails of that
            again(() -> calls.delete(queueUrl, messages).orThrow());
            return;
        }
        if (!answer.json().path("Failed").isEmpty()) {
            throw new IllegalStateException("SQS did not delete what was received: " + answer.text());
        }
    }

    /** For calls that may be repeated: once more if the first went without an answer. */
    static <T> T again(Supplier<T> call) {
        try {
            return call.get();
        } catch (UncheckedIOException e) {
            return call.get();
        }
    }

    private boolean isOver() {
        long left = level.now();
        long quiet = System.nanoTime() - lastMessage.get();
        if (left > 0 && quiet > PATIENCE.toNanos()) {
            throw new IllegalStateException("the queue " + queueUrl + " has " + left
                    + " messages and has given out none for a minute; does somebody else read from it?");
        }
        return left == 0 && quiet > quietNanos;
    }
}
