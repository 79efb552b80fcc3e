package io.fenceline.connect.config;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges the names of keys that a connector does not know. Connect says nothing about them, so a mistyped key is a default that
 * nobody asked for. An error keeps a connector from being posted, so only what can hardly mean anything else is one; of other
 * names the log says that they mean nothing. Keys of Connect and of other tools are left alone. Immutable.
 */
public final class KeySpelling {

    /** Which way records go; Connect itself has keys for one of the two only. */
    public enum Side {
        SINK,
        SOURCE
    }

    /** What nobody else's keys begin with. */
    private static final List<String> BRANDS = List.of("s2.", "sqs.");

    private static final String AWS = "aws.";

    private static final int MOST_EDITS = 2;
    /** Two edits make any short word of another. */
    private static final int SHORT_NAME = 8;

    /** Settings of Kafka's clients that are near a key of ours by chance; a test looks for more of them. */
    private static final Set<String> NEAR_BY_CHANCE = Set.of("fetch.max.bytes");

    private final Keys keys;
    private final String connector;
    private final Side side;
    /** Whether {@code aws.*} is this connector's. */
    private final boolean aws;

    /** @param connector for people, e.g. {@code S2 sink} */
    public KeySpelling(Keys keys, String connector, Side side) {
        this.keys = keys;
        this.connector = connector;
        this.side = side;
        this.aws = keys.names().stream().anyMatch(name -> name.startsWith(AWS));
    }

    /** Keys that mean nothing to the connector, nor to Connect and the tools around it as far as we know them; sorted. */
    public List<String> unknownIn(Map<String, String> given) {
        boolean takesMore = configuresMore(given);
        return given.keySet().stream()
                .filter(name ->
                        isUnknown(name) && !(takesMore && mistake(name, true).isEmpty()))
                .sorted()
                .toList();
    }

    /** Reports, on themselves, the unknown keys that are mistakes: those near a key of ours, under our prefixes, or of a sibling. */
    public void check(Map<String, String> given, ConfigProblems problems) {
        boolean takesMore = configuresMore(given);
        given.keySet().stream().filter(this::isUnknown).sorted().forEach(name -> mistake(name, takesMore)
                .ifPresent(message -> problems.add(name, message)));
    }

    private boolean isUnknown(String name) {
        return !keys.names().contains(name) && !OthersKeys.include(name, side);
    }

    /** A credentials provider of the user's own is given the whole configuration, and may have keys of its own in it. */
    private static boolean configuresMore(Map<String, String> given) {
        return given.containsKey(SqsConnectionConfig.CREDENTIALS_PROVIDER.name());
    }

    /** What is wrong with an unknown key; empty if it may be somebody else's. */
    private Optional<String> mistake(String name, boolean takesMore) {
        String near = nearest(name);
        if (near != null) {
            return Optional.of(name + " is unknown; did you mean " + near + "?");
        }
        String owners = SiblingKeys.ownersOf(name);
        if (owners != null) {
            return Optional.of(name + " is unknown to the " + connector + " connector: it is a key of the " + owners
                    + (side == Side.SOURCE && name.equals("linger.ms")
                            ? "; for Kafka's producer it is producer.override.linger.ms"
                            : ""));
        }
        String lower = name.toLowerCase(Locale.ROOT);
        boolean ours = BRANDS.stream().anyMatch(lower::startsWith) || aws && !takesMore && lower.startsWith(AWS);
        return ours
                ? Optional.of(name + " is unknown: the " + connector + " connector has no such key" + suggestion(name))
                : Optional.empty();
    }

    /** The key of ours that {@code name} is at most two edits away from; null if there is none. */
    private @Nullable String nearest(String name) {
        if (NEAR_BY_CHANCE.contains(name)) {
            return null;
        }
        String written = normal(name);
        return keys.names().stream()
                .map(key -> Map.entry(key, EditDistance.between(written, key, MOST_EDITS)))
                .filter(key -> key.getValue() <= (key.getKey().length() < SHORT_NAME ? 1 : MOST_EDITS))
                .min(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .orElse(null);
    }

    /** For a name that is not near enough: a key that goes on where it ends, or ends where it goes on. */
    private String suggestion(String name) {
        String written = normal(name);
        return keys.names().stream()
                .filter(key -> key.startsWith(written + ".") || written.startsWith(key + "."))
                .min(Comparator.comparingInt(key -> Math.abs(key.length() - written.length())))
                .map(key -> "; did you mean " + key + "?")
                .orElse("");
    }

    /** As our keys are written. */
    private static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replace('_', '.').replace('-', '.');
    }
}
