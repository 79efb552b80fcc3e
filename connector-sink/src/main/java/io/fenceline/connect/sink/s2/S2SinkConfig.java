package io.fenceline.connect.sink.s2;

import io.fenceline.append.RetryPolicy;
import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConfigurationSection;
import io.fenceline.connect.config.DeliveryGuarantee;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.RetryTiming;
import io.fenceline.connect.config.S2ConnectionCheck;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.connect.config.UnknownKeys;
import io.fenceline.connect.config.Validators;
import io.fenceline.connect.sink.lane.OnStop;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.AppendBatch;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Recommender;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;

/** The configuration of an S2 sink connector and of each of its tasks. Parsed once at start; immutable. */
public final class S2SinkConfig extends AbstractConfig {

    public static final String STREAM_GROUP = "Stream";
    public static final String DELIVERY_GROUP = "Delivery";
    public static final String BATCHING_GROUP = "Batching and memory";
    public static final String RECORDS_GROUP = "Records";
    public static final String VALIDATION_GROUP = "Validation";

    public static final String STREAM = "s2.stream";
    private static final String STREAM_DOC =
            "Template of the stream's name. ${topic} and ${partition} are those of the record "
                    + "as it was read from Kafka, before any transform.";
    public static final String STREAM_DEFAULT = "${topic}/${partition}";
    private static final String STREAM_DISPLAY = "Stream name";

    public static final String STREAM_AUTO_CREATE = "s2.stream.auto.create";
    private static final String STREAM_AUTO_CREATE_DOC =
            "Create streams that do not exist, with the basin's defaults. The "
                    + "configuration of an existing stream is never touched.";
    public static final boolean STREAM_AUTO_CREATE_DEFAULT = true;
    private static final String STREAM_AUTO_CREATE_DISPLAY = "Create missing streams";

    public static final String DELIVERY_GUARANTEE = "delivery.guarantee";
    private static final String DELIVERY_GUARANTEE_DOC =
            "exactly_once: every topic-partition has a stream of its own, owned "
                    + "through a fence, and every append names its position; s2.stream must then contain both placeholders, with a "
                    + "non-digit between them. at_least_once: no fence and no position, so several partitions may share a stream; "
                    + "records start at the consumer group's offset and a restart repeats what was not committed.";
    public static final String DELIVERY_GUARANTEE_DEFAULT = "exactly_once";
    private static final String DELIVERY_GUARANTEE_DISPLAY = "Delivery guarantee";

    public static final String RETRY_POLICY = "retry.policy";
    private static final String RETRY_POLICY_DOC =
            "What to do about an append whose outcome is unknown. fenced: send the same "
                    + "batch again under its position and fencing token, and reconcile if it had landed; needs exactly_once. "
                    + "no_side_effects: stop the task. all: send again blindly; only with at_least_once.";
    private static final String RETRY_POLICY_DEFAULT_TEXT = "fenced; all with at_least_once";
    private static final String RETRY_POLICY_DISPLAY = "Retry policy";

    public static final String ACK_TIMEOUT_MS = "ack.timeout.ms";
    private static final String ACK_TIMEOUT_MS_DOC =
            "Silence, while appends are in flight, after which a session counts as " + "broken and is opened again.";
    public static final long ACK_TIMEOUT_MS_DEFAULT = 30_000;
    private static final String ACK_TIMEOUT_MS_DISPLAY = "Acknowledgement timeout (ms)";

    public static final String CHECKPOINT_IDLE_MS = "checkpoint.idle.ms";
    private static final String CHECKPOINT_IDLE_MS_DOC =
            "After this long without work a stream's position is stored in its "
                    + "fencing token, where it outlives retention and trimming. 0: no such checkpoints.";
    public static final long CHECKPOINT_IDLE_MS_DEFAULT = 60_000;
    private static final String CHECKPOINT_IDLE_MS_DISPLAY = "Idle checkpoint (ms)";

