package io.fenceline.connect.config;

/** {@code delivery.guarantee} of a sink. */
public enum DeliveryGuarantee {
    /** One stream per topic-partition, owned by a fence; every append names its position. */
    EXACTLY_ONCE,
    /** No fence and no position: a restart repeats what was not committed. */
    AT_LEAST_ONCE
}
