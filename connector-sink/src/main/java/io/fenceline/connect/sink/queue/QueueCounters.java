package io.fenceline.connect.sink.queue;

import io.fenceline.connect.metrics.Counters;
import java.util.concurrent.atomic.LongAdder;

/** What one task has sent to queues since it started. Any thread. */
public final class QueueCounters extends Counters {

    public final LongAdder recordsAcknowledged = counter("records-acknowledged-total", "messages that SQS accepted");
    public final LongAdder bytesAcknowledged =
            counter("bytes-acknowledged-total", "bytes of these messages, bodies and attributes, as SQS counts them");
    public final LongAdder requests = counter("requests-total", "attempts to send a request, answered or not");
    public final LongAdder failures = counter(
            "failures-total", "attempts that failed, also those that found no connection, which are no requests");
    public final LongAdder resends =
            counter("resends-total", "messages sent again because an attempt did not settle them");
    public final LongAdder throttled =
            counter("throttled-total", "attempts that SQS put off because of a rate or a limit of the account");
    public final LongAdder inDoubt = counter(
            "in-doubt-total",
            "attempts at a message of which it is not known whether SQS accepted it; most are cleared up by sending it again");
    public final LongAdder inDoubtResent = counter(
            "in-doubt-resent-total",
            "possible repeats: messages sent again although SQS may have them and would not notice, as"
                    + " `in.doubt.policy=resend` asks");
    public final LongAdder inDoubtSkipped = counter(
            "in-doubt-skipped-total",
            "possibly missing: messages in doubt that count as sent, as `in.doubt.policy=skip` asks");
    public final LongAdder reordered = counter(
            "reordered-total",
            "messages that SQS failed while it accepted later ones of their group, and that went again");
    public final LongAdder refused = counter("refused-total", "messages that SQS refused for what they are");
    public final LongAdder restartRepeatsPossible = counter(
            "restart-repeats-possible-total",
            "old records sent after a start that an earlier task may have sent, named in a warning. Counts also after a first"
                    + " start and after starts with a backlog, where nothing needs to be there twice");
    public final LongAdder commitsRequested =
            counter("commits-requested-total", "times the worker was asked to commit offsets");
}
