package io.fenceline.connect.source.queue;

import io.fenceline.connect.metrics.Counters;
import io.fenceline.connect.metrics.NewestMoment;
import java.util.concurrent.atomic.LongAdder;

/** What one task has done with the messages of a queue since it started. Any thread. */
public final class CustodyCounters extends Counters {

    /** When messages that were handed over had been sent, as SQS says. */
    public final NewestMoment newestMessage = new NewestMoment();

    public final LongAdder received =
            counter("messages-received-total", "messages received, also those received again");
    public final LongAdder redelivered = counter(
            "messages-redelivered-total",
            "of these, those that are held already or that Kafka has: deletes that failed, or a visibility timeout"
                    + " shorter than a commit takes");
    public final LongAdder handedOver = counter("messages-handed-over-total", "messages handed to Connect");
    public final LongAdder confirmed = counter("messages-confirmed-total", "messages that Kafka has");
    public final LongAdder unconfirmed = counter(
            "messages-unconfirmed-total",
            "messages whose record was dropped before Kafka: by a transform or by `errors.tolerance`");
    public final LongAdder deleted = counter("messages-deleted-total", "messages deleted from the queue");
    public final LongAdder deletesFailed = counter(
            "deletes-failed-total",
            "messages whose delete failed or could have been without effect, which are deleted again");
    public final LongAdder givenBack = counter(
            "messages-given-back-total",
            "messages made visible again, because there was no place to hold them or the task stopped");
    public final LongAdder receivesFailed = counter("receives-failed-total", "receives that failed");
    public final LongAdder throttled = counter(
            "throttled-total",
            "receives, and requests to delete or to extend, that SQS put off because of a rate or a limit of the account");
    public final LongAdder changesFailed =
            counter("changes-failed-total", "requests to delete or to extend that failed as a whole");
}
