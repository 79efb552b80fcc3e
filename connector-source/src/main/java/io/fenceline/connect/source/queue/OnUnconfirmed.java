package io.fenceline.connect.source.queue;

/** What becomes of a message whose record was dropped between here and Kafka; the values of {@code on.unconfirmed.record}. */
public enum OnUnconfirmed {
    /** The source stops and names it. */
    FAIL,
    /** It is deleted as if Kafka had it. */
    DELETE,
    /** It is forgotten, and comes back when its visibility timeout is over. */
    KEEP
}
