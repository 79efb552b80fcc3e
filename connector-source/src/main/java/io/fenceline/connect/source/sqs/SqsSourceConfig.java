package io.fenceline.connect.source.sqs;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.KeySpelling;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.QueueList;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.SqsConnectionConfig;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.source.SourceKeys;
import io.fenceline.connect.source.TaskShares;
import io.fenceline.connect.source.TopicTemplate;
import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.queue.OnUnconfirmed;
import io.fenceline.connect.source.queue.Slot;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueClientConfig;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of an SQS source connector and of each of its tasks. Parsed once at start; immutable. */
public final class SqsSourceConfig extends TypedConfig {

    /** Which placeholders {@link #TOPIC} knows. */
    static final TopicTemplate.Syntax TOPIC_SYNTAX = new TopicTemplate.Syntax("queue", false);

    private static final String ERRORS_TOLERANCE = "errors.tolerance";
    private static final String EXACTLY_ONCE_SUPPORT = "exactly.once.support";

    /** Connections that are in use beside those that receive and change: a look at a queue. */
    private static final int SPARE_CONNECTIONS = 1;

    /** What identities of queues are names in; a word, as the host of an endpoint may differ from worker to worker. */
    private static final String SHARES = "sqs";

    private static final KeyGroup QUEUE_GROUP = new KeyGroup("Queues");

    public static final Key<List<String>> QUEUES = QUEUE_GROUP
            .texts("sqs.queue.urls")
            .allowed(QueueList.validator())
            .required()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Queue URLs")
            .doc(
                    "URLs of the queues to read, separated by commas; standard and FIFO queues may be mixed. They are spread "
                            + "over the tasks, and one task owns a queue, so there are never more tasks than queues. All are read "
                            + "through one endpoint and in one region. No other consumer, connector or Lambda function may read "
                            + "them. A placeholder in it must have the same value on all workers.");

    public static final Key<Integer> VISIBILITY_TIMEOUT = QUEUE_GROUP
            .integer("sqs.visibility.timeout.seconds")
            .between(1, 43_200)
            .defaultsTo(120)
            .importance(Importance.MEDIUM)
            .display("Visibility timeout (s)")
            .doc(
                    "How long a received message stays hidden from other receives; held messages are extended when half of it is "
                            + "gone. After a crash messages come back when it is over. It should be longer than a poll of records "
                            + "takes to be committed.");

    public static final Key<Integer> WAIT_TIME = QUEUE_GROUP
            .integer("sqs.wait.time.seconds")
            .between(0, 20)
            .defaultsTo(20)
            .importance(Importance.LOW)
            .display("Wait time (s)")
            .doc(
                    "How long a receive waits for messages while there are none (long polling). Short times cost requests, and "
                            + "with 0 a receive may find nothing although messages are there.");

    public static final Key<Integer> RECEIVERS = QUEUE_GROUP
            .integer("sqs.receivers")
            .between(1, 100)
            .defaultsTo(4)
            .importance(Importance.MEDIUM)
            .display("Receivers per queue")
            .doc(
                    "How many receives of ten messages are under way at a time for each queue, and how many deletes. After a start "
                            + "one receives, and holds ten messages at most, until Kafka has confirmed the first.");

    public static final Key<Integer> MAX_HELD_MESSAGES = QUEUE_GROUP
            .integer("sqs.max.held.messages")
            .between(10, Slot.MOST)
            .defaultsTo(Slot.MOST)
            .importance(Importance.MEDIUM)
            .display("Messages held per queue")
            .doc(
                    "Most messages of a queue that are received and not yet deleted; above it nothing is received. Each has a place "
                            + "in the connector's offsets, so that a smaller number keeps the offsets topic smaller.");

    private static final KeyGroup RECORDS_GROUP = new KeyGroup("Records");

    public static final Key<TopicTemplate> TOPIC = RECORDS_GROUP
            .parsed("topic", TOPIC_SYNTAX.allowed(), TOPIC_SYNTAX::parse)
            .required()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Topic")
            .doc(
                    "Template of the Kafka topic. ${queue} is the queue's name, with .fifo at its end if it is a FIFO queue.");

