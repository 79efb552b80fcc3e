package io.fenceline.connect.sink.task;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.config.BodyConverter;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.sink.lane.OnStop;
import java.time.Duration;
import org.apache.kafka.common.config.ConfigDef.Importance;

/** The keys every sink has, whatever it writes to. */
public final class SinkKeys {

    public static final KeyGroup STOPPING = new KeyGroup("Delivery");

    public static final Key<OnStop> ON_STOP = STOPPING.oneOf(OnStop.KEY, OnStop.class)
            .defaultsTo(OnStop.FAIL)
            .importance(Importance.MEDIUM)
            .display("When a partition stops")
            .doc("What becomes of the task when one of its partitions stops for good. fail: the task fails, and "
                    + "with it, one after the other, every task that gets the partition. hold: the partition is held, "
                    + "nothing of it is written or committed any more, the log says why once a minute, and all other "
                    + "partitions go on; a restart or a rebalance looks again.");

    public static final KeyGroup MEMORY = new KeyGroup("Batching and memory");

    public static final Key<Long> BUFFER_MAX_BYTES = MEMORY.longInteger("buffer.max.bytes")
            .atLeast(1)
            .defaultsTo(64L * 1024 * 1024)
            .importance(Importance.MEDIUM)
            .display("Bytes held per task")
            .doc("Most bytes of records held by one task; above it partitions are paused. What the consumer fetches "
                    + "comes on top, so lower its fetch sizes on small heaps.");

    public static final KeyGroup RECORDS = new KeyGroup("Records");

    public static final Key<NullValueBehavior> NULL_VALUES = RECORDS.oneOf(
                    NullValueBehavior.KEY, NullValueBehavior.class)
            .defaultsTo(NullValueBehavior.WRITE)
            .importance(Importance.MEDIUM)
            .display("Null values")
            .doc("Records with a null value. write: written and marked by kafka.null; ignore: not written, their "
                    + "offsets are committed; fail: an errant record.");

    public static final Key<ReservedHeaderBehavior> RESERVED_HEADERS = RECORDS.oneOf(
                    ReservedHeaderBehavior.KEY, ReservedHeaderBehavior.class)
            .defaultsTo(ReservedHeaderBehavior.FAIL)
            .importance(Importance.MEDIUM)
            .display("Reserved headers")
            .doc("Headers of records whose name begins with 'kafka.'. fail: the record is an errant record; drop: "
                    + "the header is left out; rename: it is written with the prefix 'user.'.");

    static {
        RECORDS.include(BodyConverter.KEYS);
    }

    private SinkKeys() {}

    /**
     * Declares {@code linger.ms}.
     *
     * @param batch    what is filled, e.g. a batch
     * @param whenBusy sentence on how long it waits while there is more to write than can be written
     */
    public static Key<Duration> linger(KeyGroup group, String batch, String whenBusy) {
        return group.millis("linger.ms")
                .between(0, 60_000)
                .defaultsTo(Duration.ofMillis(5))
                .importance(Importance.MEDIUM)
                .display("Linger (ms)")
                .doc("How long a " + batch + " that is not full waits for more records. " + whenBusy
                        + " 0: it is sent with what one poll brought.");
    }

    /** A mapper for one task, with converters of its own. */
    public static RecordMapper newRecordMapper(TypedConfig config) {
        return new RecordMapper(
                config.get(NULL_VALUES),
                config.get(RESERVED_HEADERS),
                BodyConverter.forKeys(config),
                BodyConverter.forBodies(config));
    }
}
