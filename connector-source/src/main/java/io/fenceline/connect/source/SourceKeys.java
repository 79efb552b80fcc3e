package io.fenceline.connect.source;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.RawValues;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef.Importance;

/** The keys that all sources have, and what is checked of them. */
public final class SourceKeys {

    /** What one {@code poll} gives to Connect. */
    public static final KeyGroup POLLING = new KeyGroup("Polling");

    public static final Key<Integer> POLL_MAX_RECORDS = POLLING.integer("poll.max.records")
            .between(1, 1_000_000)
            .defaultsTo(5000)
            .importance(Importance.MEDIUM)
            .display("Records per poll")
            .doc("Most records handed to Connect at once. With exactly-once support each hand-over is a "
                    + "transaction, so small numbers cost throughput.");

    public static final Key<Integer> POLL_MAX_BYTES = POLLING.integer("poll.max.bytes")
            .between(1, 1 << 30)
            .defaultsTo(4 * 1024 * 1024)
            .importance(Importance.MEDIUM)
            .display("Bytes per poll")
            .doc("Most bytes of records handed to Connect at once; a record that is larger travels alone.");

    private SourceKeys() {}

    /**
     * Declares {@code buffer.max.bytes}.
     *
     * @param display for user interfaces
     * @param doc     what is counted, and what stops above it
     */
    public static Key<Long> bufferMaxBytes(KeyGroup group, String display, String doc) {
        return group.longInteger("buffer.max.bytes")
                .atLeast(65_536)
                .defaultsTo(32L * 1024 * 1024)
                .importance(Importance.MEDIUM)
                .display(display)
                .doc(doc);
    }

    /** Declares {@code value.type}. */
    public static Key<ValueType> valueType(KeyGroup group, ValueType otherwise) {
        return group.oneOf("value.type", ValueType.class)
                .defaultsTo(otherwise)
                .importance(Importance.MEDIUM)
                .display("Value type")
                .doc("bytes: values have a BYTES schema, for ByteArrayConverter; string: a STRING schema, for "
                        + "StringConverter, and a body that is not UTF-8 stops the task.");
    }

    /**
     * Reports converters that do not fit what is handed to them: Connect would find out with the first record, or write the
     * address of an array as text.
     */
    public static void checkConverters(Map<String, String> given, Key<ValueType> valueType, ConfigProblems problems) {
        ConnectConverters.refuseText(given, ConnectConverters.KEY, "keys", problems);
        ConnectConverters.refuseText(given, ConnectConverters.HEADER, "header values", problems);
        String type = RawValues.text(given, valueType);
        ConnectConverters.Kind converter = ConnectConverters.kind(given, ConnectConverters.VALUE);
        String allowed = type.equals("bytes") && converter == ConnectConverters.Kind.TEXT
                ? "string"
                : type.equals("string") && converter == ConnectConverters.Kind.BYTES ? "bytes" : null;
        if (allowed != null) {
            problems.add(
                    valueType,
                    "Invalid value " + type + " for configuration " + valueType + ": " + ConnectConverters.VALUE
                            + " is " + given.get(ConnectConverters.VALUE) + "; allowed with it: " + allowed);
        }
    }
}
