package io.fenceline.connect.source.s2;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionCheck;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.UnknownKeys;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.source.TaskShares;
import io.fenceline.connect.source.TopicTemplate;
import io.fenceline.connect.source.ValueType;
import io.fenceline.connect.source.read.GapPolicy;
import io.fenceline.connect.source.read.RecreationPolicy;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.ReadTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The configuration of an S2 source connector and of each of its tasks. Parsed once at start; immutable. */
public final class S2SourceConfig extends AbstractConfig {

    public static final String STREAMS_GROUP = "Streams";
    public static final String POSITION_GROUP = "Position";
    public static final String RECORDS_GROUP = "Records";
    public static final String READING_GROUP = "Reading and memory";
    public static final String RETRIES_GROUP = "Retries";
    public static final String VALIDATION_GROUP = "Validation";

    /** Which task this is, and of how many; Connect does not tell. Only in the configurations of tasks. */
    static final String TASK_NUMBER = "fenceline.task";

    static final String TASK_COUNT = "fenceline.tasks";

    /** What the connector wants this task to read, as a {@link TaskShares#digest}. An older version of ours did not say. */
    static final String TASK_SHARE = "fenceline.share";

    public static final String START_FROM = "start.from";
    private static final String START_FROM_DOC =
            "Where to begin with a stream that has no stored offset: earliest; latest; or the first record with an S2 "
                    + "timestamp at or after an ISO-8601 instant, which may be in the future. latest is decided anew at each start until a position is "
                    + "stored; streams discovered later are read from their beginning.";
    public static final String START_FROM_DEFAULT = "earliest";
    private static final String START_FROM_DISPLAY = "Start from";

    public static final String ON_GAP = "on.gap";
    private static final String ON_GAP_DOC =
            "Records that were trimmed or expired before they were read. fail: the task stops with STREAM_GAP; continue: "
                    + "it goes on with the first record there is, counts the gap and logs both numbers.";
    public static final String ON_GAP_DEFAULT = "fail";
    private static final String ON_GAP_DISPLAY = "Trimmed records";

    public static final String ON_RECREATED = "on.recreated";
    private static final String ON_RECREATED_DOC =
            "A stream that was deleted and made again under its name. fail: the task stops with STREAM_RESET; restart: "
                    + "the new stream is read from its beginning.";
    public static final String ON_RECREATED_DEFAULT = "fail";
    private static final String ON_RECREATED_DISPLAY = "Re-created streams";

    public static final String HEARTBEAT_INTERVAL_MS = "heartbeat.interval.ms";
    private static final String HEARTBEAT_INTERVAL_MS_DOC =
            "How often the position of a stream is stored when it has moved without a record reaching Kafka (command "
                    + "records, records dropped by a transform), by a record to heartbeat.topic. 0: never.";
    public static final long HEARTBEAT_INTERVAL_MS_DEFAULT = 0;
    private static final String HEARTBEAT_INTERVAL_MS_DISPLAY = "Heartbeat interval (ms)";

    public static final String HEARTBEAT_TOPIC = "heartbeat.topic";
    private static final String HEARTBEAT_TOPIC_DOC =
            "Kafka topic of the heartbeats; required if heartbeat.interval.ms is not 0, refused if it is not given. A topic "
                    + "of its own: records never go there. Keys are bytes, whatever value.type is.";
    private static final String HEARTBEAT_TOPIC_DISPLAY = "Heartbeat topic";

    public static final String TOPIC = "topic";
    private static final String TOPIC_DOC =
            "Template of the Kafka topic. ${stream} is the stream's name; ${topic} is the topic in the id of a record the "
                    + "S2 sink wrote, and a record without an id then stops the task. Characters Kafka does not allow become "
                    + "'_'; two streams that would share a topic by that are refused.";
    public static final String TOPIC_DEFAULT = "${stream}";
    private static final String TOPIC_DISPLAY = "Topic";

    public static final String VALUE_TYPE = "value.type";
    private static final String VALUE_TYPE_DOC =
            "bytes: values have a BYTES schema, for ByteArrayConverter; string: a STRING schema, for StringConverter, and a "
                    + "body that is not UTF-8 stops the task.";
    public static final String VALUE_TYPE_DEFAULT = "bytes";
    private static final String VALUE_TYPE_DISPLAY = "Value type";

    public static final String RESTORE_PARTITION = "restore.partition";
    private static final String RESTORE_PARTITION_DOC =
            "Send each record to the Kafka partition in its id; the topic needs as many partitions as the original one. "
                    + "Records without an id are left to Kafka's partitioner.";
    public static final boolean RESTORE_PARTITION_DEFAULT = false;
    private static final String RESTORE_PARTITION_DISPLAY = "Restore partitions";

