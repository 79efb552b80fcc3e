package io.fenceline.connect.sink.claim;

import io.fenceline.s2.S2Exception;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces whatever token a stream has, a stop mark included, by one with a chosen checkpoint: how an operator's new offset reaches the stream.
 * The fence is conditional on the token and on the position seen, because the checkpoint names the position behind the
 * fence itself. Any thread; never blocks.
 */
public final class CheckpointInstaller {

    private static final Logger log = LoggerFactory.getLogger(CheckpointInstaller.class);

    private final BasinAccess basin;
    private final RandomGenerator random;
    private final LongSupplier nanoTime;
    private final long deadline;

    /** @param deadline of {@code nanoTime}, after which no further attempt is made */
    public CheckpointInstaller(BasinAccess basin, RandomGenerator random, LongSupplier nanoTime, long deadline) {
        this.basin = basin;
        this.random = random;
        this.nanoTime = nanoTime;
        this.deadline = deadline;
    }

    /**
     * Installs the checkpoint that {@code factAt} gives for the position behind our fence.
     *
     * @return true when it is in force, false if the stream does not exist; otherwise fails with an {@link S2Exception} or a
     *     {@link CheckpointToken.NewerTokenException}.
     *     Repeating it is harmless
     */
    public CompletableFuture<Boolean> install(String stream, LongFunction<Checkpoint> factAt) {
        return tail(stream)
                .thenCompose(tail -> fence(stream, factAt, FencingToken.NONE, tail.seqNum()))
                .exceptionallyCompose(CheckpointInstaller::unlessMissing);
    }

    /** False for the failure that says that the stream does not exist, and any other failure as it is. */
    public static CompletableFuture<Boolean> unlessMissing(Throwable failure) {
        return isMissing(failure) ? CompletableFuture.completedFuture(false) : CompletableFuture.failedFuture(failure);
    }

    private CompletableFuture<StreamPosition> tail(String stream) {
        return basin.checkTail(stream).exceptionallyCompose(failure -> {
            ServerError error = serverError(failure);
            boolean newToken = error != null && error.answer() == Answer.CREDENTIALS_REPLACED;
            return newToken && nanoTime.getAsLong() - deadline < 0
                    ? tail(stream)
                    : CompletableFuture.failedFuture(failure);
        });
    }

    private CompletableFuture<Boolean> fence(
            String stream, LongFunction<Checkpoint> factAt, FencingToken expected, long position) {
        FencingToken fresh = CheckpointToken.fresh(factAt.apply(position + 1), random);
        AppendBatch command = AppendBatch.fence(fresh, 0).freeze(OptionalLong.of(position), expected);
        return basin.append(stream, command)
                .thenApply(ack -> installed(ack, position))
                .exceptionallyCompose(failure -> {
                    ServerError error = serverError(failure);
                    boolean goOn = nanoTime.getAsLong() - deadline < 0;
                    return error == null || !goOn
                            ? CompletableFuture.failedFuture(failure)
                            : onRefused(stream, factAt, expected, position, error);
                });
    }

    private CompletableFuture<Boolean> onRefused(
            String stream, LongFunction<Checkpoint> factAt, FencingToken expected, long position, ServerError error) {
        return switch (error.answer()) {
            case TOKEN_MISMATCH -> {
                FencingToken inForce = Objects.requireNonNull(error.tokenMismatch());
                try {
                    CheckpointToken.read(inForce);
                    logIfStopped(stream, StopMark.read(inForce));
                } catch (CheckpointToken.NewerTokenException newer) {
                    yield CompletableFuture.failedFuture(newer);
                }
                yield fence(stream, factAt, inForce, position);
            }
            case POSITION_MISMATCH -> fence(stream, factAt, expected, Objects.requireNonNull(error.seqNumMismatch()));
            case CREDENTIALS_REPLACED -> fence(stream, factAt, expected, position);
            case OUT_OF_RANGE,
                    UNAUTHENTICATED,
                    ACCESS_TOKEN_UNKNOWN,
                    FORBIDDEN,
                    STREAM_MISSING,
                    STREAM_BEING_DELETED,
                    BASIN_MISSING,
                    BASIN_BEING_DELETED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    KEY_REFUSED,
                    REQUEST_REFUSED,
                    CONTENT_REFUSED,
                    CONFLICT,
                    BUSY,
                    DRAINING,
                    UNAVAILABLE,
                    STRANGE -> CompletableFuture.failedFuture(new S2Exception(error));
        };
    }

    /** An ack that is not of our one record at its position says nothing of it: the checkpoint may not be in force. */
    private static boolean installed(AppendAck ack, long position) {
        if (!ack.isOf(1, position)) {
            throw new S2Exception(new TransportFailure(
                    TransportFailure.Kind.PROTOCOL,
                    "S2 acknowledged the records " + ack.span() + " where one at " + position + " was sent",
                    null));
        }
        return true;
    }

    private static void logIfStopped(String stream, @Nullable StopMark mark) {
        if (mark != null) {
            log.info(
                    "stream {}: a task had stopped there with {}; this request decides where to go on",
                    stream,
                    mark.code());
        }
    }

    private static boolean isMissing(Throwable failure) {
        ServerError error = serverError(failure);
        return error != null && error.answer().isStreamMissing();
    }

    private static @Nullable ServerError serverError(Throwable failure) {
        return S2Exception.from(failure).serverError();
    }
}
