package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.lane.TaskInbox;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueInspector;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Asks each queue of a task once how it is set up, on a thread that lasts as long as the question. What is known stays known; a
 * question that came to nothing is asked anew for the next lane.
 *
 * <p>Owned by the task thread, which the answers reach through its inbox.
 */
public final class QueueQuestions implements QueueKnowledge, AutoCloseable {

    private final String name;
    private final QueueInspector inspector;
    private final RetrySettings retries;
    private final TaskInbox inbox;
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;

    private final Map<String, QueueSettings> known = new HashMap<>();
    private final Map<String, List<Asker>> waiting = new HashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /**
     * @param name     of the threads
     * @param nanoTime monotonic clock
     * @param random   for pauses, values from 0 to below 1; any thread
     */
    public QueueQuestions(
            String name,
            QueueInspector inspector,
            RetrySettings retries,
            TaskInbox inbox,
            LongSupplier nanoTime,
            DoubleSupplier random) {
        this.name = name;
        this.inspector = inspector;
        this.retries = retries;
        this.inbox = inbox;
        this.nanoTime = nanoTime;
        this.random = random;
    }

    @Override
    public void ask(QueueUrl queue, Asker asker) {
        QueueSettings settings = known.get(queue.text());
        if (settings != null) {
            asker.onKnown(settings);
            return;
        }
        List<Asker> askers = waiting.get(queue.text());
        if (askers != null) {
            askers.add(asker);
            return;
        }
        waiting.put(queue.text(), new ArrayList<>(List.of(asker)));
        Map<String, String> logContext = MDC.getCopyOfContextMap();
        Thread thread = new Thread(() -> find(queue, logContext), name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Questions that are under way come to nothing. Waits for nothing. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
    }

    private void find(QueueUrl queue, @Nullable Map<String, String> logContext) {
        if (logContext != null) {
            MDC.setContextMap(logContext);
        }
        QueueQuestion question = new QueueQuestion(retries, random);
        boolean goesOn = true;
        while (goesOn) {
            try {
                goesOn = askOnce(queue, question);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                tell(
                        queue,
                        new QueueQuestion.Step.Unusable(
                                new SendStop(SendStop.Why.SENSELESS, null, "the question failed here: " + e)));
                throw e;
            }
        }
    }

    private boolean askOnce(QueueUrl queue, QueueQuestion question) throws InterruptedException {
        QueueInspection inspection = inspector.inspect(queue);
        QueueQuestion.Step step = question.on(inspection, nanoTime.getAsLong());
        tell(queue, step);
        return step instanceof QueueQuestion.Step.Pause pause && !closed.await(pause.nanos(), TimeUnit.NANOSECONDS);
    }

    private void tell(QueueUrl queue, QueueQuestion.Step step) {
        inbox.post(() -> {
            if (step instanceof QueueQuestion.Step.Pause pause) {
                waiting.getOrDefault(queue.text(), List.of()).forEach(asker -> asker.onWaiting(pause.why()));
            } else if (step instanceof QueueQuestion.Step.Known answer) {
                known.put(queue.text(), answer.settings());
                tellLast(queue, asker -> asker.onKnown(answer.settings()));
            } else if (step instanceof QueueQuestion.Step.Unusable unusable) {
                tellLast(queue, asker -> asker.onUnusable(unusable.reason()));
            }
        });
    }

    private void tellLast(QueueUrl queue, Consumer<Asker> told) {
        List<Asker> askers = waiting.remove(queue.text());
        if (askers != null) {
            askers.forEach(told);
        }
    }
}
