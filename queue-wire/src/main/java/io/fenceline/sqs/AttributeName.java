package io.fenceline.sqs;

import java.util.Optional;

/** What the name of a message attribute may be (SQS developer guide, "Message attribute components"). */
public final class AttributeName {

    public static final int MAX_LENGTH = 256;

    public static final String ALLOWED = "1 to " + MAX_LENGTH
            + " letters, digits, '_', '-' and '.', without a dot at either end or two in a row, and not beginning with"
            + " 'AWS.' or 'Amazon.' in any case";

    private AttributeName() {}

    /** What is wrong with the name, to be put behind "it"; empty if SQS takes it. */
    public static Optional<String> problem(String name) {
        int length = name.length();
        if (length == 0) {
            return Optional.of("is empty");
        }
        if (length > MAX_LENGTH) {
            return Optional.of("has " + length + " characters");
        }
        char before = '.';
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (c == '.') {
                if (before == '.') {
                    return Optional.of(i == 0 ? "begins with a dot" : "has two dots in a row");
                }
            } else if (!isPlain(c)) {
                return Optional.of("has a character that is none of letters, digits, '_', '-' and '.'");
            }
            before = c;
        }
        if (before == '.') {
            return Optional.of("ends with a dot");
        }
        return isReserved(name) ? Optional.of("begins with a prefix that is AWS's own") : Optional.empty();
    }

    private static boolean isPlain(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-';
    }

    private static boolean isReserved(String name) {
        return name.regionMatches(true, 0, "AWS.", 0, 4) || name.regionMatches(true, 0, "Amazon.", 0, 7);
    }
}
