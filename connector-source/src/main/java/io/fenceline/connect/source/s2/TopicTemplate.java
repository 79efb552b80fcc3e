package io.fenceline.connect.source.s2;

import io.fenceline.connect.RecordId;
import io.fenceline.connect.config.Placeholders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * {@code topic}: the Kafka topic of a record. Knows <code>${stream}</code> and <code>${topic}</code>, the topic in the
 * record's id. Immutable.
 */
public final class TopicTemplate {

    private static final int MAX_LENGTH = 249;

    static final String ALLOWED = "text of a-z A-Z 0-9 . _ - with the placeholders ${stream} and ${topic}, at most "
            + MAX_LENGTH + " characters, and neither '.' nor '..'";

    private static final String STREAM = "${stream}";
    private static final String TOPIC = "${topic}";

    private final String text;
    private final List<String> parts;

    private TopicTemplate(String text, List<String> parts) {
        this.text = text;
        this.parts = parts;
    }

    /** @throws ConfigException if {@code text} is not such a template; the message names {@code key} */
    public static TopicTemplate parse(String key, String text) {
        List<String> parts;
        try {
            parts = Placeholders.split(text, List.of(STREAM, TOPIC));
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()));
        }
        if (text.isEmpty()) {
            throw refused(key, text, "it is empty");
        }
        int literals = 0;
        for (String part : parts) {
            if (isPlaceholder(part)) {
                continue;
            }
            literals += part.length();
            for (int i = 0; i < part.length(); i++) {
                if (!isAllowed(part.charAt(i))) {
                    throw refused(key, text, "Kafka does not allow '" + part.charAt(i) + "' in a topic's name");
                }
            }
        }
        if (literals > MAX_LENGTH || text.equals(".") || text.equals("..")) {
            throw refused(key, text, "Kafka does not allow this name");
        }
        return new TopicTemplate(text, parts);
    }

    /** A topic's name as Kafka allows it: one that could be created. Its refusal names {@code key}. */
    static void checkName(String key, String name) {
        problemOf(name).ifPresent(problem -> {
            throw new ConfigException("Invalid value " + name + " for configuration " + key + ": " + problem
                    + "; allowed: " + NAME_ALLOWED);
        });
    }

    static final String NAME_ALLOWED = "1 to " + MAX_LENGTH + " characters a-z A-Z 0-9 . _ -, and neither '.' nor '..'";

    /** True if the topic depends on where a record came from: records without an id have none then. */
    public boolean usesRecordTopic() {
        return parts.contains(TOPIC);
    }

    /** True if it depends on nothing else than the record's own topic, so that records go back where they came from. */
    public boolean restoresTopic() {
        return text.equals(TOPIC);
    }

    /**
     * The topic of records of {@code stream}.
     *
     * @param id the record's; null if it has none
     * @return empty if the topic of a record without an id is asked for
     * @throws ConfigException if what comes out is not a topic's name, e.g. because the stream's name is too long
     */
    public Optional<String> topicFor(String stream, @Nullable RecordId id) {
        StringBuilder name = new StringBuilder(text.length() + stream.length());
        for (String part : parts) {
            if (part.equals(STREAM)) {
                sanitise(stream, name);
            } else if (part.equals(TOPIC)) {
                if (id == null) {
                    return Optional.empty();
                }
                sanitise(id.topic(), name);
            } else {
                name.append(part);
            }
        }
        String topic = name.toString();
        problemOf(topic).ifPresent(problem -> {
            throw new ConfigException("topic '" + text + "' gives stream '" + stream + "' the topic name '" + topic
                    + "', but " + problem + "; allowed: " + NAME_ALLOWED);
        });
        return Optional.of(topic);
    }

    /** Whether that is the topic of the records of {@code stream}, which must not depend on theirs. */
    boolean gives(String stream, String topic) {
        try {
            return topicFor(stream, null).filter(topic::equals).isPresent();
        } catch (ConfigException e) {
            return false; // it has none at all
        }
    }

    /**
     * Streams that would share a topic only because characters of their names were replaced, by that topic; empty if there
     * are none. Streams that share a topic because the template says so are meant to.
     */
    public Map<String, List<String>> collisions(Collection<String> streams) {
        Map<String, List<String>> byName = new TreeMap<>();
        if (parts.contains(STREAM)) {
            streams.stream().distinct().sorted().forEach(stream -> byName.computeIfAbsent(
                            sanitised(stream), name -> new ArrayList<>())
                    .add(stream));
        }
        byName.values().removeIf(sharing -> sharing.size() < 2);
        return byName;
    }

    private static String sanitised(String name) {
        StringBuilder into = new StringBuilder(name.length());
        sanitise(name, into);
        return into.toString();
    }

    /** One underscore for each character (code point) that Kafka does not allow. */
    private static void sanitise(String name, StringBuilder into) {
        name.codePoints().forEach(c -> into.append(c < 128 && isAllowed((char) c) ? (char) c : '_'));
    }

    private static boolean isAllowed(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
    }

    private static Optional<String> problemOf(String topic) {
        if (topic.isEmpty() || topic.equals(".") || topic.equals("..")) {
            return Optional.of("Kafka does not allow this name");
        }
        if (topic.length() > MAX_LENGTH) {
            return Optional.of("it is " + topic.length() + " characters long");
        }
        return topic.chars().allMatch(c -> isAllowed((char) c))
                ? Optional.empty()
                : Optional.of("it has characters Kafka does not allow");
    }

    private static boolean isPlaceholder(String part) {
        return part.equals(STREAM) || part.equals(TOPIC);
    }

    private static ConfigException refused(String key, String text, String problem) {
        return new ConfigException(
                "Invalid value " + text + " for configuration " + key + ": " + problem + "; allowed: " + ALLOWED);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TopicTemplate that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
