package io.fenceline.connect.source.queue;

import io.fenceline.connect.source.PollInbox;
import io.fenceline.sqs.QueueReceiver;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What all queues of a task share.
 *
 * @param connector the connector's name
 * @param nanoTime  monotonic clock
 * @param random    values from 0 to below 1, for pauses; any thread
 * @param attempts  gives a beginning of attempt ids that no other start uses
 */
record ReaderServices(
        String connector,
        QueueReceiver sqs,
        PollInbox inbox,
        CustodyCounters counters,
        LongSupplier nanoTime,
        DoubleSupplier random,
        Supplier<String> attempts) {

    String newAttemptPrefix() {
        return attempts.get();
    }
}
