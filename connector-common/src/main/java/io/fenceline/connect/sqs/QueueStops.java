package io.fenceline.connect.sqs;

import static io.fenceline.connect.TerminalCode.AUTH;
import static io.fenceline.connect.TerminalCode.DEDUP_WINDOW_EXPIRED;
import static io.fenceline.connect.TerminalCode.PROTOCOL;
import static io.fenceline.connect.TerminalCode.RETRIES_EXHAUSTED;
import static io.fenceline.connect.TerminalCode.TARGET_MISSING;
import static io.fenceline.connect.TerminalCode.TOPIC_RECREATED;
import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.OffsetRequestText;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.TopicRequests;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.sqs.QueueUrl;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The stops of one topic-partition whose records go to a queue: what was seen, where, which offsets are safe, and what an operator
 * does about it. Any thread.
 *
 * <p>The offset that each stop takes as {@code settled} is the last one up to which everything is settled: in the queue, diverted,
 * or left out on purpose; null if none is known.
 */
public final class QueueStops {

    /** The end of every remedy after which nothing has to be decided. */
    static final String RESTART = "then restart the task";

    /** The beginning of what to do about credentials that are refused. */
    static final String UNCHANGED = "the refused request changed nothing; ";

    /** The end: a task reads its configuration, and what stands in it for a provider, at each start. */
    static final String CORRECTED =
            "correct them where they come from (a configuration provider, a profile, AWS's default"
                    + " chain), or with PUT /connectors/<name>/config, " + RESTART;

    private static final String NEXT = "<next>";

    /** Of runs of offsets in one message: what follows is counted. */
    private static final int MOST_RUNS = 100;

    private final String topic;
    private final int partition;
    private final QueueUrl queue;
    private final OffsetRequestText offsets;

    private QueueStops(String connector, String topic, int partition, QueueUrl queue) {
        this.topic = topic;
        this.partition = partition;
        this.queue = queue;
        this.offsets = new OffsetRequestText(connector);
    }

    /** @param topic as records are read from Kafka, before any transform; so is the partition */
    public static QueueStops ofPartition(String connector, String topic, int partition, QueueUrl queue) {
        return new QueueStops(connector, topic, partition, queue);
    }

    /** Begins the message of a stop, with its place and the standard remedy; another remedy may replace it. */
    public TerminalException.Builder stop(TerminalCode code, String seen) {
        return at(code, seen).remedy(remedy(code));
    }

    private TerminalException.Builder at(TerminalCode code, String seen) {
        return TerminalException.of(code, seen).where(topic, partition, "queue '" + queue + "'");
    }

    /**
     * SQS does not allow what the sink has to do, also with credentials asked for anew.
     *
     * @param action the IAM action that is missing, e.g. {@code sqs:SendMessage}
     * @param answer what SQS said, without a full stop
     */
    public TerminalException notAllowed(String action, String answer, @Nullable Long settled) {
        return stop(AUTH, "SQS refuses the credentials for " + action + ": " + answer)
                .safe(safe(settled))
                .remedy(UNCHANGED + "check that the credentials are valid and allow the IAM action " + action
                        + " on this queue (on a queue encrypted with a KMS key also kms:GenerateDataKey and kms:Decrypt on the"
                        + " key); " + CORRECTED)
                .build();
    }

    /** The queue is not there, or was deleted less than a minute ago. */
    public TerminalException missing(String answer, @Nullable Long settled) {
        return stop(TARGET_MISSING, "the queue does not exist: " + answer)
                .safe(settled == null ? safe(null) : "offsets up to " + settled + " were settled in the queue before")
                .build();
    }

    /** Five answers in a row were none of SQS's. */
    public TerminalException senseless(String answer, @Nullable Long settled) {
        return stop(PROTOCOL, "what answers is not SQS, or answers what makes no sense: " + answer)
                .safe(safe(settled))
                .build();
    }

    /** Nothing got through for {@code retry.timeout.ms}. */
    public TerminalException exhausted(String lastFailure, @Nullable Long settled) {
        return stop(RETRIES_EXHAUSTED, "SQS has taken nothing for retry.timeout.ms; the last failure: " + lastFailure)
                .safe(safe(settled))
                .build();
    }