    public static final String CLAIM_MAX_TAKEOVERS = "claim.max.takeovers";
    private static final String CLAIM_MAX_TAKEOVERS_DOC =
            "How often within ten minutes a task may take a stream back after it "
                    + "lost the fence to another writer while the partition was still assigned to it; then it stops with FENCED.";
    public static final int CLAIM_MAX_TAKEOVERS_DEFAULT = 3;
    private static final String CLAIM_MAX_TAKEOVERS_DISPLAY = "Takeovers in ten minutes";

    public static final String ON_STOP = "on.stop";
    private static final String ON_STOP_DOC =
            "What becomes of the task when one of its partitions stops for good. fail: the task fails, and with it, one after"
                    + " the other, every task that gets the partition. hold: the partition is held, nothing of it is written"
                    + " or committed any more, the log says why once a minute, and all other partitions go on; a restart or"
                    + " a rebalance looks again.";
    public static final String ON_STOP_DEFAULT = "fail";
    private static final String ON_STOP_DISPLAY = "When a partition stops";

    public static final String BATCH_MAX_RECORDS = "batch.max.records";
    private static final String BATCH_MAX_RECORDS_DOC = "Most records in one append.";
    public static final int BATCH_MAX_RECORDS_DEFAULT = 1000;
    private static final String BATCH_MAX_RECORDS_DISPLAY = "Records per append";

    public static final String BATCH_MAX_BYTES = "batch.max.bytes";
    private static final String BATCH_MAX_BYTES_DOC =
            "Most metered bytes in one append; a record that is larger than this " + "travels alone.";
    public static final int BATCH_MAX_BYTES_DEFAULT = AppendBatch.MAX_METERED_BYTES;
    private static final String BATCH_MAX_BYTES_DISPLAY = "Bytes per append";

    public static final String LINGER_MS = "linger.ms";
    private static final String LINGER_MS_DOC =
            "How long a batch that is not full waits for more records. While there is more to write than can be written,"
                    + " it waits until it is full or nothing of its stream is in flight, and behind a full batch for the next"
                    + " fetch, up to half a second. 0: it is sent with what one poll brought.";
    public static final long LINGER_MS_DEFAULT = 5;
    private static final String LINGER_MS_DISPLAY = "Linger (ms)";

    public static final String INFLIGHT_MAX_BYTES = "inflight.max.bytes";
    private static final String INFLIGHT_MAX_BYTES_DOC =
            "Upper limit of metered bytes sent to one stream and not acknowledged. A stream begins with 5 MiB; "
                    + "while its acks are slow it is given more, within its share of buffer.max.bytes. One append is "
                    + "always admitted.";
    public static final int INFLIGHT_MAX_BYTES_DEFAULT = 64 * 1024 * 1024;
    private static final String INFLIGHT_MAX_BYTES_DISPLAY = "Bytes in flight per stream";

    public static final String BUFFER_MAX_BYTES = "buffer.max.bytes";
    private static final String BUFFER_MAX_BYTES_DOC =
            "Most bytes of records held by one task; above it partitions are paused. "
                    + "What the consumer fetches comes on top, so lower its fetch sizes on small heaps.";
    public static final long BUFFER_MAX_BYTES_DEFAULT = 64L * 1024 * 1024;
    private static final String BUFFER_MAX_BYTES_DISPLAY = "Bytes held per task";

    public static final String NULL_VALUES = "behavior.on.null.values";
    private static final String NULL_VALUES_DOC =
            "Records with a null value. write: an empty body and a kafka.null header; "
                    + "ignore: not written, their offsets are committed; fail: an errant record.";
    public static final String NULL_VALUES_DEFAULT = "write";
    private static final String NULL_VALUES_DISPLAY = "Null values";

    public static final String RESERVED_HEADERS = "behavior.on.reserved.headers";
    private static final String RESERVED_HEADERS_DOC =
            "Headers of records whose name begins with 'kafka.'. fail: the record is "
                    + "an errant record; drop: the header is left out; rename: it is written with the prefix 'user.'.";
    public static final String RESERVED_HEADERS_DEFAULT = "fail";
    private static final String RESERVED_HEADERS_DISPLAY = "Reserved headers";

