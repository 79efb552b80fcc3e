package io.fenceline.connect.sink.claim;

import io.fenceline.s2.wire.FencingToken;
import java.util.Set;

/**
 * Which mark to leave where.
 *
 * @param stream    name of the stream
 * @param mark      what to leave
 * @param guess     the token we believe in force, {@link FencingToken#NONE} if we know none
 * @param ownTokens every token of ours that may be in force: over these the mark may go
 * @param mayCreate the next task would make the stream if it is missing, so the mark has to
 */
public record StopMarkRequest(
        String stream, StopMark mark, FencingToken guess, Set<FencingToken> ownTokens, boolean mayCreate) {}
