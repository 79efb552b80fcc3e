package io.fenceline.connect.sink.sqs;

import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.GroupTemplate;
import io.fenceline.connect.config.HeaderSelection;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.KeySpelling;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.QueueTemplate;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.SqsConnectionConfig;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.sink.queue.InDoubtOnRestart;
import io.fenceline.connect.sink.queue.InDoubtPolicy;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueClientConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of an SQS sink connector and of each of its tasks. Parsed once at start; immutable. */
public final class SqsSinkConfig extends TypedConfig {

    /** What a FIFO queue gets as a record's message group if nothing else is said. */
    static final String DEFAULT_GROUP = "${topic}-${partition}";

    private static final KeyGroup QUEUE_GROUP = new KeyGroup("Queue");

    public static final Key<QueueTemplate> QUEUE = QUEUE_GROUP
            .parsed("sqs.queue.url", QueueTemplate.ALLOWED, QueueTemplate::parse)
            .required()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Queue URL")
            .doc("Template of the queue's URL. ${topic} is that of the record as it was read from Kafka, before any "
                    + "transform. Queues are FIFO queues if the template ends in .fifo, otherwise standard queues; one "
                    + "connector writes to queues of one kind.");

    public static final Key<Optional<GroupTemplate>> MESSAGE_GROUP = QUEUE_GROUP
            .parsed("sqs.message.group.id", GroupTemplate.ALLOWED, GroupTemplate::parse)
            .optional(DEFAULT_GROUP + " on FIFO queues; none on standard queues")
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Message group")
            .doc("Template of a message's group, within which a FIFO queue keeps the order. ${topic} and ${partition} "
                    + "are the original ones, ${key} is the record's key; a null or empty key counts as its "
                    + "topic-partition. What SQS does not take as a group is hashed. On a standard queue a group is "
                    + "sent only if this key is set, for fair queues.");

    public static final Key<Optional<String>> DEDUPLICATION_NAMESPACE = QUEUE_GROUP
            .text("sqs.deduplication.namespace")
            .allowed(Validators.notBlank())
            .optional("the connector's name")
            .importance(Importance.LOW)
            .display("Deduplication namespace")
            .doc("FIFO queues: goes into each message's deduplication id, and tells apart connectors that write"
                    + " records of one topic name to one queue. Another namespace makes records that were sent"
                    + " within the last five minutes new ones, for example after offsets were moved back by"
                    + " hand.");

    private static final KeyGroup DELIVERY_GROUP = new KeyGroup("Delivery");

    public static final Key<Optional<InDoubtPolicy>> IN_DOUBT_POLICY = DELIVERY_GROUP
            .oneOf("in.doubt.policy", InDoubtPolicy.class)
            .optional("fail on FIFO queues; resend on standard queues")
            .importance(Importance.HIGH)
            .dependsOn(QUEUE)
            .display("Outcome unknown")
            .doc("Records that were sent and of which it can no longer be learned whether the queue holds them: on"
                    + " a FIFO queue towards the end of the five minutes in which it recognises a record that is"
                    + " sent again; on a standard queue at once. fail: the partition stops with"
                    + " DEDUP_WINDOW_EXPIRED and names them; resend: they are sent again, and may be there twice;"
                    + " skip: they are left, and may be missing. One that is refused when it is sent again goes by"
                    + " this at once; with resend it counts as refused, and may be in the queue as well as in the"
                    + " dead letter queue. A restart sends what was not committed again, whatever is set here.");

    public static final Key<InDoubtOnRestart> IN_DOUBT_ON_RESTART = DELIVERY_GROUP
            .oneOf("in.doubt.on.restart", InDoubtOnRestart.class)
            .defaultsTo(InDoubtOnRestart.RESEND)
            .importance(Importance.MEDIUM)
            .dependsOn(QUEUE)
            .display("Outcome unknown after a start")
            .doc("FIFO queues: of the first 2000 offsets after a start, records that are older than five minutes,"
                    + " which an earlier task may have sent. resend: they are sent, named in one warning and"
                    + " counted; fail: the partition stops before they are sent. A task cannot tell a connector's"
                    + " first start from a restart, so with fail it stops at records that were waiting before the"
                    + " connector was made, too.");

