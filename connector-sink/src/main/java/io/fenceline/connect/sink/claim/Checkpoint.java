package io.fenceline.connect.sink.claim;

import io.fenceline.connect.sink.lane.Anchor;
import org.jspecify.annotations.Nullable;

/**
 * A fact about a prefix of a stream, carried by its fencing token because tokens outlive trimming and retention and
 * records do not.
 *
 * <ul>
 *   <li>{@link #NOTHING}: nothing is known.
 *   <li>{@code watermark} and {@code position}: every data record below {@code position} has a Kafka offset of at most
 *       {@code watermark}, and {@code watermark} is the last of them.
 *   <li>only {@code position}: records below it are no evidence; start at the consumer group's position.
 * </ul>
 *
 * A fact about a prefix stays true whoever writes behind it, so a claim copies it unread from the token it replaces.
 *
 * @param watermark Kafka offset, or null
 * @param position  stream sequence number, or null
 * @param anchor    of the record at {@code watermark}
 */
public record Checkpoint(@Nullable Long watermark, @Nullable Long position, Anchor anchor) {

    public static final Checkpoint NOTHING = new Checkpoint(null, null, Anchor.UNKNOWN);

    public Checkpoint {
        if (watermark != null && position == null) {
            throw new IllegalArgumentException("a watermark needs the position below which it holds");
        }
        if ((watermark != null && watermark < 0) || (position != null && position < 0)) {
            throw new IllegalArgumentException("negative watermark or position: " + watermark + ", " + position);
        }
        if (watermark == null) {
            anchor = Anchor.UNKNOWN;
        }
    }

    /** Every data record below {@code position} has an offset of at most {@code watermark}, the last of them. */
    public static Checkpoint of(long watermark, long position, Anchor anchor) {
        return new Checkpoint(watermark, position, anchor);
    }

    /** Records below {@code position} are no evidence. */
    public static Checkpoint groupPositionFrom(long position) {
        return new Checkpoint(null, position, Anchor.UNKNOWN);
    }

    /**
     * What has to hold of everything below {@code position} so that the next owner starts at an offset that somebody chose.
     *
     * @param offset null: at the consumer group's position
     */
    public static Checkpoint startingAt(@Nullable Long offset, long position) {
        return offset == null || offset == 0 ? groupPositionFrom(position) : of(offset - 1, position, Anchor.UNKNOWN);
    }

    /** First position that says something new: everything below it is covered by this checkpoint. */
    public long floor() {
        return position == null ? 0 : position;
    }

    /** The one of two true facts that speaks of the longer prefix. */
    public Checkpoint longer(Checkpoint other) {
        return other.floor() > floor() ? other : this;
    }
}
