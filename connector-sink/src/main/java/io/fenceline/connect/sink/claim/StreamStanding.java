package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.s2.wire.FencingToken;
import org.jspecify.annotations.Nullable;

/**
 * Where a stream stood when somebody looked, by the rules of a claim: the token in force, and the last record of the partition
 * behind what the token says. Nothing was changed for it, so a writer may have gone on since.
 *
 * @param token the fencing token in force; {@link FencingToken#NONE} if there is none
 * @param tail  sequence number of the next record
 * @param fact  what the token says of the stream
 * @param mark  the stop mark that the token is; null if it is none
 * @param last  the last record of the partition behind {@code fact}; null if there is none there
 * @param doubt why it is not known which offset the stream ends with; null if it is known
 */
public record StreamStanding(
        FencingToken token,
        long tail,
        Checkpoint fact,
        @Nullable StopMark mark,
        @Nullable LastRecord last,
        @Nullable Doubt doubt) {

    /**
     * A record of the partition.
     *
     * @param offset    in Kafka
     * @param position  in the stream
     * @param timestamp Kafka's, in milliseconds; null if it has none
     */
    public record LastRecord(
            long offset, long position, @Nullable Long timestamp) {}

    /** What a claim would stop with, and why. */
    public record Doubt(TerminalCode code, String reason) {}

    /** The last offset of the partition that the stream has; null: none, or not known if there is a doubt. */
    public @Nullable Long watermark() {
        return last == null ? fact.watermark() : (Long) last.offset();
    }
}