    public static final Key<ValueType> VALUE_TYPE = SourceKeys.valueType(RECORDS_GROUP, ValueType.STRING);

    public static final Key<OnUnconfirmed> ON_UNCONFIRMED_RECORD = RECORDS_GROUP
            .oneOf("on.unconfirmed.record", OnUnconfirmed.class)
            .defaultsTo(OnUnconfirmed.FAIL)
            .importance(Importance.HIGH)
            .display("Unconfirmed records")
            .doc(
                    "A message whose record was dropped before Kafka: by a transform, or by a failure that errors.tolerance lets "
                            + "pass. fail: the task stops with UNCONFIRMED_RECORD and names it; delete: it is deleted; keep: it stays in "
                            + "the queue and comes back, on a FIFO queue behind later messages of its group, until the queue's redrive "
                            + "policy or retention ends it. Set delete where a transform filters.");

    private static final KeyGroup READING_GROUP = new KeyGroup("Reading and memory");

    static {
        READING_GROUP.include(SourceKeys.POLLING);
    }

    public static final Key<Integer> POLL_MAX_RECORDS = SourceKeys.POLL_MAX_RECORDS;

    public static final Key<Integer> POLL_MAX_BYTES = SourceKeys.POLL_MAX_BYTES;

    public static final Key<Long> BUFFER_MAX_BYTES = SourceKeys.bufferMaxBytes(
            READING_GROUP,
            "Bytes waiting per task",
            "Most bytes of messages that a task has received and not yet handed to Connect, over all its queues; above it "
                    + "nothing is received.");

    private static final Keys KEYS = Keys.of(
            SqsConnectionConfig.KEYS,
            QUEUE_GROUP,
            RECORDS_GROUP,
            READING_GROUP,
            RetryTiming.KEYS,
            ConnectionCheck.KEYS);

    private static final KeySpelling SPELLING = new KeySpelling(KEYS, "SQS source", KeySpelling.Side.SOURCE);

    private final QueueList queues;
    private final SqsConnectionConfig connection;
    private final String connectorName;

    /**
     * @throws ConfigException naming every key whose value cannot be, or that contradicts another
     * @throws io.fenceline.connect.TerminalException {@code CONFIG} if the worker left a placeholder in it
     */
    public SqsSourceConfig(Map<String, String> properties) {
        this(KEYS.requireReplaced(properties), true);
    }