    public static final String TRANSPORT = "s2.transport";
    private static final String TRANSPORT_DOC =
            "How records are read: session (S2S frames), or sse (server-sent events), for networks that let nothing else "
                    + "pass; slower.";
    public static final String TRANSPORT_DEFAULT = "session";
    private static final String TRANSPORT_DISPLAY = "Transport";

    public static final String POLL_MAX_RECORDS = "poll.max.records";
    private static final String POLL_MAX_RECORDS_DOC =
            "Most records handed to Connect at once. With exactly-once support each hand-over is a transaction, so small "
                    + "numbers cost throughput.";
    public static final int POLL_MAX_RECORDS_DEFAULT = 5000;
    private static final String POLL_MAX_RECORDS_DISPLAY = "Records per poll";

    public static final String POLL_MAX_BYTES = "poll.max.bytes";
    private static final String POLL_MAX_BYTES_DOC =
            "Most bytes of records handed to Connect at once; a record that is larger travels alone.";
    public static final int POLL_MAX_BYTES_DEFAULT = 4 * 1024 * 1024;
    private static final String POLL_MAX_BYTES_DISPLAY = "Bytes per poll";

    public static final String BUFFER_MAX_BYTES = "buffer.max.bytes";
    private static final String BUFFER_MAX_BYTES_DOC =
            "Most bytes a task reads ahead, over all its streams; S2 is not asked for more.";
    public static final long BUFFER_MAX_BYTES_DEFAULT = 32L * 1024 * 1024;
    private static final String BUFFER_MAX_BYTES_DISPLAY = "Bytes read ahead per task";

    private static final long MAX_MS = 86_400_000;

    /** Which placeholders {@link #TOPIC} knows. */
    static final TopicTemplate.Syntax TOPIC_SYNTAX = new TopicTemplate.Syntax("stream", true);

    private static final ConfigDef DEF = newDef();

    /** Prefixes of keys that are ours and no one else's; unknown keys under them are typing errors. */
    private static final Set<String> OWNED_PREFIXES =
            Set.of("s2.", "start.", "on.", "heartbeat.", "restore.", "poll.", "buffer.", "retry.", "validate.");

    private final S2ConnectionConfig connection;
    private final StreamSelection streams;
    private final TopicTemplate topic;
    private final ReadStart startFrom;

    /** @throws ConfigException naming every key whose value cannot be, or that contradicts another */
    public S2SourceConfig(Map<String, String> properties) {
        this(properties, true);
    }

    private S2SourceConfig(Map<String, String> properties, boolean logValues) {
        super(DEF, RawValues.withoutNulls(properties), logValues);
        ConfigProblems.refuseAny(problems -> checkAcross(RawValues.withoutNulls(properties), problems));
        this.connection = new S2ConnectionConfig(this);
        this.streams = StreamSelection.of(this);
        this.topic = TOPIC_SYNTAX.parse(TOPIC, getString(TOPIC));
        this.startFrom = StartPoint.parse(START_FROM, getString(START_FROM));
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static S2SourceConfig forValidation(Map<String, String> properties) {
        return new S2SourceConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return new ConfigDef(DEF);
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection("S2 source: S2 to Kafka", S2SourceConnector.class.getName(), DEF, Map.of());
    }

    /** Keys under our prefixes that mean nothing to this connector: worth a warning. */
    public static List<String> unknownKeys(Map<String, String> properties) {
        return UnknownKeys.in(properties, DEF, OWNED_PREFIXES);
    }

    /** What is wrong across keys. Says nothing about keys that are missing or invalid by themselves; never throws. */
    static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        S2ConnectionConfig.checkAcross(given, problems);
        RetryTiming.checkAcross(given, problems);
        StreamSelection.checkAcross(given, problems);
        checkTopics(given, problems);
        checkConverters(given, problems);
    }