    /**
     * Records were sent, SQS has not said what became of them, and by now a message sent again could be a second one;
     * {@code in.doubt.policy} is {@code fail}.
     *
     * @param inDoubt all such offsets of the partition, rising
     */
    public TerminalException windowExpired(long[] inDoubt, @Nullable Long settled) {
        return inDoubt(
                inDoubt,
                "SQS has not said what became of the records at " + runs(inDoubt)
                        + ", and its deduplication window of five minutes is about to end: sent again they could be in the"
                        + " queue twice, so they were not sent (in.doubt.policy=fail)",
                settled);
    }

    /**
     * The queue may hold a record from an attempt that was not answered, and refused it when it was sent again;
     * {@code in.doubt.policy} is {@code fail}.
     *
     * @param answer what SQS said, without a full stop
     */
    public TerminalException refusedInDoubt(long[] inDoubt, String answer, @Nullable Long settled) {
        return inDoubt(
                inDoubt,
                "it cannot be learned whether the queue holds the records at " + runs(inDoubt)
                        + ": an attempt was not answered, and the next one was refused (" + answer
                        + "; in.doubt.policy=fail)",
                settled);
    }

    /**
     * A standard queue has not answered an attempt, and would take the next one as another message; {@code in.doubt.policy} is
     * {@code fail}.
     *
     * @param failure what was seen instead of an answer, without a full stop
     */
    public TerminalException unanswered(long[] inDoubt, String failure, @Nullable Long settled) {
        return inDoubt(
                inDoubt,
                "it cannot be learned whether the queue holds the records at " + runs(inDoubt)
                        + ": an attempt was not answered (" + failure + "; in.doubt.policy=fail)",
                settled);
    }

    private TerminalException inDoubt(long[] inDoubt, String seen, @Nullable Long settled) {
        return stop(DEDUP_WINDOW_EXPIRED, seen)
                .safe(safe(settled))
                .remedy(
                        "a restart sends them again, also those that are in the queue; to avoid that look which of them its"
                                + " consumers have (attribute kafka.id, from " + topic + "/" + partition + "/"
                                + inDoubt[0]
                                + " on), stop the connector and set the position to the first offset that they do not have,"
                                + " as those between the ones named may not have been sent, then resume it;"
                                + " in.doubt.policy=resend or skip decides without asking\n"
                                + "to set it: " + patch(NEXT))
                .build();
    }

    /**
     * Records that a task before this one may have sent are older than the window, and {@code in.doubt.on.restart} is
     * {@code fail}.
     *
     * @param first first offset in question
     * @param last  last offset that could have been sent before
     */
    public TerminalException inDoubtAfterStart(long first, long last, @Nullable Long settled) {
        return stop(
                        DEDUP_WINDOW_EXPIRED,
                        "the records from offset " + first + " on, up to " + last
                                + " at most, may have been sent before this start and are older than SQS's deduplication"
                                + " window of five minutes, so none of those was sent (in.doubt.on.restart=fail; a task cannot"
                                + " tell a connector's first start from a restart)")
                .safe(safe(settled))
                .remedy(
                        "if they may be sent, again or for the first time, set in.doubt.on.restart=resend for one start; if"
                                + " consumers of the queue have some of them (attribute kafka.id), stop the connector, set the"
                                + " position to the first offset that they do not have, resume it\n"
                                + "to set it: " + patch(NEXT))
                .build();
    }

    /** A record that has no place on SQS, or that the queue refused, and nobody who would take it. */
    public TerminalException unwritable(UnmappableRecordException record) {
        TerminalException.Builder stop = stop(record.code(), record.seen())
                .safe("everything before this record is settled")
                .cause(record);
        String remedy = record.remedy();
        return (remedy == null ? stop : stop.remedy(remedy + ", " + RESTART)).build();
    }

    /** The report to the dead letter queue of the record at {@code offset}, which has no place on SQS, failed. */
    public TerminalException reportLost(long offset, Throwable reason, @Nullable Long settled) {
        if (reason instanceof UnmappableRecordException unreported) {
            return unwritable(unreported);
        }
        return stop(
                        UNMAPPABLE_RECORD,
                        "the record at offset " + offset
                                + " cannot be written to SQS, and its report to the dead letter queue failed: "
                                + reason.getClass().getName())
                .safe(safe(settled))
                .remedy("check the dead letter queue's topic, " + RESTART)
                .cause(reason)
                .build();
    }