    private static final long MAX_MS = 86_400_000;
    private static final int MAX_INFLIGHT_BYTES = 1 << 30;

    private static final ConfigDef DEF = newDef();

    /** Prefixes of keys that are ours and no one else's; unknown keys under them are typing errors. */
    private static final Set<String> OWNED_PREFIXES = Set.of(
            "s2.",
            "batch.",
            "retry.",
            "inflight.",
            "buffer.",
            "ack.",
            "checkpoint.",
            "claim.",
            "behavior.",
            "delivery.",
            "on.",
            "linger.",
            "validate.");

    private final S2ConnectionConfig connection;
    private final StreamTemplate stream;

    /** @throws ConfigException naming every key whose value cannot be, or that contradicts another */
    public S2SinkConfig(Map<String, String> properties) {
        this(properties, true);
    }

    private S2SinkConfig(Map<String, String> properties, boolean logValues) {
        super(DEF, RawValues.withoutNulls(properties), logValues);
        ConfigProblems.refuseAny(problems -> checkAcross(RawValues.withoutNulls(properties), problems));
        this.connection = new S2ConnectionConfig(this);
        this.stream = StreamTemplate.parse(STREAM, getString(STREAM));
    }

    /** As the constructor, for a configuration that is only looked at: its values are not logged. */
    static S2SinkConfig forValidation(Map<String, String> properties) {
        return new S2SinkConfig(properties, false);
    }

    public static ConfigDef configDef() {
        return new ConfigDef(DEF);
    }

    /** For the reference page. */
    public static ConfigurationSection reference() {
        return new ConfigurationSection(
                "S2 sink: Kafka to S2",
                S2SinkConnector.class.getName(),
                DEF,
                Map.of(RETRY_POLICY, RETRY_POLICY_DEFAULT_TEXT));
    }

    /** Keys under our prefixes that mean nothing to this connector: worth a warning. */
    public static List<String> unknownKeys(Map<String, String> properties) {
        return UnknownKeys.in(properties, DEF, OWNED_PREFIXES);
    }