    /** Connect would find out with the first record, or write the address of an array as text. */
    private static void checkConverters(Map<String, String> given, ConfigProblems problems) {
        ConnectConverters.refuseText(given, ConnectConverters.KEY, "keys", problems);
        ConnectConverters.refuseText(given, ConnectConverters.HEADER, "header values", problems);
        String type = RawValues.text(given, VALUE_TYPE, VALUE_TYPE_DEFAULT);
        ConnectConverters.Kind converter = ConnectConverters.kind(given, ConnectConverters.VALUE);
        String allowed = type.equals("bytes") && converter == ConnectConverters.Kind.TEXT
                ? "string"
                : type.equals("string") && converter == ConnectConverters.Kind.BYTES ? "bytes" : null;
        if (allowed != null) {
            problems.add(
                    VALUE_TYPE,
                    "Invalid value " + type + " for configuration " + VALUE_TYPE + ": " + ConnectConverters.VALUE
                            + " is " + given.get(ConnectConverters.VALUE) + "; allowed with it: " + allowed);
        }
    }

    private static void checkTopics(Map<String, String> given, ConfigProblems problems) {
        String template = RawValues.text(given, TOPIC, TOPIC_DEFAULT);
        String heartbeatTopic = RawValues.text(given, HEARTBEAT_TOPIC, "");
        Optional<Long> interval = RawValues.number(given, HEARTBEAT_INTERVAL_MS, HEARTBEAT_INTERVAL_MS_DEFAULT);
        if (interval.isPresent() && interval.get() > 0 && heartbeatTopic.isEmpty()) {
            problems.add(
                    HEARTBEAT_TOPIC,
                    "Missing required configuration " + HEARTBEAT_TOPIC + ": " + HEARTBEAT_INTERVAL_MS + " is "
                            + interval.get() + "; allowed: " + TopicTemplate.NAME_ALLOWED);
        }
        if (!heartbeatTopic.isEmpty() && given.get(HEARTBEAT_INTERVAL_MS) == null) {
            problems.add(
                    HEARTBEAT_TOPIC,
                    "Invalid value " + heartbeatTopic + " for configuration " + HEARTBEAT_TOPIC
                            + ": no heartbeat is ever"
                            + " sent to it, because " + HEARTBEAT_INTERVAL_MS
                            + " is not given; allowed: together with it,"
                            + " e.g. 60000, or 0 to switch heartbeats off on purpose");
        }
        if (!heartbeatTopic.isEmpty() && heartbeatTopic.equals(template)) {
            problems.add(
                    HEARTBEAT_TOPIC,
                    "Invalid value " + heartbeatTopic + " for configuration " + HEARTBEAT_TOPIC + ": it is the " + TOPIC
                            + " of the records; allowed: a topic of its own");
        }
        TopicTemplate topic;
        try {
            topic = TOPIC_SYNTAX.parse(TOPIC, template);
        } catch (ConfigException e) {
            return; // the key's own validator has said so
        }
        List<String> listed = StreamSelection.listedIn(given);
        topicProblems(topic, listed, TOPIC).forEach(problem -> problems.add(TOPIC, problem));
        if (interval.isPresent() && interval.get() > 0 && !heartbeatTopic.equals(template)) {
            heartbeatProblems(topic, listed, heartbeatTopic).forEach(problem -> problems.add(HEARTBEAT_TOPIC, problem));
        }
    }

    /** Streams whose records would go among the heartbeats, as messages about {@code heartbeat.topic}. */
    static List<String> heartbeatProblems(TopicTemplate topic, List<String> streams, @Nullable String heartbeatTopic) {
        if (heartbeatTopic == null || topic.usesRecordTopic()) {
            return List.of(); // known with a record
        }
        return streams.stream()
                .filter(stream -> topic.gives(stream, heartbeatTopic))
                .map(stream -> "Invalid value " + heartbeatTopic + " for configuration " + HEARTBEAT_TOPIC
                        + ": it is the topic of the records of stream '" + stream + "', because " + TOPIC + " is "
                        + topic
                        + "; allowed: a topic of its own")
                .toList();
    }

    /** What is wrong with the topics {@code streams} get, as messages about {@code key}. */
    static List<String> topicProblems(TopicTemplate topic, List<String> streams, String key) {
        List<String> problems = new ArrayList<>();
        topic.collisions(streams)
                .forEach((name, sharing) -> problems.add("Invalid value " + topic + " for configuration " + key
                        + ": the streams " + sharing + " would share the name '" + name
                        + "', because characters Kafka does not allow become '_'; allowed: a template that keeps streams "
                        + "apart, or fewer streams"));
        if (!topic.usesRecordTopic()) {
            for (String stream : streams) {
                try {
                    topic.topicFor(stream, null);
                } catch (ConfigException e) {
                    problems.add("Invalid value " + topic + " for configuration " + key + ": " + e.getMessage());
                }
            }
        }
        return problems;
    }

    public S2ConnectionConfig connection() {
        return connection;
    }

    public StreamSelection streams() {
        return streams;
    }