    private SqsSourceConfig(Map<String, String> properties, boolean logValues) {
        super(KEYS, RawValues.withoutNulls(properties), logValues);
        Map<String, String> given = RawValues.withoutNulls(properties);
        ConfigProblems.refuseAny(problems -> checkAcross(given, problems));
        this.queues = QueueList.parse(QUEUES.name(), get(QUEUES));
        this.connection = new SqsConnectionConfig(this, queues);
        this.connectorName = RawValues.text(given, "name", "sqs-source");
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static SqsSourceConfig forValidation(Map<String, String> properties) {
        return new SqsSourceConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return KEYS.def();
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection("SQS source: SQS to Kafka", SqsSourceConnector.class.getName(), KEYS);
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
        QueueList.in(given, QUEUES).ifPresent(queues -> {
            queues.checkOneSite(
                    given.containsKey(SqsConnectionConfig.ENDPOINT.name()),
                    given.containsKey(SqsConnectionConfig.REGION.name()),
                    problems);
            SqsConnectionConfig.checkAcross(given, queues, problems);
            checkTopics(given, queues, problems);
        });
        RetryTiming.checkAcross(given, problems);
        SourceKeys.checkConverters(given, VALUE_TYPE, problems);
    }

    private static void checkTopics(Map<String, String> given, QueueList queues, ConfigProblems problems) {
        TopicTemplate topic;
        try {
            topic = TOPIC_SYNTAX.parse(TOPIC.name(), RawValues.text(given, TOPIC));
        } catch (ConfigException e) {
            return; // the key's own validator has said so
        }
        // by what Kafka takes as one name among its topics: '.' and '_' are the same in the names of its metrics
        Map<String, String> byName = new TreeMap<>();
        for (QueueUrl queue : queues.queues()) {
            String name;
            try {
                name = topic.topicFor(queue.name(), null).orElseThrow();
            } catch (ConfigException e) {
                problems.add(TOPIC, "Invalid value " + topic + " for configuration " + TOPIC + ": " + e.getMessage());
                continue;
            }
            String other = byName.putIfAbsent(name.replace('.', '_'), name);
            if (other != null && !other.equals(name)) {
                problems.add(
                        TOPIC,
                        "Invalid value " + topic + " for configuration " + TOPIC + ": it gives the topics '" + other
                                + "' and '" + name + "', which Kafka does not keep apart, because '.' and '_' are one"
                                + " character in the names of its metrics; allowed: a connector for each of the queues, with"
                                + " another " + TOPIC);
            }
        }
        if (topic.usesSource()) {
            queues.namesakes()
                    .forEach((name, sharing) -> problems.add(
                            TOPIC,
                            "Invalid value " + topic + " for configuration " + TOPIC + ": the queues " + sharing
                                    + " would share a topic, because both are called '" + name + "'; allowed: a "
                                    + TOPIC
                                    + " without ${queue} if they are meant to, or a connector for each account"));
        }
    }

    public QueueList queues() {
        return queues;
    }

    public SqsConnectionConfig connection() {
        return connection;
    }

    public TopicTemplate topic() {
        return get(TOPIC);
    }

    /**
     * The queues that this task reads: all of the list, if that is what the connector has given it, else its share of the whole
     * list.
     *
     * @throws ConfigException if it is neither: the worker this task is on understands the list otherwise than the one the
     *     connector is on, and a queue could have two owners or none
     */
    public List<QueueUrl> ownQueues() {
        Object share = originals().get(TaskKeys.SHARE);
        if (share == null) {
            return queues.queues();
        }
        return TaskShares.own(
                        share.toString(), SHARES, queues.identities(), taskNumber(), taskFigure(TaskKeys.COUNT, 1))
                .map(queues::queues)
                .orElseThrow(() -> new ConfigException("Invalid value " + queues + " for configuration " + QUEUES
                        + ": when the queues were shared out among the tasks it was another one, so that a queue could"
                        + " have two owners or none; allowed: what the connector has got. If it has changed since, restart"
                        + " the connector (not the task alone), which shares them out anew; if not, a placeholder in it has"
                        + " another value on this worker than on the connector's: give it the same on all of them"));
    }

    /** Stands for some of the queues in the configuration of the task that is to read them. */
    static String shareOf(List<String> identities) {
        return TaskShares.digest(SHARES, identities);
    }

    /** How to reach the queues, with room for all receives and changes of so many queues and for a look at one. */
    public QueueClientConfig clientConfig(int ownQueues) {
        return connection.clientConfig().withMaxConnections(2 * get(RECEIVERS) * ownQueues + SPARE_CONNECTIONS);
    }

    public Duration visibility() {
        return Duration.ofSeconds(get(VISIBILITY_TIMEOUT));
    }

    public Duration waitTime() {
        return Duration.ofSeconds(get(WAIT_TIME));
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }

    /**
     * Whether what is stored in the ledger is proof that a record is in Kafka. At least once and with {@code errors.tolerance=all}
     * Connect also stores the offset of a record that its producer refused.
     */
    public boolean isLedgerProof() {
        return isLedgerProof(originalsStrings());
    }

    static boolean isLedgerProof(Map<String, String> given) {
        return !RawValues.text(given, ERRORS_TOLERANCE, "none").equals("all")
                || RawValues.text(given, EXACTLY_ONCE_SUPPORT, "requested").equalsIgnoreCase("required");
    }

    /** From 0; 0 in a configuration that is not a task's. */
    public int taskNumber() {
        return taskFigure(TaskKeys.NUMBER, 0);
    }

    private int taskFigure(String key, int otherwise) {
        Object value = originals().get(key);
        return value == null ? otherwise : Integer.parseInt(value.toString());
    }

    /** For messages and names of figures. */
    public String connectorName() {
        return connectorName;
    }
}