    /** What is wrong across keys. Says nothing about keys that are missing or invalid by themselves; never throws. */
    static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        S2ConnectionConfig.checkAcross(given, problems);
        boolean exactlyOnce = RawValues.text(given, DELIVERY_GUARANTEE, DELIVERY_GUARANTEE_DEFAULT)
                .equals("exactly_once");
        checkStream(RawValues.text(given, STREAM, STREAM_DEFAULT), exactlyOnce, problems);
        String policy = given.get(RETRY_POLICY);
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
            template = StreamTemplate.parse(STREAM, text);
        } catch (ConfigException e) {
            return; // the key's own validator has said so
        }
        if (exactlyOnce && !template.isInjective()) {
            problems.add(
                    STREAM,
                    "Invalid value " + text + " for configuration " + STREAM + ": with " + DELIVERY_GUARANTEE
                            + "=exactly_once every topic-partition needs a stream of its own, and this template can give two of "
                            + "them the same name; allowed: a template with ${topic} and ${partition}, a non-digit between them, "
                            + "and a ${partition} before the first or behind the last ${topic}, e.g. "
                            + STREAM_DEFAULT);
        }
    }

    public S2ConnectionConfig connection() {
        return connection;
    }

    public StreamTemplate stream() {
        return stream;
    }

    public boolean streamAutoCreate() {
        return getBoolean(STREAM_AUTO_CREATE);
    }

    public DeliveryGuarantee deliveryGuarantee() {
        return constant(DeliveryGuarantee.class, DELIVERY_GUARANTEE);
    }

    public boolean exactlyOnce() {
        return deliveryGuarantee() == DeliveryGuarantee.EXACTLY_ONCE;
    }

    public RetryPolicy retryPolicy() {
        if (getString(RETRY_POLICY) == null) {
            return exactlyOnce() ? RetryPolicy.FENCED : RetryPolicy.ALL;
        }
        return constant(RetryPolicy.class, RETRY_POLICY);
    }

    public RetrySettings retries() {
        return RetryTiming.of(this);
    }

    public Duration ackTimeout() {
        return millis(ACK_TIMEOUT_MS);
    }

    /** Zero: no idle checkpoints. */
    public Duration checkpointIdle() {
        return millis(CHECKPOINT_IDLE_MS);
    }

    public int claimMaxTakeovers() {
        return getInt(CLAIM_MAX_TAKEOVERS);
    }

    public OnStop onStop() {
        return constant(OnStop.class, ON_STOP);
    }

    public int batchMaxRecords() {
        return getInt(BATCH_MAX_RECORDS);
    }

    public int batchMaxBytes() {
        return getInt(BATCH_MAX_BYTES);
    }

    public Duration linger() {
        return millis(LINGER_MS);
    }

    public int inflightMaxBytes() {
        return getInt(INFLIGHT_MAX_BYTES);
    }

    public long bufferMaxBytes() {
        return getLong(BUFFER_MAX_BYTES);
    }

    public NullValueBehavior nullValues() {
        return constant(NullValueBehavior.class, NULL_VALUES);
    }

    public ReservedHeaderBehavior reservedHeaders() {
        return constant(ReservedHeaderBehavior.class, RESERVED_HEADERS);
    }

    public boolean validateConnection() {
        return getBoolean(S2ConnectionCheck.KEY);
    }

    /** A mapper for one task, with converters of its own. */
    public RecordMapper newRecordMapper() {
        return new RecordMapper(
                nullValues(), reservedHeaders(), BodyConverter.forKeys(this), BodyConverter.forBodies(this));
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
        addStreamKeys(new KeyGroup(def, STREAM_GROUP));
        addDeliveryKeys(new KeyGroup(def, DELIVERY_GROUP));
        addBatchingKeys(new KeyGroup(def, BATCHING_GROUP));
        addRecordKeys(new KeyGroup(def, RECORDS_GROUP));
        S2ConnectionCheck.addTo(new KeyGroup(def, VALIDATION_GROUP));
        return def;
    }

    private static void addStreamKeys(KeyGroup group) {
        group.key(STREAM, Type.STRING, STREAM_DEFAULT, Importance.HIGH, STREAM_DOC)
                .allowed(Validators.streamTemplate())
                .width(Width.LONG)
                .add(STREAM_DISPLAY);
        group.key(
                        STREAM_AUTO_CREATE,
                        Type.BOOLEAN,
                        STREAM_AUTO_CREATE_DEFAULT,
                        Importance.MEDIUM,
                        STREAM_AUTO_CREATE_DOC)
                .add(STREAM_AUTO_CREATE_DISPLAY);
    }

    private static void addDeliveryKeys(KeyGroup group) {
        group.key(DELIVERY_GUARANTEE, Type.STRING, DELIVERY_GUARANTEE_DEFAULT, Importance.HIGH, DELIVERY_GUARANTEE_DOC)
                .allowed(Validators.oneOf(DeliveryGuarantee.class))
                .recommended(List.of("exactly_once", "at_least_once"))
                .dependents(RETRY_POLICY, CLAIM_MAX_TAKEOVERS, CHECKPOINT_IDLE_MS)
                .add(DELIVERY_GUARANTEE_DISPLAY);
        group.key(RETRY_POLICY, Type.STRING, null, Importance.MEDIUM, RETRY_POLICY_DOC)
                .allowed(Validators.oneOf(RetryPolicy.class))
                .recommended(new RetryPoliciesThatFit())
                .add(RETRY_POLICY_DISPLAY);
        RetryTiming.addTo(group);
        group.key(ACK_TIMEOUT_MS, Type.LONG, ACK_TIMEOUT_MS_DEFAULT, Importance.LOW, ACK_TIMEOUT_MS_DOC)
                .allowed(Validators.between(1, MAX_MS))
                .add(ACK_TIMEOUT_MS_DISPLAY);
        group.key(CHECKPOINT_IDLE_MS, Type.LONG, CHECKPOINT_IDLE_MS_DEFAULT, Importance.LOW, CHECKPOINT_IDLE_MS_DOC)
                .allowed(Validators.between(0, MAX_MS))
                .recommended(new OnlyExactlyOnce())
                .add(CHECKPOINT_IDLE_MS_DISPLAY);
        group.key(CLAIM_MAX_TAKEOVERS, Type.INT, CLAIM_MAX_TAKEOVERS_DEFAULT, Importance.LOW, CLAIM_MAX_TAKEOVERS_DOC)
                .allowed(Validators.between(0, 1000))
                .recommended(new OnlyExactlyOnce())
                .add(CLAIM_MAX_TAKEOVERS_DISPLAY);
        group.key(ON_STOP, Type.STRING, ON_STOP_DEFAULT, Importance.MEDIUM, ON_STOP_DOC)
                .allowed(Validators.oneOf(OnStop.class))
                .recommended(List.of("fail", "hold"))
                .add(ON_STOP_DISPLAY);
    }

    private static void addBatchingKeys(KeyGroup group) {
        group.key(BATCH_MAX_RECORDS, Type.INT, BATCH_MAX_RECORDS_DEFAULT, Importance.MEDIUM, BATCH_MAX_RECORDS_DOC)
                .allowed(Validators.between(1, 1000))
                .add(BATCH_MAX_RECORDS_DISPLAY);
        group.key(BATCH_MAX_BYTES, Type.INT, BATCH_MAX_BYTES_DEFAULT, Importance.MEDIUM, BATCH_MAX_BYTES_DOC)
                .allowed(Validators.between(1, AppendBatch.MAX_METERED_BYTES))
                .add(BATCH_MAX_BYTES_DISPLAY);
        group.key(LINGER_MS, Type.LONG, LINGER_MS_DEFAULT, Importance.MEDIUM, LINGER_MS_DOC)
                .allowed(Validators.between(0, 60_000))
                .add(LINGER_MS_DISPLAY);
        group.key(INFLIGHT_MAX_BYTES, Type.INT, INFLIGHT_MAX_BYTES_DEFAULT, Importance.MEDIUM, INFLIGHT_MAX_BYTES_DOC)
                .allowed(Validators.between(1, MAX_INFLIGHT_BYTES))
                .add(INFLIGHT_MAX_BYTES_DISPLAY);
        group.key(BUFFER_MAX_BYTES, Type.LONG, BUFFER_MAX_BYTES_DEFAULT, Importance.MEDIUM, BUFFER_MAX_BYTES_DOC)
                .allowed(Validators.atLeast(1))
                .add(BUFFER_MAX_BYTES_DISPLAY);
    }

    private static void addRecordKeys(KeyGroup group) {
        group.key(NULL_VALUES, Type.STRING, NULL_VALUES_DEFAULT, Importance.MEDIUM, NULL_VALUES_DOC)
                .allowed(Validators.oneOf(NullValueBehavior.class))
                .recommended(List.of("write", "ignore", "fail"))
                .add(NULL_VALUES_DISPLAY);
        group.key(RESERVED_HEADERS, Type.STRING, RESERVED_HEADERS_DEFAULT, Importance.MEDIUM, RESERVED_HEADERS_DOC)
                .allowed(Validators.oneOf(ReservedHeaderBehavior.class))
                .recommended(List.of("fail", "drop", "rename"))
                .add(RESERVED_HEADERS_DISPLAY);
        BodyConverter.addTo(group);
    }

    private static boolean isExactlyOnce(Map<String, Object> parsed) {
        return !"at_least_once".equals(parsed.get(DELIVERY_GUARANTEE));
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