    /**
     * The streams of the list that this task reads: the list as it is, if that is what the connector has given it, else its share
     * of the whole list. Empty with a prefix.
     *
     * @throws ConfigException if it is neither, or the prefix is another one: the worker this task is on understands the
     *     configuration otherwise than the one the connector is on, and a stream could have two readers or none
     */
    List<String> ownStreams() {
        Object share = originals().get(TASK_SHARE);
        List<String> listed = streams.listed();
        if (share == null) {
            return listed;
        }
        String prefix = streams.prefix();
        if (prefix != null) {
            return share.equals(TaskShares.digest(connection.basin(), List.of(prefix)))
                    ? List.of()
                    : refuseOtherStreams();
        }
        return TaskShares.own(share.toString(), connection.basin(), listed, taskNumber(), taskCount())
                .orElseGet(this::refuseOtherStreams);
    }

    private List<String> refuseOtherStreams() {
        boolean byPrefix = streams.prefix() != null;
        String key = byPrefix ? StreamSelection.PREFIX : StreamSelection.STREAMS;
        throw new ConfigException("Invalid value " + (byPrefix ? streams.prefix() : streams.listed())
                + " for configuration " + key + " with " + S2ConnectionConfig.BASIN + " " + connection.basin()
                + ": when the streams were shared out among the tasks it was another one, so that a stream could be read"
                + " twice or by nobody; allowed: what the connector has got. If it has changed since, restart the"
                + " connector (not the task alone), which shares them out anew; if not, a placeholder in it has another"
                + " value on this worker than on the connector's: give it the same on all of them");
    }

    /** For messages. */
    String connectorName() {
        Object name = originals().get("name");
        return name == null ? "s2-source" : name.toString();
    }

    /** Whether this task owns a stream found by prefix: each stream has one owner among the tasks. */
    public boolean ownsDiscovered(String stream) {
        return TaskShares.owner(stream, taskCount()) == taskNumber();
    }

    /** From 0; 0 in a configuration that is not a task's. */
    public int taskNumber() {
        return taskFigure(TASK_NUMBER, 0);
    }

    /** How many tasks were configured together; 1 in a configuration that is not a task's. */
    public int taskCount() {
        return taskFigure(TASK_COUNT, 1);
    }

    private int taskFigure(String key, int otherwise) {
        Object value = originals().get(key);
        return value == null ? otherwise : Integer.parseInt(value.toString());
    }

    /** Where to begin with a stream that has no stored offset. */
    public ReadStart startFrom() {
        return startFrom;
    }

    public GapPolicy onGap() {
        return constant(GapPolicy.class, ON_GAP);
    }

    public RecreationPolicy onRecreated() {
        return constant(RecreationPolicy.class, ON_RECREATED);
    }

    /** Null: no heartbeats. */
    public @Nullable Duration heartbeatInterval() {
        return getLong(HEARTBEAT_INTERVAL_MS) == 0 ? null : millis(HEARTBEAT_INTERVAL_MS);
    }

    /** Not null if there is a {@link #heartbeatInterval}. */
    public @Nullable String heartbeatTopic() {
        return getString(HEARTBEAT_TOPIC);
    }

    /** Null: no record is ever sent as a heartbeat. */
    @Nullable
    String usedHeartbeatTopic() {
        return heartbeatInterval() == null ? null : heartbeatTopic();
    }

    public TopicTemplate topic() {
        return topic;
    }

    public ValueType valueType() {
        return constant(ValueType.class, VALUE_TYPE);
    }

    public boolean restorePartition() {
        return getBoolean(RESTORE_PARTITION);
    }

    public ReadTransport transport() {
        return constant(ReadTransport.class, TRANSPORT);
    }

    public int pollMaxRecords() {
        return getInt(POLL_MAX_RECORDS);
    }

    public int pollMaxBytes() {
        return getInt(POLL_MAX_BYTES);
    }

    public long bufferMaxBytes() {
        return getLong(BUFFER_MAX_BYTES);
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }

    public boolean validateConnection() {
        return getBoolean(S2ConnectionCheck.KEY);
    }

    private Duration millis(String key) {
        return Duration.ofMillis(getLong(key));
    }

    private <E extends Enum<E>> E constant(Class<E> type, String key) {
        return Enum.valueOf(type, getString(key).toUpperCase(Locale.ROOT));
    }

