package io.fenceline.connect.config;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.config.ConfigException;

/**
 * {@code sqs.message.group.id}: the message group of a record. Knows {@code ${topic}} and {@code ${partition}}, both the original
 * ones, and {@code ${key}}. Immutable.
 */
public final class GroupTemplate {

    public static final String ALLOWED = "text with the placeholders ${topic}, ${partition} and ${key}, not empty";

    private static final String TOPIC = "${topic}";
    private static final String PARTITION = "${partition}";
    private static final String KEY = "${key}";

    private final String text;
    /** As {@link Placeholders#split} gives them. */
    private final List<String> parts;

    private GroupTemplate(String text, List<String> parts) {
        this.text = text;
        this.parts = parts;
    }

    /** @throws ConfigException if {@code text} is not such a template; the message names {@code key} */
    public static GroupTemplate parse(String key, String text) {
        if (text.isBlank()) {
            throw refused(key, text, "it is empty, and SQS takes no empty message group");
        }
        try {
            return new GroupTemplate(text, Placeholders.split(text, List.of(TOPIC, PARTITION, KEY)));
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()));
        }
    }

    /**
     * What stands before the first key, between two, and behind the last one, in the groups of a topic-partition: one text more
     * than there are keys, each of which can be empty.
     */
    public List<String> aroundKeys(String topic, int partition) {
        List<String> texts = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        for (String part : parts) {
            switch (part) {
                case TOPIC -> current.append(topic);
                case PARTITION -> current.append(partition);
                case KEY -> {
                    texts.add(current.toString());
                    current.setLength(0);
                }
                default -> current.append(part);
            }
        }
        texts.add(current.toString());
        return texts;
    }

    private static ConfigException refused(String key, String text, String problem) {
        return new ConfigException(
                "Invalid value '" + text + "' for configuration " + key + ": " + problem + "; allowed: " + ALLOWED);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GroupTemplate that && text.equals(that.text);
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
