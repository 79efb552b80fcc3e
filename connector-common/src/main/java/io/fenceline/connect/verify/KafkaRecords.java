package io.fenceline.connect.verify;

import org.jspecify.annotations.Nullable;

/** The records of one Kafka partition in offset order, from its first to the end fixed at the start. */
interface KafkaRecords {

    /** The offset of the first record Kafka may still hold; {@link #peek} may find that it has grown. */
    long beginningOffset();

    /** One past the last offset that is compared. */
    long endOffset();

    /** One past the last offset Kafka had, transactions under way included, when the stream's tail was known already. */
    long latestOffset();

    /** The next record without taking it, or null behind the last one. */
    @Nullable
    KafkaRecord peek();

    /** Takes the record {@link #peek} showed. */
    void advance();
}
