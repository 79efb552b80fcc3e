package io.fenceline.sqs;

/** Looks at queues. Thread-safe. */
public interface QueueInspector {

    /**
     * One attempt, which is at most one HTTP request ({@code GetQueueAttributes}); blocks for at most the connect and request
     * timeouts, plus what it takes to get credentials. Does not throw for anything SQS or the network do.
     */
    QueueInspection inspect(QueueUrl queue);
}
