package io.fenceline.connect.sink.s2;

import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.ConnectionCheck;
import io.fenceline.connect.config.DeliveryGuarantee;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.KeySpelling;
import io.fenceline.connect.config.Keys;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.stream.StreamPolicy;
import io.fenceline.connect.sink.task.SinkKeys;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.NewStreamConfig;
import io.fenceline.s2.StorageClass;
import io.fenceline.s2.wire.AppendBatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of an S2 sink connector and of each of its tasks. Parsed once at start; immutable. */
public final class S2SinkConfig extends TypedConfig {

    private static final long MAX_MS = 86_400_000;

    /** An idle stream that went sooner would often be gone before its task's restart is over. */
    private static final long LEAST_DELETE_ON_EMPTY_MS = 3_600_000;

    private static final KeyGroup STREAM_GROUP = new KeyGroup("Stream");

    public static final Key<StreamTemplate> STREAM = STREAM_GROUP
            .parsed("s2.stream", StreamTemplate.ALLOWED, StreamTemplate::parse)
            .defaultsTo("${topic}/${partition}")
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Stream name")
            .doc("Template of the stream's name. ${topic} and ${partition} are those of the record as it was read "
                    + "from Kafka, before any transform.");

    public static final Key<Boolean> STREAM_AUTO_CREATE = STREAM_GROUP
            .flag(ClaimRequest.MAY_CREATE_KEY)
            .defaultsTo(true)
            .importance(Importance.MEDIUM)
            .display("Create missing streams")
            .doc(
                    "Create streams that do not exist, with what s2.stream.config.* says and else the basin's defaults. The "
                            + "configuration of an existing stream is never touched.");

    public static final Key<Optional<Duration>> RETENTION = STREAM_GROUP
            .millis("s2.stream.config.retention.ms")
            .atLeast(-1)
            .allowed(Validators.minusOneOrAtLeast(1_000))
            .optional("the basin's")
            .importance(Importance.LOW)
            .dependsOn(STREAM_AUTO_CREATE)
            .display("Retention of new streams (ms)")
            .doc("Age at which S2 removes records, of streams that the connector creates; rounded up to whole seconds. "
                    + "-1: they stay for ever. Shorter than the longest time that a task may be down, it can end in "
                    + "WATERMARK_UNKNOWN.");

    public static final Key<Optional<StorageClass>> STORAGE_CLASS = STREAM_GROUP
            .oneOf("s2.stream.config.storage.class", StorageClass.class)
            .optional("the basin's")
            .importance(Importance.LOW)
            .dependsOn(STREAM_AUTO_CREATE)
            .display("Storage class of new streams")
            .doc("Storage class of streams that the connector creates.");

    public static final Key<Optional<Duration>> DELETE_ON_EMPTY = STREAM_GROUP
            .millis("s2.stream.config.delete.on.empty.ms")
            .atLeast(LEAST_DELETE_ON_EMPTY_MS)
            .optional("the basin's")
            .importance(Importance.LOW)
            .dependsOn(STREAM_AUTO_CREATE)
            .display("New streams go when empty (ms)")
            .doc(
                    "For streams that the connector creates: S2 deletes one that has been without records for so long, rounded "
                            + "up to whole seconds. With it goes the position that the stream keeps, so a task stops with "
                            + "TARGET_MISSING at the next record.");

    private static final KeyGroup DELIVERY_GROUP = new KeyGroup("Delivery");

    public static final Key<DeliveryGuarantee> DELIVERY_GUARANTEE = DELIVERY_GROUP
            .oneOf("delivery.guarantee", DeliveryGuarantee.class)
            .defaultsTo(DeliveryGuarantee.EXACTLY_ONCE)
            .importance(Importance.HIGH)
            .display("Delivery guarantee")
            .doc("exactly_once: every topic-partition has a stream of its own, owned through a fence, and every append"
                    + " names its position; s2.stream must then contain both placeholders, with a non-digit between"
                    + " them. at_least_once: no fence and no position, so several partitions may share a stream;"
                    + " records start at the consumer group's offset and a restart repeats what was not committed.");

    public static final Key<Optional<RetryPolicy>> RETRY_POLICY = DELIVERY_GROUP
            .oneOf("retry.policy", RetryPolicy.class)
            .optional("fenced; all with at_least_once")
            .importance(Importance.MEDIUM)
            .dependsOn(DELIVERY_GUARANTEE)
            .recommended(new RetryPoliciesThatFit())
            .display("Retry policy")
            .doc("What to do about an append whose outcome is unknown. fenced: send the same batch again under its"
                    + " position and fencing token, and reconcile if it had landed; needs exactly_once."
                    + " no_side_effects: stop the task. all: send again blindly; only with at_least_once.");

