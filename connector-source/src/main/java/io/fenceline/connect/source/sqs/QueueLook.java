package io.fenceline.connect.source.sqs;

import io.fenceline.sqs.QueueInspection;
import io.fenceline.sqs.QueueInspector;
import io.fenceline.sqs.QueueUrl;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * A task's look at its queues when it starts, on a thread of its own: what is seldom meant is said once. What it cannot see it
 * passes over; those who receive and delete will tell.
 */
final class QueueLook implements AutoCloseable {

    private final QueueInspector sqs;
    private final List<QueueUrl> queues;
    private final Consumer<String> warnings;
    private final @Nullable Map<String, String> logContext = MDC.getCopyOfContextMap();
    private volatile boolean closed;

    private QueueLook(QueueInspector sqs, List<QueueUrl> queues, Consumer<String> warnings) {
        this.sqs = sqs;
        this.queues = queues;
        this.warnings = warnings;
    }

    /** Looks in the background. @param name of the thread */
    static QueueLook begin(String name, QueueInspector sqs, List<QueueUrl> queues, Consumer<String> warnings) {
        QueueLook look = new QueueLook(sqs, queues, warnings);
        Thread thread = new Thread(look::run, name);
        thread.setDaemon(true);
        thread.start();
        return look;
    }

    private void run() {
        if (logContext != null) {
            MDC.setContextMap(logContext);
        }
        for (QueueUrl queue : queues) {
            if (closed) {
                return;
            }
            if (sqs.inspect(queue) instanceof QueueInspection.Seen seen) {
                SqsSourceAdvice.on(queue, seen.settings()).forEach(warnings);
            }
        }
    }

    /** The next queue is not looked at. Waits for nothing. */
    @Override
    public void close() {
        closed = true;
    }
}
