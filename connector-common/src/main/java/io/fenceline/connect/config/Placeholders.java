package io.fenceline.connect.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Takes a template apart into literals and placeholders such as <code>${topic}</code>. */
public final class Placeholders {

    private Placeholders() {}

    /**
     * The parts of {@code text} in order; no two literals are neighbours, and no literal looks like a placeholder.
     *
     * @throws IllegalArgumentException for a placeholder that is not {@code known}; the message names it
     */
    public static List<String> split(String text, Collection<String> known) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int begin = text.indexOf("${", from);
            if (begin < 0) {
                parts.add(text.substring(from));
                break;
            }
            if (begin > from) {
                parts.add(text.substring(from, begin));
            }
            int at = begin;
            String placeholder = known.stream()
                    .filter(candidate -> text.startsWith(candidate, at))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("it contains " + unknown(text, at)));
            parts.add(placeholder);
            from = begin + placeholder.length();
        }
        return List.copyOf(parts);
    }

    private static String unknown(String text, int begin) {
        int end = text.indexOf('}', begin);
        return text.substring(begin, end < 0 ? text.length() : end + 1);
    }
}