    /**
     * A queue does not mind, but what was handed over says that offsets were used twice.
     *
     * @param settledOfTopic the same of each partition of the topic that the task has
     */
    public TerminalException topicRecreated(
            String seen, @Nullable Long settled, SortedMap<Integer, OptionalLong> settledOfTopic) {
        SortedMap<Integer, OptionalLong> all = new TreeMap<>(settledOfTopic);
        all.putIfAbsent(partition, OptionalLong.empty());
        TopicRequests requests = new TopicRequests(offsets, topic, all);
        return at(
                        TOPIC_RECREATED,
                        seen
                                + "; the topic was deleted and made again or truncated, or an offset above its end was set")
                .safe(settled == null ? safe(null) : "offsets up to " + settled + " of the topic before are settled")
                .remedy("stop the connector, set where to go on, resume it\n"
                        + "to send the topic from its beginning: " + requests.fromTheBeginning()
                        + "\nto go on behind what was sent" + requests.ofTheOthers() + ": "
                        + requests.behindSettled(partition, settled == null ? NEXT : String.valueOf(settled + 1)))
                .build();
    }

    /**
     * The call that moves the position while the connector is stopped.
     *
     * @param position a number, or a word in angle brackets that stands for one
     */
    public String patch(String position) {
        return offsets.patch(
                OffsetRequestText.kafkaPartition(topic, partition), OffsetRequestText.KAFKA_OFFSET, position);
    }

    private static String safe(@Nullable Long settled) {
        return settled == null
                ? "no offset of this partition is known to be settled"
                : "offsets up to " + settled + " are settled";
    }

    /**
     * What to do about a stop if nothing is known but its code. Where it ends in a decision, what can be decided has to be
     * added.
     */
    static String remedy(TerminalCode code) {
        return switch (code) {
            case DEDUP_WINDOW_EXPIRED ->
                "look which of the records consumers of the queue have (attribute kafka.id), and move the position behind"
                        + " those or send them again";
            case RECORD_TOO_LARGE, UNMAPPABLE_RECORD ->
                "skip it (errors.tolerance=all, with a dead letter queue to keep it) or move past it, " + RESTART;
            case AUTH -> UNCHANGED + "check that the credentials are valid and have the rights they need; " + CORRECTED;
            case TARGET_MISSING ->
                "check sqs.queue.url, sqs.region and sqs.endpoint: name a queue that exists there, or make it (SQS takes a"
                        + " name again 60 s after its deletion), " + RESTART;
            case PROTOCOL ->
                "check that sqs.endpoint, and any proxy before it, leads to SQS or a server that speaks its JSON protocol, "
                        + RESTART;
            case RETRIES_EXHAUSTED ->
                "check that sqs.endpoint is reachable and the queue takes messages, " + RESTART
                        + "; retry.timeout.ms=-1 retries without end";
            case FENCED,
                    FOREIGN_WRITER,
                    STREAM_RESET,
                    STREAM_GAP,
                    WATERMARK_UNKNOWN,
                    TOPIC_RECREATED,
                    ID_CONFLICT,
                    QUOTA_EXHAUSTED -> throw new IllegalArgumentException(code + " is a stop of streams");
            case LEDGER_STUCK, UNCONFIRMED_RECORD ->
                throw new IllegalArgumentException(code + " is a stop of a queue that is read");
            case CONFIG -> throw new IllegalArgumentException(code + " is a stop before there is a queue");
        };
    }

    /** The offsets as runs, e.g. {@code offsets 42-45, 47}. */
    static String runs(long[] rising) {
        StringBuilder text = new StringBuilder(rising.length == 1 ? "offset " : "offsets ");
        int runs = 0;
        int i = 0;
        while (i < rising.length) {
            int end = i;
            while (end + 1 < rising.length && rising[end + 1] == rising[end] + 1) {
                end++;
            }
            if (runs == MOST_RUNS) {
                return text.append(" and ")
                        .append(rising.length - i)
                        .append(" more up to ")
                        .append(rising[rising.length - 1])
                        .toString();
            }
            text.append(runs == 0 ? "" : ", ").append(rising[i]);
            if (end > i) {
                text.append('-').append(rising[end]);
            }
            runs++;
            i = end + 1;
        }
        return text.toString();
    }
}
