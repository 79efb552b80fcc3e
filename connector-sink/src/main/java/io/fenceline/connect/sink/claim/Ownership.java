package io.fenceline.connect.sink.claim;

import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.wire.FencingToken;
import org.jspecify.annotations.Nullable;

/**
 * A stream that is ours since the fence at {@code fence}.
 *
 * @param token           the token every append has to carry
 * @param inForce         the checkpoint that {@code token} carries
 * @param fence           sequence number of our fence; the first data record goes behind it
 * @param watermark       last Kafka offset of the lane in the stream, or null if the stream holds none: start at the
 *                        consumer group's position
 * @param anchor          of the record at {@code watermark}
 * @param foreignPosition highest position of a data record of another writer that was passed over, -1 if none
 */
public record Ownership(
        FencingToken token,
        Checkpoint inForce,
        long fence,
        @Nullable Long watermark,
        Anchor anchor,
        long foreignPosition) {

    /** Sequence number of the first data record. */
    public long nextSeqNum() {
        return fence + 1;
    }
}
