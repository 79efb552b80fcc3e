package io.fenceline.benchmarks;

import java.util.List;

/** Values of a command line's options; all throw {@link IllegalArgumentException} with a message for whoever typed them. Stateless. */
final class Arguments {

    private Arguments() {}

    /** @param at where the value has to be, one behind its option */
    static String value(List<String> arguments, int at) {
        if (at >= arguments.size()) {
            throw new IllegalArgumentException(arguments.get(at - 1) + " needs a value");
        }
        return arguments.get(at);
    }

    /** The same for a whole number. */
    static int number(List<String> arguments, int at, int min, int max) {
        return number(arguments.get(at - 1), value(arguments, at), min, max);
    }

    static int number(String option, String text, int min, int max) {
        try {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(option + " takes " + min + " to " + max + ", not " + text);
    }

    /** {@code key=value}. */
    static String setting(List<String> arguments, int at) {
        String line = value(arguments, at);
        if (line.indexOf('=') < 1) {
            throw new IllegalArgumentException(arguments.get(at - 1) + " takes key=value, not " + line);
        }
        return line;
    }
}
