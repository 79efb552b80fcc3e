package io.fenceline.connect.source.s2;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.KeySpelling;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.TaskKeys;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.source.SourceKeys;
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
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** The configuration of an S2 source connector and of each of its tasks. Parsed once at start; immutable. */
public final class S2SourceConfig extends TypedConfig {

    /** Which placeholders {@link #TOPIC} knows. */
    static final TopicTemplate.Syntax TOPIC_SYNTAX = new TopicTemplate.Syntax("stream", true);

    private static final long MAX_MS = 86_400_000;

    private static final KeyGroup POSITION_GROUP = new KeyGroup("Position");

    public static final Key<ReadStart> START_FROM = POSITION_GROUP
            .parsed("start.from", StartPoint.ALLOWED, StartPoint::parse)
            .recommended(List.of("earliest", "latest"))
            .defaultsTo("earliest")
            .importance(Importance.HIGH)
            .display("Start from")
            .doc("Where to begin with a stream that has no stored offset: earliest; latest; or the first record "
                    + "with an S2 timestamp at or after an ISO-8601 instant, which may be in the future. latest is "
                    + "decided anew at each start until a position is stored; streams discovered later are read from "
                    + "their beginning.");

    public static final Key<GapPolicy> ON_GAP = POSITION_GROUP
            .oneOf(GapPolicy.KEY, GapPolicy.class)
            .defaultsTo(GapPolicy.FAIL)
            .importance(Importance.MEDIUM)
            .display("Trimmed records")
            .doc("Records that were trimmed or expired before they were read. fail: the task stops with STREAM_GAP; "
                    + "continue: it goes on with the first record there is, counts the gap and logs both numbers.");

    public static final Key<RecreationPolicy> ON_RECREATED = POSITION_GROUP
            .oneOf(RecreationPolicy.KEY, RecreationPolicy.class)
            .defaultsTo(RecreationPolicy.FAIL)
            .importance(Importance.MEDIUM)
            .display("Re-created streams")
            .doc("A stream that was deleted and made again under its name. fail: the task stops with STREAM_RESET; "
                    + "restart: the new stream is read from its beginning.");

    public static final Key<Duration> HEARTBEAT_INTERVAL = POSITION_GROUP
            .millis("heartbeat.interval.ms")
            .between(0, MAX_MS)
            .defaultsTo(Duration.ZERO)
            .importance(Importance.LOW)
            .display("Heartbeat interval (ms)")
            .doc("How often the position of a stream is stored when it has moved without a record reaching Kafka "
                    + "(command records, records dropped by a transform), by a record to heartbeat.topic. 0: never.");

    public static final Key<Optional<String>> HEARTBEAT_TOPIC = POSITION_GROUP
            .text("heartbeat.topic")
            .allowed(Validators.parsedBy(TopicTemplate.NAME_ALLOWED, TopicTemplate::checkName))
            .optional()
            .importance(Importance.LOW)
            .dependsOn(HEARTBEAT_INTERVAL)
            .display("Heartbeat topic")
            .doc("Kafka topic of the heartbeats; required if heartbeat.interval.ms is not 0, refused if it is not "
                    + "given. A topic of its own: records never go there. Keys are bytes, whatever value.type is.");

    private static final KeyGroup RECORDS_GROUP = new KeyGroup("Records");

    public static final Key<TopicTemplate> TOPIC = RECORDS_GROUP
            .parsed("topic", TOPIC_SYNTAX.allowed(), TOPIC_SYNTAX::parse)
            .defaultsTo("${stream}")
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Topic")
            .doc("Template of the Kafka topic. ${stream} is the stream's name; ${topic} is the topic in the id of a "
                    + "record the S2 sink wrote, and a record without an id then stops the task. Characters Kafka does "
                    + "not allow become '_'; two streams that would share a topic by that are refused.");

    public static final Key<ValueType> VALUE_TYPE = SourceKeys.valueType(RECORDS_GROUP, ValueType.BYTES);

    public static final Key<Boolean> RESTORE_PARTITION = RECORDS_GROUP
            .flag("restore.partition")
            .defaultsTo(false)
            .importance(Importance.MEDIUM)
            .display("Restore partitions")
            .doc("Send each record to the Kafka partition in its id; the topic needs as many partitions as the "
                    + "original one. Records without an id are left to Kafka's partitioner.");

    private static final KeyGroup READING_GROUP = new KeyGroup("Reading and memory");

    public static final Key<ReadTransport> TRANSPORT = READING_GROUP
            .oneOf("s2.transport", ReadTransport.class)
            .defaultsTo(ReadTransport.SESSION)
            .importance(Importance.LOW)
            .display("Transport")
            .doc("How records are read: session (S2S frames), or sse (server-sent events), for networks that let "
                    + "nothing else pass; slower.");

    static {
        READING_GROUP.include(SourceKeys.POLLING);
    }

    public static final Key<Integer> POLL_MAX_RECORDS = SourceKeys.POLL_MAX_RECORDS;

    public static final Key<Integer> POLL_MAX_BYTES = SourceKeys.POLL_MAX_BYTES;

    public static final Key<Long> BUFFER_MAX_BYTES = SourceKeys.bufferMaxBytes(
            READING_GROUP,
            "Bytes read ahead per task",
            "Most bytes a task reads ahead, over all its streams; S2 is not asked for more.");

    private static final Keys KEYS = Keys.of(
            S2ConnectionConfig.KEYS,
            StreamSelection.KEYS,
            POSITION_GROUP,
            RECORDS_GROUP,
            READING_GROUP,
            RetryTiming.KEYS,
            ConnectionCheck.KEYS);

    private static final KeySpelling SPELLING = new KeySpelling(KEYS, "S2 source", KeySpelling.Side.SOURCE);

