package io.fenceline.connect.source;

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

/** {@code topic}: the Kafka topic of a record, by what it was read from. Immutable. */
public final class TopicTemplate {

    private static final int MAX_LENGTH = 249;

    private static final String TOPIC = "${topic}";

    /**
     * The templates of one connector.
     *
     * @param source      what it reads, e.g. {@code stream}: templates know <code>${stream}</code>, and messages say so
     * @param recordTopic whether they know <code>${topic}</code> as well, the topic in the record's id
     */
    public record Syntax(String source, boolean recordTopic) {

        private String sourcePlaceholder() {
            return "${" + source + "}";
        }

        private List<String> placeholders() {
            return recordTopic ? List.of(sourcePlaceholder(), TOPIC) : List.of(sourcePlaceholder());
        }

        /** What templates look like, for messages and documentation. */
        public String allowed() {
            return "text of a-z A-Z 0-9 . _ - with the "
                    + (recordTopic ? "placeholders " : "placeholder ")
                    + String.join(" and ", placeholders())
                    + ", at most " + MAX_LENGTH + " characters, and neither '.' nor '..'";
        }

        /** @throws ConfigException if {@code text} is not such a template; the message names {@code key} */
        public TopicTemplate parse(String key, String text) {
            return TopicTemplate.parse(this, key, text);
        }

        private ConfigException refused(String key, String text, String problem) {
            return new ConfigException(
                    "Invalid value " + text + " for configuration " + key + ": " + problem + "; allowed: " + allowed());
        }
    }

    private final Syntax syntax;
    private final String sourcePlaceholder;
    private final String text;
    private final List<String> parts;

    private TopicTemplate(Syntax syntax, String text, List<String> parts) {
        this.syntax = syntax;
        this.sourcePlaceholder = syntax.sourcePlaceholder();
        this.text = text;
        this.parts = parts;
    }

    private static TopicTemplate parse(Syntax syntax, String key, String text) {
        List<String> parts;
        try {
            parts = Placeholders.split(text, syntax.placeholders());
        } catch (IllegalArgumentException e) {
            throw syntax.refused(key, text, String.valueOf(e.getMessage()));
        }
        if (text.isEmpty()) {
            throw syntax.refused(key, text, "it is empty");
        }
        int literals = 0;
        for (String part : parts) {
            if (syntax.placeholders().contains(part)) {
                continue;
            }
            literals += part.length();
            for (int i = 0; i < part.length(); i++) {
                if (!isAllowed(part.charAt(i))) {
                    throw syntax.refused(key, text, "Kafka does not allow '" + part.charAt(i) + "' in a topic's name");
                }
            }
        }
        if (literals > MAX_LENGTH || text.equals(".") || text.equals("..")) {
            throw syntax.refused(key, text, "Kafka does not allow this name");
        }
        return new TopicTemplate(syntax, text, parts);
    }

    /** A topic's name as Kafka allows it: one that could be created. Its refusal names {@code key}. */
    public static void checkName(String key, String name) {
        problemOf(name).ifPresent(problem -> {
            throw new ConfigException("Invalid value " + name + " for configuration " + key + ": " + problem
                    + "; allowed: " + NAME_ALLOWED);
        });
    }

    public static final String NAME_ALLOWED =
            "1 to " + MAX_LENGTH + " characters a-z A-Z 0-9 . _ -, and neither '.' nor '..'";

    /** True if the topic depends on where a record came from: records without an id have none then. */
    public boolean usesRecordTopic() {
        return parts.contains(TOPIC);
    }

    /** True if the topic depends on the name of what a record was read from. */
    public boolean usesSource() {
        return parts.contains(sourcePlaceholder);
    }

    /** True if it depends on nothing else than the record's own topic, so that records go back where they came from. */
    public boolean restoresTopic() {
        return text.equals(TOPIC);
    }

    /**
     * The topic of records of {@code source}.
     *
     * @param source the name of what they were read from
     * @param id the record's; null if it has none
     * @return empty if the topic of a record without an id is asked for
     * @throws ConfigException if what comes out is not a topic's name, e.g. because the source's name is too long
     */
    public Optional<String> topicFor(String source, @Nullable RecordId id) {
        StringBuilder name = new StringBuilder(text.length() + source.length());
        for (String part : parts) {
            if (part.equals(sourcePlaceholder)) {
                sanitise(source, name);
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
            throw new ConfigException("topic '" + text + "' gives " + syntax.source() + " '" + source
                    + "' the topic name '" + topic + "', but " + problem + "; allowed: " + NAME_ALLOWED);
        });
        return Optional.of(topic);
    }

    /** Whether that is the topic of the records of {@code source}, which must not depend on theirs. */
    public boolean gives(String source, String topic) {
        try {
            return topicFor(source, null).filter(topic::equals).isPresent();
        } catch (ConfigException e) {
            return false; // it has none at all
        }
    }

    /**
     * Sources that would share a topic only because characters of their names were replaced, by that topic; empty if there
     * are none. Sources that share a topic because the template says so are meant to.
     */
    public Map<String, List<String>> collisions(Collection<String> sources) {
        Map<String, List<String>> byName = new TreeMap<>();
        if (parts.contains(sourcePlaceholder)) {
            sources.stream().distinct().sorted().forEach(source -> byName.computeIfAbsent(
                            sanitised(source), name -> new ArrayList<>())
                    .add(source));
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

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TopicTemplate that && syntax.equals(that.syntax) && text.equals(that.text);
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
