package io.fenceline.connect.sink.stream;

import io.fenceline.append.Guard;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.OwnTokens;
import io.fenceline.connect.sink.claim.Ownership;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.claim.StopMarkRequest;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.connect.sink.lane.OffsetTracker;
import io.fenceline.connect.sink.lane.TargetEnd;
import io.fenceline.s2.wire.FencingToken;
import java.util.LinkedHashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What a target knows of its stream: the token it writes under, the checkpoint that token carries, how far the stream is
 * settled, and which tokens of ours may be in force although we were never told.
 *
 * <p>Owned by the task thread.
 */
final class StreamHold {

    private final OwnTokens ownTokens = new OwnTokens();

    private boolean owned;
    private FencingToken token = FencingToken.NONE;
    private Checkpoint inForce = Checkpoint.NOTHING;
    /** One past the last position we know to be settled; with nothing in flight, where the next batch goes. */
    private long settledSeqNum;

    /** From the settled position to here nothing of ours was written; at or below the settled position it says nothing. */
    private long clearBelow;

    private @Nullable Long watermark;
    private Anchor anchor = Anchor.UNKNOWN;
    /** Who holds the stream instead of us, if anybody does. */
    private FencingToken holder = FencingToken.NONE;

    /** How far it holds the partition's records, as far as we know. */
    TargetEnd end() {
        return new TargetEnd(watermark, anchor, pastUnknown());
    }

    /** See {@link TargetEnd#positionRequested}. */
    boolean positionRequested() {
        return end().positionRequested();
    }

    /** Last Kafka offset known durable in the stream, null if none is. */
    @Nullable
    Long watermark() {
        return watermark;
    }

    long settledSeqNum() {
        return settledSeqNum;
    }

    FencingToken token() {
        return token;
    }

    /** No record and no checkpoint. */
    private boolean pastUnknown() {
        return watermark == null && inForce.position() == null;
    }

    /** What the next append session writes under. */
    Guard guard() {
        return new Guard(token, settledSeqNum);
    }

    /** What to claim, and what we know already. */
    ClaimRequest claim(TopicPartition partition, String stream, boolean mayCreate) {
        return new ClaimRequest(
                partition,
                stream,
                mayCreate,
                owned ? (holder.isNone() ? token : holder) : FencingToken.NONE,
                ownTokens.snapshot(),
                owned ? fact(settledSeqNum) : Checkpoint.NOTHING,
                owned ? clearBelow : 0,
                owned);
    }

    /** What to leave in the stream when the lane stops. */
    StopMarkRequest stopMark(TerminalCode code, String stream, boolean mayCreate) {
        Set<FencingToken> ours = new LinkedHashSet<>(ownTokens.snapshot());
        if (owned) {
            ours.add(token);
        }
        Checkpoint known = owned ? fact(settledSeqNum) : inForce;
        Long position = known.position();
        boolean requested = known.anchor() instanceof Anchor.Unknown;
        Checkpoint durable = requested && position != null ? Checkpoint.groupPositionFrom(position) : known;
        return new StopMarkRequest(stream, new StopMark(code, durable), token, ours, mayCreate);
    }

    /** A claim was refused; {@code said} is what the token it met says. */
    void refused(Checkpoint said) {
        if (!owned) {
            inForce = said;
        }
    }

    // ------------------------------------------------------------------ tokens of ours

    Set<FencingToken> ownTokens() {
        return ownTokens.snapshot();
    }

    void mayBeInForce(Set<FencingToken> tokens) {
        ownTokens.addAll(tokens);
    }

    void mayBeInForce(FencingToken sent) {
        ownTokens.add(sent);
    }

    boolean isOurs(FencingToken actual) {
        return ownTokens.contains(actual);
    }

    // ------------------------------------------------------------------ what happens to it

    /** What the stream says now contradicts what it acknowledged to us; null if it does not. */
    @Nullable
    String contradiction(Ownership now) {
        Long known = watermark;
        if (known == null || (now.watermark() != null && now.watermark() >= known)) {
            return null;
        }
        return "offset " + known + (positionRequested() ? " was set by an offset request" : " was acknowledged")
                + ", but the stream now ends at "
                + (now.watermark() == null ? "no record of this partition" : "offset " + now.watermark());
    }

    /** A claim succeeded. */
    void take(Ownership ownership) {
        owned = true;
        inForce = ownership.inForce();
        watermark = ownership.watermark();
        anchor = ownership.anchor();
        holder = FencingToken.NONE;
        writeUnder(ownership.token(), ownership.nextSeqNum());
    }

    /** The next batch in order is durable. */
    void settle(OffsetTracker.Entry entry, long nextSeqNum) {
        watermark = entry.lastOffset();
        anchor = Anchor.exactly(entry.lastTimestamp());
        settledSeqNum = nextSeqNum;
    }

    /** A checkpoint of ours is in force. */
    void renew(FencingToken fresh, Checkpoint installed, long nextSeqNum) {
        inForce = installed;
        writeUnder(fresh, nextSeqNum);
    }

    /**
     * The chain is broken, not by us: of what we sent and were not told of, nothing can stand below {@code position}.
     * Long.MAX_VALUE if there is no such thing.
     */
    void nothingInDoubtBelow(long position) {
        clearBelow = position;
    }

    /** The token in force when the stream was lost last; {@link FencingToken#NONE} while it is ours. */
    FencingToken holder() {
        return holder;
    }

    /** The other may write as we do: the partition's records, in places of which we know nothing. */
    void loseTo(FencingToken other) {
        holder = other;
        clearBelow = 0;
    }

    /** Every token sent before this one is out of force for good. */
    private void writeUnder(FencingToken current, long nextSeqNum) {
        token = current;
        settledSeqNum = nextSeqNum;
        clearBelow = 0;
        ownTokens.clear();
    }

    // ------------------------------------------------------------------ checkpoints

    /** Behind the fence that installs it: a trim of everything, that fence included, then leaves no gap. */
    Checkpoint nextCheckpoint() {
        return fact(settledSeqNum + 1);
    }

    /** Whether {@link #nextCheckpoint} says more than the token in force. */
    boolean outgrewCheckpoint() {
        Long position = inForce.position();
        return position == null || position != settledSeqNum;
    }

    /** What is true of everything below {@code position}. */
    private Checkpoint fact(long position) {
        Long last = watermark;
        return last == null ? Checkpoint.groupPositionFrom(position) : Checkpoint.of(last, position, anchor);
    }
}