    static {
        DELIVERY_GROUP.include(RetryTiming.KEYS);
    }

    public static final Key<Duration> ACK_TIMEOUT = DELIVERY_GROUP
            .millis("ack.timeout.ms")
            .between(1, MAX_MS)
            .defaultsTo(Duration.ofSeconds(30))
            .importance(Importance.LOW)
            .display("Acknowledgement timeout (ms)")
            .doc("Silence, while appends are in flight, after which a session counts as broken and is opened again.");

    public static final Key<Duration> CHECKPOINT_IDLE = DELIVERY_GROUP
            .millis("checkpoint.idle.ms")
            .between(0, MAX_MS)
            .defaultsTo(Duration.ofSeconds(60))
            .importance(Importance.LOW)
            .dependsOn(DELIVERY_GUARANTEE)
            .recommended(new OnlyExactlyOnce())
            .display("Idle checkpoint (ms)")
            .doc("After this long without work a stream's position is stored in its fencing token, where it "
                    + "outlives retention and trimming. 0: no such checkpoints.");

    public static final Key<Integer> CLAIM_MAX_TAKEOVERS = DELIVERY_GROUP
            .integer(StreamPolicy.Claims.MAX_TAKEOVERS_KEY)
            .between(0, 1000)
            .defaultsTo(3)
            .importance(Importance.LOW)
            .dependsOn(DELIVERY_GUARANTEE)
            .recommended(new OnlyExactlyOnce())
            .display("Takeovers in ten minutes")
            .doc("How often within ten minutes a task may take a stream back after it lost the fence to another "
                    + "writer while the partition was still assigned to it; then it stops with FENCED.");

    static {
        DELIVERY_GROUP.include(SinkKeys.STOPPING);
    }

    private static final KeyGroup BATCHING_GROUP = new KeyGroup("Batching and memory");

    public static final Key<Integer> BATCH_MAX_RECORDS = BATCHING_GROUP
            .integer("batch.max.records")
            .between(1, 1000)
            .defaultsTo(1000)
            .importance(Importance.MEDIUM)
            .display("Records per append")
            .doc("Most records in one append.");

    public static final Key<Integer> BATCH_MAX_BYTES = BATCHING_GROUP
            .integer("batch.max.bytes")
            .between(1, AppendBatch.MAX_METERED_BYTES)
            .defaultsTo(AppendBatch.MAX_METERED_BYTES)
            .importance(Importance.MEDIUM)
            .display("Bytes per append")
            .doc("Most metered bytes in one append; a record that is larger than this travels alone.");

    public static final Key<Duration> LINGER = SinkKeys.linger(
            BATCHING_GROUP,
            "batch",
            "While there is more to write than can be written, it waits until it is full or nothing of its stream is"
                    + " in flight, and behind a full batch for the next fetch, up to half a second.");

    public static final Key<Integer> INFLIGHT_MAX_BYTES = BATCHING_GROUP
            .integer("inflight.max.bytes")
            .between(1, 1 << 30)
            .defaultsTo(64 * 1024 * 1024)
            .importance(Importance.MEDIUM)
            .display("Bytes in flight per stream")
            .doc("Upper limit of metered bytes sent to one stream and not acknowledged. A stream begins with 5 MiB; "
                    + "while its acks are slow it is given more, within its share of buffer.max.bytes. One append is "
                    + "always admitted.");

    static {
        BATCHING_GROUP.include(SinkKeys.MEMORY);
    }

    private static final Keys KEYS = Keys.of(
            S2ConnectionConfig.KEYS,
            STREAM_GROUP,
            DELIVERY_GROUP,
            BATCHING_GROUP,
            SinkKeys.RECORDS,
            ConnectionCheck.KEYS);

    private static final KeySpelling SPELLING = new KeySpelling(KEYS, "S2 sink", KeySpelling.Side.SINK);

    private final S2ConnectionConfig connection;
    private final StreamTemplate stream;

    /**
     * @throws ConfigException naming every key whose value cannot be, or that contradicts another
     * @throws io.fenceline.connect.TerminalException {@code CONFIG} if the worker left a placeholder in it
     */
    public S2SinkConfig(Map<String, String> properties) {
        this(KEYS.requireReplaced(properties), true);
    }

