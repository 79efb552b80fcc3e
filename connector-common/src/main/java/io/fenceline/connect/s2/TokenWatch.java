package io.fenceline.connect.s2;

import io.fenceline.connect.TroubleSpell;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is made of each look at the file of an access token: which token holds, and what an operator is told. A file without a token
 * changes nothing: the last good one holds. Pure; one owner at a time. Moments are of one monotonic clock, in nanoseconds.
 */
final class TokenWatch {

    /** A line for the log, without a token. */
    record News(boolean warning, String text) {}

    private final String file;
    private final TroubleSpell trouble;
    private String token;

    /**
     * @param file    its path, for messages
     * @param content of the first look
     * @throws IllegalArgumentException saying what is wrong with it, if it holds no token
     */
    TokenWatch(String file, String content, long now) {
        this.file = file;
        this.trouble = new TroubleSpell(now);
        this.token = content.strip();
        problem(token).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
    }

    String token() {
        return token;
    }

    /** The file holds this. */
    Optional<News> found(String content, long now) {
        String found = content.strip();
        Optional<String> problem = problem(found);
        if (problem.isPresent()) {
            return unreadable(problem.get(), now);
        }
        OptionalLong troubled = trouble.succeeded(now);
        boolean changed = !found.equals(token);
        token = found;
        if (!changed && troubled.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new News(
                false,
                "access token file " + file
                        + (troubled.isPresent() ? " is good again after " + troubled.getAsLong() + " s and" : "")
                        + (changed
                                ? " holds a new token: new requests and sessions use it"
                                : " holds the token that is in use")));
    }

    /** The look found no token, or nothing. */
    Optional<News> unreadable(String why, long now) {
        int failures = trouble.failed(now);
        return failures == 0
                ? Optional.empty()
                : Optional.of(new News(
                        true,
                        "access token file " + file + ": " + why + " (" + failures
                                + " times since this was said last); the last good token stays in use"));
    }

    /** The token does not show. */
    @Override
    public String toString() {
        return "TokenWatch[" + file + "]";
    }

    private static Optional<String> problem(String text) {
        if (text.isEmpty()) {
            return Optional.of("it is empty");
        }
        return text.chars().allMatch(c -> c > ' ' && c < 0x7f)
                ? Optional.empty()
                : Optional.of("it holds more than a token: a line end, a space or a character that is not ASCII");
    }
}
