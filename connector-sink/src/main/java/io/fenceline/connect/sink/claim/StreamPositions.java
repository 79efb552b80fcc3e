package io.fenceline.connect.sink.claim;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.claim.StreamStanding.Doubt;
import io.fenceline.connect.sink.claim.StreamStanding.LastRecord;
import io.fenceline.connect.sink.claim.WatermarkSearch.Finding;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Looks where a stream stands without touching it, and replaces its token by one that an operator chose. Unlike a
 * {@link CheckpointInstaller}, which a stopped connector needs and which takes a stream from whoever has it, a change is made only
 * if the stream is still as the operator was shown it: a task that writes it meanwhile wins. One attempt for each call; futures fail
 * with an {@link S2Exception} or a {@link CheckpointToken.NewerTokenException}. Any thread; never blocks.
 */
public final class StreamPositions {

    /** Largest answer to one read, in bytes. */
    private static final int READ_BYTES = 1 << 20;

    private final BasinAccess basin;
    private final RandomGenerator random;
    private final LongSupplier nanoTime;
    private final Duration searchLimit;

    /** @param searchLimit bound for reading backwards */
    public StreamPositions(BasinAccess basin, RandomGenerator random, LongSupplier nanoTime, Duration searchLimit) {
        this.basin = basin;
        this.random = random;
        this.nanoTime = nanoTime;
        this.searchLimit = searchLimit;
    }

    /** Where the stream of this partition stands. */
    public CompletableFuture<StreamStanding> look(TopicPartition lane, String stream) {
        // the token first: what it says of a prefix stays true, whoever writes on before the tail is asked
        return tokenInForce(stream).thenCompose(token -> {
            Checkpoint fact = CheckpointToken.read(token);
            StopMark mark = StopMark.read(token);
            return basin.checkTail(stream).thenCompose(tail -> {
                if (fact.floor() > tail.seqNum()) {
                    Doubt reset = new Doubt(
                            TerminalCode.STREAM_RESET,
                            "its token speaks of position " + fact.floor() + ", above the next one");
                    return CompletableFuture.completedFuture(
                            new StreamStanding(token, tail.seqNum(), fact, mark, null, reset));
                }
                WatermarkSearch search = new WatermarkSearch(lane, fact.floor(), 0, tail.seqNum());
                Finding nothingToRead = search.initial();
                return (nothingToRead == null
                                ? search(stream, search, nanoTime.getAsLong())
                                : CompletableFuture.<@Nullable Finding>completedFuture(nothingToRead))
                        .thenApply(finding -> standing(token, tail.seqNum(), fact, mark, finding));
            });
        });
    }

    /**
     * Installs a token with this checkpoint if the stream is still as {@code seen}.
     *
     * @param fact true of everything below the position behind {@code seen}'s tail, where the fence itself goes
     * @return false if somebody has fenced or written the stream since, and nothing was changed
     */
    public CompletableFuture<Boolean> install(String stream, StreamStanding seen, Checkpoint fact) {
        return replace(stream, seen, CheckpointToken.fresh(fact, random));
    }

    /** Takes the token away, so that nothing is known of the stream, if it is still as {@code seen}; answers as {@link #install}. */
    public CompletableFuture<Boolean> clear(String stream, StreamStanding seen) {
        return replace(stream, seen, FencingToken.NONE);
    }

    private CompletableFuture<Boolean> replace(String stream, StreamStanding seen, FencingToken by) {
        AppendBatch command = AppendBatch.fence(by, 0).freeze(OptionalLong.of(seen.tail()), seen.token());
        return basin.append(stream, command)
                .thenApply(ack -> requireOneAt(ack, seen.tail()))
                .exceptionallyCompose(failure -> {
                    ServerError error = S2Exception.from(failure).serverError();
                    boolean changed = error != null
                            && (error.answer() == Answer.TOKEN_MISMATCH || error.answer() == Answer.POSITION_MISMATCH);
                    return changed ? CompletableFuture.completedFuture(false) : CompletableFuture.failedFuture(failure);
                });
    }

    private static boolean requireOneAt(AppendAck ack, long position) {
        if (!ack.isOf(1, position)) {
            throw notOfOurs("S2 acknowledged the records " + ack.span() + " where one at " + position + " was sent");
        }
        return true;
    }

    /** A fence on a token that nobody holds changes nothing; its refusal names the token in force. */
    private CompletableFuture<FencingToken> tokenInForce(String stream) {
        FencingToken nobodys = CheckpointToken.fresh(Checkpoint.NOTHING, random);
        AppendBatch command = AppendBatch.fence(nobodys, 0)
                .freeze(OptionalLong.empty(), CheckpointToken.fresh(Checkpoint.NOTHING, random));
        return basin.append(stream, command).handle((ack, failure) -> {
            if (failure == null) {
                throw notOfOurs("S2 took a fence on condition of a token that nobody holds");
            }
            S2Exception refused = S2Exception.from(failure);
            ServerError error = refused.serverError();
            if (error == null || error.answer() != Answer.TOKEN_MISMATCH) {
                throw refused;
            }
            return Objects.requireNonNull(error.tokenMismatch());
        });
    }

    /** Null if the time for reading is over. */
    private CompletableFuture<@Nullable Finding> search(String stream, WatermarkSearch search, long started) {
        return basin.read(stream, search.nextSeqNum(), search.nextCount(), READ_BYTES)
                .exceptionallyCompose(StreamPositions::unlessNothingIsLeft)
                .thenCompose(batch -> {
                    Finding finding = search.add(batch.records());
                    return finding != null || nanoTime.getAsLong() - started > searchLimit.toNanos()
                            ? CompletableFuture.completedFuture(finding)
                            : search(stream, search, started);
                });
    }

    /** Everything from the requested position on is gone, which S2 says with the tail. */
    private static CompletableFuture<ReadBatch> unlessNothingIsLeft(Throwable failure) {
        ServerError error = S2Exception.from(failure).serverError();
        return error != null && error.answer() == Answer.OUT_OF_RANGE && error.tail() != null
                ? CompletableFuture.completedFuture(new ReadBatch(List.of(), error.tail()))
                : CompletableFuture.failedFuture(failure);
    }

    private StreamStanding standing(
            FencingToken token, long tail, Checkpoint fact, @Nullable StopMark mark, @Nullable Finding finding) {
        if (finding == null) {
            Doubt unread = new Doubt(
                    TerminalCode.WATERMARK_UNKNOWN,
                    "no record of this partition was found within " + searchLimit.toSeconds()
                            + " s of reading backwards from position " + tail);
            return new StreamStanding(token, tail, fact, mark, null, unread);
        }
        return finding.map(new Finding.Cases<>() {
            @Override
            public StreamStanding found(Finding.Found found) {
                LastRecord last = new LastRecord(found.offset(), found.position(), found.timestamp());
                return new StreamStanding(token, tail, fact, mark, last, null);
            }

            @Override
            public StreamStanding noData() {
                return new StreamStanding(token, tail, fact, mark, null, null);
            }

            @Override
            public StreamStanding hole(long position) {
                Doubt hole = new Doubt(
                        TerminalCode.WATERMARK_UNKNOWN,
                        "position " + position
                                + " can no longer be read (trimmed, or expired by retention), and nothing"
                                + " of the partition was found behind it");
                return new StreamStanding(token, tail, fact, mark, null, hole);
            }
        });
    }

    private static S2Exception notOfOurs(String what) {
        return new S2Exception(new TransportFailure(TransportFailure.Kind.PROTOCOL, what, null));
    }
}
