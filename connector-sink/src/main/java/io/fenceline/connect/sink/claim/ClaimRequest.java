package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.FencingToken;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * What a claim is about.
 *
 * @param lane          original topic-partition
 * @param stream        name of its stream
 * @param mayCreate     create the stream if it is missing; never on a re-claim, where a missing stream is an accident
 * @param guess         the token we believe in force; {@link FencingToken#NONE} on the first claim
 * @param ownTokens     tokens of ours whose answer was lost: finding one in force is not a takeover by somebody else
 * @param known         what this task itself knows of the stream's prefix, from its own acks
 * @param clearBelow    between the end of {@code known} and this position nothing of the lane was written, readable or not,
 *                      as long as nobody else held the stream; 0 if that is not known
 * @param ownedBefore   this task has owned the stream: data of others above {@code known} is a foreign writer
 */
public record ClaimRequest(
        TopicPartition lane,
        String stream,
        boolean mayCreate,
        FencingToken guess,
        Set<FencingToken> ownTokens,
        Checkpoint known,
        long clearBelow,
        boolean ownedBefore) {

    /** Name of the configuration key for {@code mayCreate}. */
    public static final String MAY_CREATE_KEY = "s2.stream.auto.create";
}