    public static final Key<Integer> MAX_BATCH_PER_GROUP = DELIVERY_GROUP
            .integer("sqs.max.batch.per.group")
            .between(1, OutgoingMessage.MAX_PER_REQUEST)
            .defaultsTo(OutgoingMessage.MAX_PER_REQUEST)
            .importance(Importance.MEDIUM)
            .dependsOn(QUEUE)
            .display("Messages of a group per request")
            .doc("FIFO queues: most messages of one group in one request; a group never has two requests open."
                    + " Should SQS fail one in the middle, those behind it may be in the queue already: it is sent"
                    + " again behind them, counted as reordered and warned about. 1: strict order, at one message"
                    + " a round trip and group.");

    static {
        DELIVERY_GROUP.include(RetryTiming.KEYS);
        DELIVERY_GROUP.include(SinkKeys.STOPPING);
    }

    private static final KeyGroup BATCHING_GROUP = new KeyGroup("Batching and memory");

    public static final Key<Duration> LINGER = SinkKeys.linger(
            BATCHING_GROUP,
            "request",
            "While as many requests are open as there may be, records wait and later requests are fuller.");

    public static final Key<Integer> MAX_IN_FLIGHT_REQUESTS = BATCHING_GROUP
            .integer("max.in.flight.requests")
            .between(1, 1000)
            .defaultsTo(16)
            .importance(Importance.MEDIUM)
            .display("Requests in flight per task")
            .doc("Most requests a task has open at a time, each on a connection and a thread of its own; never two"
                    + " for one message group of a FIFO queue.");

    static {
        BATCHING_GROUP.include(SinkKeys.MEMORY);
    }

    private static final KeyGroup HEADERS_GROUP = new KeyGroup("Message attributes");

    public static final Key<HeaderSelection> HEADERS = HEADERS_GROUP
            .parsed("sqs.headers", HeaderSelection.ALLOWED, HeaderSelection::parse)
            .defaultsTo("all")
            .importance(Importance.MEDIUM)
            .width(Width.LONG)
            .display("Headers to send")
            .doc("Which of a record's headers are sent as attributes of the message: all, none, or those named. SQS"
                    + " takes ten attributes, of which kafka.id, kafka.ts, kafka.key and kafka.encoding may take"
                    + " up to four; a record that does not fit is an errant record.");

    private static final Keys KEYS = Keys.of(
            SqsConnectionConfig.KEYS,
            QUEUE_GROUP,
            DELIVERY_GROUP,
            BATCHING_GROUP,
            HEADERS_GROUP,
            SinkKeys.RECORDS,
            ConnectionCheck.KEYS);

    private static final KeySpelling SPELLING = new KeySpelling(KEYS, "SQS sink", KeySpelling.Side.SINK);

    private final SqsConnectionConfig connection;
    private final String connectorName;

    /**
     * @throws ConfigException naming every key whose value cannot be, or that contradicts another
     * @throws io.fenceline.connect.TerminalException {@code CONFIG} if the worker left a placeholder in it
     */
    public SqsSinkConfig(Map<String, String> properties) {
        this(KEYS.requireReplaced(properties), true);
    }

