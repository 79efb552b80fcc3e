package io.fenceline.connect.source.s2;

import io.fenceline.s2.ReadStart;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import org.apache.kafka.common.config.ConfigException;

/** Reads {@code start.from}. */
final class StartPoint {

    static final String ALLOWED =
            "earliest, latest, or an ISO-8601 instant with its offset such as 2026-11-21T00:00:00Z,"
                    + " not before 1970";

    private StartPoint() {}

    /** @throws ConfigException naming {@code key} if {@code text} is none of these */
    static ReadStart parse(String key, String text) {
        return switch (text) {
            case "earliest" -> new ReadStart.At(0);
            case "latest" -> new ReadStart.Latest();
            default -> new ReadStart.AtTime(millis(key, text));
        };
    }

    private static long millis(String key, String text) {
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            if (instant.isBefore(Instant.EPOCH)) {
                throw refused(key, text);
            }
            // S2 counts milliseconds: the first one that is not before the instant
            long millis = instant.toEpochMilli();
            return Instant.ofEpochMilli(millis).equals(instant) ? millis : millis + 1;
        } catch (DateTimeException e) {
            throw refused(key, text);
        }
    }

    private static ConfigException refused(String key, String text) {
        return new ConfigException("Invalid value " + text + " for configuration " + key + ": allowed: " + ALLOWED);
    }
}
