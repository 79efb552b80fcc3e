package io.fenceline.connect.sink.lane;

import org.jspecify.annotations.Nullable;

/**
 * How far a target holds the records of a partition. A value.
 *
 * @param watermark   last Kafka offset known durable in it, null if none is
 * @param anchor      of the record at the watermark
 * @param pastUnknown nothing at all is known of what was written before
 */
public record TargetEnd(@Nullable Long watermark, Anchor anchor, boolean pastUnknown) {

    /**
     * Whether the watermark was set by an offset request and nothing was written since: then it says where to go on, and
     * nothing about what is in the target. A checkpoint of a record without a timestamp looks the same, and is not called
     * durable either.
     */
    public boolean positionRequested() {
        return watermark != null && anchor instanceof Anchor.Unknown;
    }

    /** The watermark as operators see it. */
    @Nullable
    Object shown() {
        return positionRequested() ? "position set by an offset request" : watermark;
    }

    /**
     * For a message.
     *
     * @param noun see {@link LaneTarget#noun}
     */
    public String describe(String noun) {
        return watermark == null
                ? "no offset is known"
                : positionRequested()
                        ? "its position behind offset " + watermark + " was set by an offset request"
                        : "the " + noun + " ends at offset " + watermark;
    }
}
