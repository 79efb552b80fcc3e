package io.fenceline.connect.command;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The options that a command was given: {@code --name VALUE}, {@code --flag}, and {@code --name KEY=VALUE}, which may be repeated. Of an
 * option that is given twice the last counts. What is wrong is an {@link IllegalArgumentException} with a message for the user.
 * Immutable once parsed.
 */
public final class CommandLine {

    private final Map<String, String> values = new HashMap<>();
    private final Set<String> flags = new HashSet<>();
    private final Map<String, Map<String, Object>> properties = new HashMap<>();

    private CommandLine() {}

    /**
     * @param valued   names of options with a value
     * @param flags    names of options without one
     * @param repeated names of options with {@code KEY=VALUE}
     * @throws IllegalArgumentException if an option is unknown, or its value is missing or no {@code KEY=VALUE}
     */
    public static CommandLine parse(List<String> args, Set<String> valued, Set<String> flags, Set<String> repeated) {
        CommandLine line = new CommandLine();
        for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
            String option = rest.next();
            if (flags.contains(option)) {
                line.flags.add(option);
            } else if (valued.contains(option)) {
                line.values.put(option, valueOf(option, rest));
            } else if (repeated.contains(option)) {
                line.addProperty(option, valueOf(option, rest));
            } else {
                throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return line;
    }

    public boolean has(String option) {
        return flags.contains(option) || values.containsKey(option);
    }

    /** Null if it was not given. */
    public @Nullable String value(String option) {
        return values.get(option);
    }

    public String value(String option, String otherwise) {
        return values.getOrDefault(option, otherwise);
    }

    /** @throws IllegalArgumentException if it was not given */
    public String required(String option) {
        String value = values.get(option);
        if (value == null) {
            throw new IllegalArgumentException(option + " is missing");
        }
        return value;
    }

    /** The first of {@code allowed} is the default. */
    public String oneOf(String option, String... allowed) {
        String value = value(option, allowed[0]);
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(option + " must be one of " + String.join(", ", allowed));
        }
        return value;
    }

    /**
     * A whole number of at least 0; null if the option was not given.
     *
     * @throws IllegalArgumentException if it is none, or above {@code most}
     */
    public @Nullable Long number(String option, long most) {
        String value = values.get(option);
        if (value == null) {
            return null;
        }
        // nothing that is counted here has more digits
        if (!value.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException(option + " must be a whole number from 0 on, and is '" + value + "'");
        }
        long number = Long.parseLong(value);
        if (number > most) {
            throw new IllegalArgumentException(option + " is at most " + most + ", and is '" + value + "'");
        }
        return number;
    }

    /** What was given with a repeated option, in any order; empty if it was not given. */
    public Map<String, Object> properties(String option) {
        return properties.getOrDefault(option, Map.of());
    }

    private void addProperty(String option, String assignment) {
        int equals = assignment.indexOf('=');
        if (equals <= 0) {
            throw new IllegalArgumentException(option + " needs KEY=VALUE");
        }
        properties
                .computeIfAbsent(option, name -> new HashMap<>())
                .put(assignment.substring(0, equals), assignment.substring(equals + 1));
    }

    private static String valueOf(String option, Iterator<String> rest) {
        if (!rest.hasNext()) {
            throw new IllegalArgumentException(option + " needs a value");
        }
        return rest.next();
    }

    /** Without values, which can be secrets. */
    @Override
    public String toString() {
        return "CommandLine" + values.keySet() + flags;
    }
}
