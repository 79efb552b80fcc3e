package io.fenceline.connect.source.queue;

import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What one task has done with the messages of a queue since it started. Any thread. */
public final class CustodyCounters extends Counters {

    public final LongAdder received =
            counter("messages-received-total", "messages received, also those received again");
    public final LongAdder redelivered =
            counter("messages-redelivered-total", "messages received again that are held, or that Kafka has already");
    public final LongAdder handedOver = counter("messages-handed-over-total", "messages handed to Kafka Connect");
    public final LongAdder confirmed = counter("messages-confirmed-total", "messages Kafka has");
    public final LongAdder unconfirmed =
            counter("messages-unconfirmed-total", "messages whose record was dropped before Kafka");
    public final LongAdder deleted = counter("messages-deleted-total", "messages deleted from the queue");
    public final LongAdder deletesFailed =
            counter("deletes-failed-total", "messages whose delete failed or could have been without effect");
    public final LongAdder givenBack =
            counter("messages-given-back-total", "messages made visible again because there was no place to hold them");
    public final LongAdder receivesFailed = counter("receives-failed-total", "attempts to receive that failed");
    public final LongAdder changesFailed =
            counter("changes-failed-total", "attempts to delete or to change visibility that failed as a whole");
}