    private SqsSinkConfig(Map<String, String> properties, boolean logValues) {
        super(KEYS, RawValues.withoutNulls(properties), logValues);
        ConfigProblems.refuseAny(problems -> checkAcross(RawValues.withoutNulls(properties), problems));
        this.connection = new SqsConnectionConfig(this, queue());
        this.connectorName = RawValues.text(RawValues.withoutNulls(properties), "name", "sqs-sink");
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static SqsSinkConfig forValidation(Map<String, String> properties) {
        return new SqsSinkConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return KEYS.def();
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection("SQS sink: Kafka to SQS", SqsSinkConnector.class.getName(), KEYS);
    }

    /** Keys that mean nothing to this connector, nor to Connect as far as we know: worth a warning. */
    public static List<String> unknownKeys(Map<String, String> properties) {
        return SPELLING.unknownIn(properties);
    }

    /** Reports keys that are mistyped, or of another connector of ours: a start passes over them with a warning. */
    public static void checkSpelling(Map<String, String> given, ConfigProblems problems) {
        SPELLING.check(given, problems);
    }

    /** What is wrong across keys. Says nothing about keys that are missing or invalid by themselves; never throws. */
    static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        template(given).ifPresent(queues -> {
            SqsConnectionConfig.checkAcross(given, queues, problems);
            checkQueues(queues, given, problems);
            if (!queues.isFifo()) {
                checkStandard(given, problems);
            }
        });
        RetryTiming.checkAcross(given, problems);
        BodyConverter.check(given, problems);
    }

    private static Optional<QueueTemplate> template(Map<String, String> given) {
        try {
            return Optional.of(QueueTemplate.parse(QUEUE.name(), RawValues.text(given, QUEUE)));
        } catch (ConfigException e) {
            return Optional.empty(); // the key's own validator has said so
        }
    }

    /** Says of the first topic that has no queue, or one of the other kind. */
    private static void checkQueues(QueueTemplate queues, Map<String, String> given, ConfigProblems problems) {
        for (String topic : topics(given)) {
            try {
                queues.queueFor(topic);
            } catch (ConfigException e) {
                problems.add(QUEUE, String.valueOf(e.getMessage()));
                return;
            }
        }
    }

    private static void checkStandard(Map<String, String> given, ConfigProblems problems) {
        if (RawValues.text(given, IN_DOUBT_ON_RESTART).equals("fail")) {
            problems.add(
                    IN_DOUBT_ON_RESTART,
                    "Invalid value fail for configuration " + IN_DOUBT_ON_RESTART
                            + ": a standard queue never recognises what is sent again, so every start would stop at"
                            + " its first record; allowed: resend, or a "
                            + QUEUE + " that ends in .fifo");
        }
    }

    /** The topics of the configuration, none if they are given as a pattern or by a placeholder. */
    static List<String> topics(Map<String, String> given) {
        return Arrays.stream(RawValues.text(given, "topics", "").split(","))
                .map(String::strip)
                .filter(topic -> !topic.isEmpty() && !Validators.isUnresolved(topic))
                .toList();
    }

    /** Keys that are set and mean something on FIFO queues only, if the queues are standard queues. */
    static List<String> withoutMeaning(Map<String, String> given) {
        if (template(given).map(QueueTemplate::isFifo).orElse(true)) {
            return List.of();
        }
        return Stream.of(DEDUPLICATION_NAMESPACE, MAX_BATCH_PER_GROUP)
                .map(Key::name)
                .filter(given::containsKey)
                .toList();
    }

    public SqsConnectionConfig connection() {
        return connection;
    }

    /** How to reach the queues, with room for all requests of a task and for a question about a queue. */
    QueueClientConfig clientConfig() {
        return connection.clientConfig().withMaxConnections(get(MAX_IN_FLIGHT_REQUESTS) + 1);
    }

    public QueueTemplate queue() {
        return get(QUEUE);
    }

    /** Empty: messages get no group. */
    public Optional<GroupTemplate> messageGroup() {
        return get(MESSAGE_GROUP)
                .or(() -> queue().isFifo()
                        ? Optional.of(GroupTemplate.parse(MESSAGE_GROUP.name(), DEFAULT_GROUP))
                        : Optional.empty());
    }

    public String deduplicationNamespace() {
        return get(DEDUPLICATION_NAMESPACE).orElse(connectorName);
    }

    public InDoubtPolicy inDoubtPolicy() {
        return get(IN_DOUBT_POLICY).orElse(queue().isFifo() ? InDoubtPolicy.FAIL : InDoubtPolicy.RESEND);
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }

    /** For messages and names of figures. */
    public String connectorName() {
        return connectorName;
    }
}
