package io.fenceline.connect.verify;

import java.util.Locale;

/** Why a record that one side has could not be looked for on the other. Printed, and explained in {@code docs/verify.md}. */
enum NotComparable {
    /** Kafka has it, and it may have been at a position of the stream that is gone: one record a position. */
    GONE_FROM_STREAM("gone from the stream"),
    /** The stream has it, and it is below the first offset Kafka still holds. */
    GONE_FROM_KAFKA("gone from Kafka"),
    /** The stream has it, and Kafka got it, or committed it, while the run was under way. */
    BEHIND_THE_END("behind the end"),
    /** The stream has it, Kafka does not, and the topic is compacted. */
    COMPACTED("compacted"),
    /** It is a record of another topic, in a stream that topics share. */
    OTHER_TOPIC("of another topic");

    private final String label;

    NotComparable(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    String jsonName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