    private final S2ConnectionConfig connection;
    private final StreamSelection streams;
    private final TopicTemplate topic;

    /**
     * @throws ConfigException naming every key whose value cannot be, or that contradicts another
     * @throws io.fenceline.connect.TerminalException {@code CONFIG} if the worker left a placeholder in it
     */
    public S2SourceConfig(Map<String, String> properties) {
        this(KEYS.requireReplaced(properties), true);
    }

    private S2SourceConfig(Map<String, String> properties, boolean logValues) {
        super(KEYS, RawValues.withoutNulls(properties), logValues);
        ConfigProblems.refuseAny(problems -> checkAcross(RawValues.withoutNulls(properties), problems));
        this.connection = new S2ConnectionConfig(this);
        this.streams = StreamSelection.of(this);
        this.topic = get(TOPIC);
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static S2SourceConfig forValidation(Map<String, String> properties) {
        return new S2SourceConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return KEYS.def();
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection("S2 source: S2 to Kafka", S2SourceConnector.class.getName(), KEYS);
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
        S2ConnectionConfig.checkAcross(given, problems);
        RetryTiming.checkAcross(given, problems);
        StreamSelection.checkAcross(given, problems);
        checkTopics(given, problems);
        SourceKeys.checkConverters(given, VALUE_TYPE, problems);
    }

    private static void checkTopics(Map<String, String> given, ConfigProblems problems) {
        String template = RawValues.text(given, TOPIC);
        String heartbeatTopic = RawValues.text(given, HEARTBEAT_TOPIC);
        Optional<Long> interval = RawValues.number(given, HEARTBEAT_INTERVAL);
        if (interval.isPresent() && interval.get() > 0 && heartbeatTopic.isEmpty()) {
            problems.add(
                    HEARTBEAT_TOPIC,
                    "Missing required configuration " + HEARTBEAT_TOPIC + ": " + HEARTBEAT_INTERVAL + " is "
                            + interval.get() + "; allowed: " + TopicTemplate.NAME_ALLOWED);
        }
        if (!heartbeatTopic.isEmpty() && given.get(HEARTBEAT_INTERVAL.name()) == null) {
            problems.add(
                    HEARTBEAT_TOPIC,
                    "Invalid value " + heartbeatTopic + " for configuration " + HEARTBEAT_TOPIC
                            + ": no heartbeat is ever"
                            + " sent to it, because " + HEARTBEAT_INTERVAL
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
            topic = TOPIC_SYNTAX.parse(TOPIC.name(), template);
        } catch (ConfigException e) {
            return; // the key's own validator has said so
        }
        List<String> listed = StreamSelection.listedIn(given);
        topicProblems(topic, listed, TOPIC).forEach(problem -> problems.add(TOPIC, problem));
        if (interval.isPresent() && interval.get() > 0 && !heartbeatTopic.equals(template)) {
            heartbeatProblems(topic, listed, heartbeatTopic).forEach(problem -> problems.add(HEARTBEAT_TOPIC, problem));
        }
    }

    /** Streams whose records would go among the heartbeats, as messages about {@link #HEARTBEAT_TOPIC}. */
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
    static List<String> topicProblems(TopicTemplate topic, List<String> streams, Key<?> key) {
        List<String> problems = new ArrayList<>();
        topic.collisions(streams)
                .forEach((name, sharing) -> problems.add("Invalid value " + topic + " for configuration " + key
                        + ": the streams " + sharing + " would share the name '" + name
                        + "', because characters Kafka does not allow become '_'; allowed: a template that keeps"
                        + " streams apart, or fewer streams"));
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

    public TopicTemplate topic() {
        return topic;
    }

    /**
     * The streams of the list that this task reads: the list as it is, if that is what the connector has given it, else its share
     * of the whole list. Empty with a prefix.
     *
     * @throws ConfigException if it is neither, or the prefix is another one: the worker this task is on understands the
     *     configuration otherwise than the one the connector is on, and a stream could have two readers or none
     */
    List<String> ownStreams() {
        Object share = originals().get(TaskKeys.SHARE);
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
        Key<?> key = byPrefix ? StreamSelection.PREFIX : StreamSelection.STREAMS;
        throw new ConfigException("Invalid value " + (byPrefix ? streams.prefix() : streams.listed())
                + " for configuration " + key + " with " + S2ConnectionConfig.BASIN + " " + connection.basin()
                + ": when the streams were shared out among the tasks it was another one, so that a stream could be"
                + " read twice or by nobody; allowed: what the connector has got. If it has changed since, restart the"
                + " connector (not the task alone), which shares them out anew; if not, a placeholder in it has"
                + " another value on this worker than on the connector's: give it the same on all of them");
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
        return taskFigure(TaskKeys.NUMBER, 0);
    }

    /** How many tasks were configured together; 1 in a configuration that is not a task's. */
    public int taskCount() {
        return taskFigure(TaskKeys.COUNT, 1);
    }

    private int taskFigure(String key, int otherwise) {
        Object value = originals().get(key);
        return value == null ? otherwise : Integer.parseInt(value.toString());
    }

    /** Null: no heartbeats. */
    public @Nullable Duration heartbeatInterval() {
        Duration interval = get(HEARTBEAT_INTERVAL);
        return interval.isZero() ? null : interval;
    }

    /** Not null if there is a {@link #heartbeatInterval}. */
    public @Nullable String heartbeatTopic() {
        return get(HEARTBEAT_TOPIC).orElse(null);
    }

    /** Null: no record is ever sent as a heartbeat. */
    @Nullable
    String usedHeartbeatTopic() {
        return heartbeatInterval() == null ? null : heartbeatTopic();
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }
}