    private S2SinkConfig(Map<String, String> properties, boolean logValues) {
        super(KEYS, RawValues.withoutNulls(properties), logValues);
        ConfigProblems.refuseAny(problems -> checkAcross(RawValues.withoutNulls(properties), problems));
        this.connection = new S2ConnectionConfig(this);
        this.stream = get(STREAM);
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static S2SinkConfig forValidation(Map<String, String> properties) {
        return new S2SinkConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return KEYS.def();
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection("S2 sink: Kafka to S2", S2SinkConnector.class.getName(), KEYS);
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
        boolean exactlyOnce = RawValues.text(given, DELIVERY_GUARANTEE).equals("exactly_once");
        checkStream(RawValues.text(given, STREAM), exactlyOnce, problems);
        String policy = given.get(RETRY_POLICY.name());
        if (exactlyOnce && "all".equals(policy)) {
            problems.add(
                    RETRY_POLICY,
                    "Invalid value all for configuration " + RETRY_POLICY
                            + ": sending again blindly duplicates records, so it " + "is allowed only with "
                            + DELIVERY_GUARANTEE + "=at_least_once; allowed: fenced, no_side_effects");
        }
        if (!exactlyOnce && "fenced".equals(policy)) {
            problems.add(
                    RETRY_POLICY,
                    "Invalid value fenced for configuration " + RETRY_POLICY + ": with " + DELIVERY_GUARANTEE
                            + "=at_least_once there is no fence; allowed: no_side_effects, all");
        }
        RetryTiming.checkAcross(given, problems);
        BodyConverter.check(given, problems);
    }

    private static void checkStream(String text, boolean exactlyOnce, ConfigProblems problems) {
        StreamTemplate template;
        try {
            template = StreamTemplate.parse(STREAM.name(), text);
        } catch (ConfigException e) {
            return; // the key's own validator has said so
        }
        if (exactlyOnce && !template.isInjective()) {
            problems.add(
                    STREAM,
                    "Invalid value " + text + " for configuration " + STREAM + ": with " + DELIVERY_GUARANTEE
                            + "=exactly_once every topic-partition needs a stream of its own, and this template can"
                            + " give two of them the same name; allowed: a template with ${topic} and ${partition}, a"
                            + " non-digit between them, and a ${partition} before the first or behind the last"
                            + " ${topic}, e.g. "
                            + STREAM.writtenDefault());
        }
    }

    public S2ConnectionConfig connection() {
        return connection;
    }

    public StreamTemplate stream() {
        return stream;
    }

    /** What streams get that this connector creates. */
    public NewStreamConfig newStreams() {
        return new NewStreamConfig(
                get(STORAGE_CLASS).orElse(null),
                get(RETENTION)
                        .map(retention -> retention.isNegative() ? 0 : wholeSeconds(retention))
                        .orElse(null),
                get(DELETE_ON_EMPTY).map(S2SinkConfig::wholeSeconds).orElse(null));
    }

    private static long wholeSeconds(Duration duration) {
        return duration.plusMillis(999).toSeconds();
    }

    public boolean exactlyOnce() {
        return get(DELIVERY_GUARANTEE) == DeliveryGuarantee.EXACTLY_ONCE;
    }

    public RetryPolicy retryPolicy() {
        return get(RETRY_POLICY).orElse(exactlyOnce() ? RetryPolicy.FENCED : RetryPolicy.ALL);
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }

    private static boolean isExactlyOnce(Map<String, Object> parsed) {
        return !"at_least_once".equals(parsed.get(DELIVERY_GUARANTEE.name()));
    }

    private static final class RetryPoliciesThatFit implements Recommender {

        @Override
        public List<Object> validValues(String name, Map<String, Object> parsed) {
            return isExactlyOnce(parsed) ? List.of("fenced", "no_side_effects") : List.of("no_side_effects", "all");
        }

        @Override
        public boolean visible(String name, Map<String, Object> parsed) {
            return true;
        }
    }

    /** Hides keys that mean something only where streams are claimed. */
    private static final class OnlyExactlyOnce implements Recommender {

        @Override
        public List<Object> validValues(String name, Map<String, Object> parsed) {
            return List.of();
        }

        @Override
        public boolean visible(String name, Map<String, Object> parsed) {
            return isExactlyOnce(parsed);
        }
    }
}
