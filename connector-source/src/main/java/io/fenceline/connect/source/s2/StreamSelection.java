package io.fenceline.connect.source.s2;

import io.fenceline.connect.config.ConfigProblems;
import io.fenceline.connect.config.Key;
import io.fenceline.connect.config.KeyGroup;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.connect.config.TypedConfig;
import io.fenceline.connect.config.Validators;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Width;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * The keys that say which streams a source reads: those listed, or all that begin with a prefix. Immutable.
 *
 * @param listed            in the order given; empty with a prefix
 * @param prefix            null if the streams are listed
 * @param discoveryInterval with a prefix: how often streams are looked for
 */
public record StreamSelection(List<String> listed, @Nullable String prefix, Duration discoveryInterval) {

    public static final KeyGroup KEYS = new KeyGroup("Streams");

    private static final long MAX_MS = 86_400_000;
    private static final String NAME_LENGTHS = "1 to " + StreamTemplate.MAX_NAME_BYTES + " bytes";

    public static final Key<Optional<List<String>>> STREAMS = KEYS.texts("s2.streams")
            .allowed(new Names())
            .optional()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Streams")
            .doc("The streams to read, separated by commas; they are spread over the tasks. Either this or "
                    + "s2.stream.prefix; a stream with a comma in its name can only be had by prefix. A placeholder in "
                    + "it must have the same value on all workers.");

    public static final Key<Optional<String>> PREFIX = KEYS.text("s2.stream.prefix")
            .allowed(Validators.parsedBy(NAME_LENGTHS, StreamSelection::checkPrefix))
            .optional()
            .importance(Importance.HIGH)
            .width(Width.LONG)
            .display("Stream prefix")
            .doc("Read every stream whose name begins with this, those created later too. Task i of n owns the "
                    + "streams whose names hash to i (Java's String.hashCode modulo n), so that a new stream needs no "
                    + "reconfiguration.");

    public static final Key<Duration> DISCOVERY_INTERVAL = KEYS.millis("s2.discovery.interval.ms")
            .between(100, MAX_MS)
            .defaultsTo(Duration.ofSeconds(60))
            .importance(Importance.LOW)
            .display("Discovery interval (ms)")
            .doc("With " + PREFIX + ": how often each task looks for new and deleted streams.");

    static StreamSelection of(TypedConfig config) {
        return new StreamSelection(
                config.get(STREAMS).orElse(List.of()),
                config.get(PREFIX).filter(prefix -> !prefix.isEmpty()).orElse(null),
                config.get(DISCOVERY_INTERVAL));
    }

    /** Whether a stream of this name is read, if it exists. */
    boolean includes(String stream) {
        return prefix == null ? listed.contains(stream) : stream.startsWith(prefix);
    }

    /** Reports what is wrong across these keys; says nothing of values that are invalid by themselves. */
    static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        String list = RawValues.text(given, STREAMS);
        String prefix = RawValues.text(given, PREFIX);
        if (list.isEmpty() && prefix.isEmpty()) {
            problems.add(
                    STREAMS,
                    "Missing required configuration " + STREAMS + ": nothing says what to read; allowed: a list of "
                            + "streams, or " + PREFIX);
        } else if (!list.isEmpty() && !prefix.isEmpty()) {
            problems.add(
                    PREFIX,
                    "Invalid value " + prefix + " for configuration " + PREFIX + ": " + STREAMS
                            + " is set as well; allowed: one of the two");
        }
    }

    /** Names listed in a configuration that is perhaps not valid. */
    static List<String> listedIn(Map<String, String> given) {
        return Arrays.stream(RawValues.text(given, STREAMS).split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static void checkPrefix(String key, String prefix) {
        int bytes = prefix.getBytes(StandardCharsets.UTF_8).length;
        if (!isNameLength(bytes)) {
            throw new ConfigException("Invalid value " + prefix + " for configuration " + key + ": it is " + bytes
                    + " bytes long; allowed: " + NAME_LENGTHS);
        }
    }

    private static boolean isNameLength(int bytes) {
        return bytes >= 1 && bytes <= StreamTemplate.MAX_NAME_BYTES;
    }

    /** Names S2 allows, none twice. */
    private static final class Names implements ConfigDef.Validator {

        @Override
        public void ensureValid(String key, @Nullable Object value) {
            if (value == null) {
                return;
            }
            Set<String> seen = new HashSet<>();
            for (Object name : (List<?>) value) {
                String stream = String.valueOf(name);
                int bytes = stream.getBytes(StandardCharsets.UTF_8).length;
                if (!isNameLength(bytes)) {
                    throw refused(key, value, "'" + stream + "' is " + bytes + " bytes long");
                }
                if (stream.equals(".") || stream.equals("..")) {
                    throw refused(key, value, "S2 does not allow the name '" + stream + "'");
                }
                if (!seen.add(stream)) {
                    throw refused(key, value, "'" + stream + "' is listed twice");
                }
            }
        }

        private ConfigException refused(String key, Object value, String problem) {
            return new ConfigException(
                    "Invalid value " + value + " for configuration " + key + ": " + problem + "; allowed: " + this);
        }

        @Override
        public String toString() {
            return "names of " + NAME_LENGTHS + " separated by commas, none twice, and neither '.' nor '..'";
        }
    }
}
