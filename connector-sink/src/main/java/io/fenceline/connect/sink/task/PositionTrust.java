package io.fenceline.connect.sink.task;

import java.util.Arrays;
import java.util.Map;

/**
 * What the connector's own configuration lets us conclude from the consumer's position and from timestamps. Pure.
 *
 * @param resetMayJump   the consumer's reset policy may skip records: a jump forward is looked into
 * @param canBeCompared  a task can go back to the stream's last record and compare it: the consumer returns from a record
 *                       that has expired, and a record has the timestamp it had when it was written
 */
public record PositionTrust(boolean resetMayJump, boolean canBeCompared) {

    /** None of Kafka's own transforms sets a record's timestamp; of others it is not known. */
    private static final String KAFKAS_TRANSFORMS = "org.apache.kafka.connect.transforms.";

    public static PositionTrust of(Map<String, String> properties) {
        String reset = properties.getOrDefault("consumer.override.auto.offset.reset", "earliest");
        boolean toEarliest = reset.equals("earliest");
        // with "none" the consumer fails instead of jumping
        return new PositionTrust(!toEarliest && !reset.equals("none"), toEarliest && timestampsAreKafkas(properties));
    }

    private static boolean timestampsAreKafkas(Map<String, String> properties) {
        return Arrays.stream(properties.getOrDefault("transforms", "").split(","))
                .map(String::strip)
                .filter(alias -> !alias.isEmpty())
                .allMatch(alias -> properties
                        .getOrDefault("transforms." + alias + ".type", "")
                        .startsWith(KAFKAS_TRANSFORMS));
    }
}
