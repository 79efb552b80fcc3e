package io.fenceline.connect.config;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigException;

/**
 * {@code s2.stream}: the name of the stream of a topic-partition. Knows {@code ${topic}} and {@code ${partition}}, both the
 * original ones. Immutable.
 */
public final class StreamTemplate {

    public static final int MAX_NAME_BYTES = 512;

    public static final String ALLOWED = "text with the placeholders ${topic} and ${partition}, 1 to " + MAX_NAME_BYTES
            + " bytes when filled in, and neither '.' nor '..'";

    private static final String TOPIC = "${topic}";
    private static final String PARTITION = "${partition}";

    private final String text;
    /** As {@link Placeholders#split} gives them. */
    private final List<String> parts;

    private StreamTemplate(String text, List<String> parts) {
        this.text = text;
        this.parts = parts;
    }

    /** @throws ConfigException if {@code text} is not such a template; the message names {@code key} */
    public static StreamTemplate parse(String key, String text) {
        List<String> parts;
        try {
            parts = Placeholders.split(text, List.of(TOPIC, PARTITION));
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()));
        }
        StreamTemplate template = new StreamTemplate(text, parts);
        template.checkLengths(key);
        return template;
    }

    private void checkLengths(String key) {
        if (text.isEmpty()) {
            throw refused(key, text, "it is empty");
        }
        if (text.indexOf('\0') >= 0) {
            throw refused(key, text.replace('\0', '?'), "it contains a NUL character");
        }
        if (text.equals(".") || text.equals("..")) {
            throw refused(key, text, "S2 does not allow this name");
        }
        int literalBytes = 0;
        for (String part : parts) {
            literalBytes += isPlaceholder(part) ? 1 : utf8Length(part);
        }
        if (literalBytes > MAX_NAME_BYTES) {
            throw refused(key, text, "it is " + literalBytes + " bytes long before a topic is filled in");
        }
    }

    /**
     * The stream of a topic-partition.
     *
     * @throws ConfigException if what comes out is not a stream name, e.g. because the topic's name is too long
     */
    public String streamFor(String topic, int partition) {
        StringBuilder name = new StringBuilder(text.length() + topic.length());
        for (String part : parts) {
            if (part.equals(TOPIC)) {
                name.append(topic);
            } else if (part.equals(PARTITION)) {
                name.append(partition);
            } else {
                name.append(part);
            }
        }
        String stream = name.toString();
        int bytes = utf8Length(stream);
        if (bytes > MAX_NAME_BYTES || stream.equals(".") || stream.equals("..")) {
            throw new ConfigException("s2.stream '" + text + "' gives partition " + topic + "-" + partition
                    + " the stream name '" + stream + "' of " + bytes + " bytes; allowed: 1 to " + MAX_NAME_BYTES
                    + " bytes and neither '.' nor '..'");
        }
        return stream;
    }

    /**
     * Whether two topic-partitions can never get the same stream, whatever the topics are called: exactly once needs this.
     *
     * <p>True if a partition number can be read off one end of the name. At the left end: only literals stand before it, so it
     * begins at a known place, and the literal behind it has a non-digit, so its end is known. Then the number of characters
     * left gives the length of the topic, and with it the topic. The right end is the mirror image. A number next to a topic
     * (topics may begin and end in digits) or between two topics (they may contain the separators) cannot be read off.
     */
    public boolean isInjective() {
        int firstTopic = parts.indexOf(TOPIC);
        if (firstTopic < 0) {
            return false;
        }
        int firstPartition = parts.indexOf(PARTITION);
        int lastPartition = parts.lastIndexOf(PARTITION);
        boolean leftEnd =
                firstPartition >= 0 && firstPartition < firstTopic && hasNonDigit(parts.get(firstPartition + 1));
        boolean rightEnd = lastPartition > parts.lastIndexOf(TOPIC) && hasNonDigit(parts.get(lastPartition - 1));
        return leftEnd || rightEnd;
    }

    /** False if streams can hold the records of several topics. */
    public boolean usesTopic() {
        return parts.contains(TOPIC);
    }

    private static boolean isPlaceholder(String part) {
        return part.equals(TOPIC) || part.equals(PARTITION);
    }

    private static boolean hasNonDigit(String part) {
        return !isPlaceholder(part) && part.chars().anyMatch(c -> c < '0' || c > '9');
    }

    private static int utf8Length(String s) {
        return s.getBytes(StandardCharsets.UTF_8).length;
    }

    private static ConfigException refused(String key, String text, String problem) {
        return new ConfigException(
                "Invalid value " + text + " for configuration " + key + ": " + problem + "; allowed: " + ALLOWED);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StreamTemplate that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(text);
    }

    @Override
    public String toString() {
        return text;
    }
}