    private static ConfigDef newDef() {
        ConfigDef def = new ConfigDef();
        S2ConnectionConfig.addTo(def);
        StreamSelection.addTo(new KeyGroup(def, STREAMS_GROUP));
        addPositionKeys(new KeyGroup(def, POSITION_GROUP));
        addRecordKeys(new KeyGroup(def, RECORDS_GROUP));
        addReadingKeys(new KeyGroup(def, READING_GROUP));
        RetryTiming.addTo(new KeyGroup(def, RETRIES_GROUP));
        S2ConnectionCheck.addTo(new KeyGroup(def, VALIDATION_GROUP));
        return def;
    }

    private static void addPositionKeys(KeyGroup group) {
        group.key(START_FROM, Type.STRING, START_FROM_DEFAULT, Importance.HIGH, START_FROM_DOC)
                .allowed(Validators.parsedBy(StartPoint.ALLOWED, StartPoint::parse))
                .recommended(List.of("earliest", "latest"))
                .add(START_FROM_DISPLAY);
        group.key(ON_GAP, Type.STRING, ON_GAP_DEFAULT, Importance.MEDIUM, ON_GAP_DOC)
                .allowed(Validators.oneOf(GapPolicy.class))
                .recommended(List.of("fail", "continue"))
                .add(ON_GAP_DISPLAY);
        group.key(ON_RECREATED, Type.STRING, ON_RECREATED_DEFAULT, Importance.MEDIUM, ON_RECREATED_DOC)
                .allowed(Validators.oneOf(RecreationPolicy.class))
                .recommended(List.of("fail", "restart"))
                .add(ON_RECREATED_DISPLAY);
        group.key(
                        HEARTBEAT_INTERVAL_MS,
                        Type.LONG,
                        HEARTBEAT_INTERVAL_MS_DEFAULT,
                        Importance.LOW,
                        HEARTBEAT_INTERVAL_MS_DOC)
                .allowed(Validators.between(0, MAX_MS))
                .dependents(HEARTBEAT_TOPIC)
                .add(HEARTBEAT_INTERVAL_MS_DISPLAY);
        group.key(HEARTBEAT_TOPIC, Type.STRING, null, Importance.LOW, HEARTBEAT_TOPIC_DOC)
                .allowed(Validators.parsedBy(TopicTemplate.NAME_ALLOWED, TopicTemplate::checkName))
                .add(HEARTBEAT_TOPIC_DISPLAY);
    }

    private static void addRecordKeys(KeyGroup group) {
        group.key(TOPIC, Type.STRING, TOPIC_DEFAULT, Importance.HIGH, TOPIC_DOC)
                .allowed(Validators.parsedBy(TOPIC_SYNTAX.allowed(), TOPIC_SYNTAX::parse))
                .width(Width.LONG)
                .add(TOPIC_DISPLAY);
        group.key(VALUE_TYPE, Type.STRING, VALUE_TYPE_DEFAULT, Importance.MEDIUM, VALUE_TYPE_DOC)
                .allowed(Validators.oneOf(ValueType.class))
                .recommended(List.of("bytes", "string"))
                .add(VALUE_TYPE_DISPLAY);
        group.key(RESTORE_PARTITION, Type.BOOLEAN, RESTORE_PARTITION_DEFAULT, Importance.MEDIUM, RESTORE_PARTITION_DOC)
                .add(RESTORE_PARTITION_DISPLAY);
    }

    private static void addReadingKeys(KeyGroup group) {
        group.key(TRANSPORT, Type.STRING, TRANSPORT_DEFAULT, Importance.LOW, TRANSPORT_DOC)
                .allowed(Validators.oneOf(ReadTransport.class))
                .recommended(List.of("session", "sse"))
                .add(TRANSPORT_DISPLAY);
        group.key(POLL_MAX_RECORDS, Type.INT, POLL_MAX_RECORDS_DEFAULT, Importance.MEDIUM, POLL_MAX_RECORDS_DOC)
                .allowed(Validators.between(1, 1_000_000))
                .add(POLL_MAX_RECORDS_DISPLAY);
        group.key(POLL_MAX_BYTES, Type.INT, POLL_MAX_BYTES_DEFAULT, Importance.MEDIUM, POLL_MAX_BYTES_DOC)
                .allowed(Validators.between(1, 1 << 30))
                .add(POLL_MAX_BYTES_DISPLAY);
        group.key(BUFFER_MAX_BYTES, Type.LONG, BUFFER_MAX_BYTES_DEFAULT, Importance.MEDIUM, BUFFER_MAX_BYTES_DOC)
                .allowed(Validators.atLeast(65_536))
                .add(BUFFER_MAX_BYTES_DISPLAY);
    }
}
