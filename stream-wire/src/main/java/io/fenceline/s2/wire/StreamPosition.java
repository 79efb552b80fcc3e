package io.fenceline.s2.wire;

/**
 * A place in a stream: the sequence number of a record and its timestamp. Both are unsigned 64-bit on the wire
 * (s2.proto {@code StreamPosition}); compare them with {@link Long#compareUnsigned}.
 */
public record StreamPosition(long seqNum, long timestamp) {}
