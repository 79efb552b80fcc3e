package io.fenceline.connect.sink.stream;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import io.fenceline.retry.Patience;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks S2 whether a stream is there and what it asks of records; makes it, if that is wanted. Tries again until S2
 * answers, as long as a claim would.
 *
 * <p>A token may append without the right to see a stream's configuration: then nothing is known of it, which is an answer,
 * too.
 *
 * <p>Owned by the task thread; {@link Owner} is called there, and not after {@link #cancel}.
 */
final class StreamQuestion {

    private static final Logger log = LoggerFactory.getLogger(StreamQuestion.class);

    private static final String RIGHTS = "may append to and create this stream";

    /** Whom the answer is for. */
    interface Owner {

        /** @param config null if it must not be read */
        void onStreamKnown(@Nullable StreamConfig config);

        void onStreamUnusable(TerminalException reason);

        /** An attempt has failed, and another one will be made; before the others, any number of times. */
        void onStreamWaits(String reason);
    }

    private final String stream;
    private final boolean mayCreate;
    private final StreamPolicy policy;
    private final StreamServices services;
    private final StreamFailures failures;
    private final Owner owner;
    private final Patience patience;
    private final RefusalCount refusals = new RefusalCount();
    private boolean triedToCreate;
    private boolean cancelled;

    StreamQuestion(
            String stream,
            boolean mayCreate,
            StreamPolicy policy,
            StreamServices services,
            StreamFailures failures,
            Owner owner) {
        this.stream = stream;
        this.mayCreate = mayCreate;
        this.policy = policy;
        this.services = services;
        this.failures = failures;
        this.owner = owner;
        this.patience = new Patience(policy.claimTiming().retries(), services.random()::nextDouble);
    }

    void ask() {
        services.basin()
                .streamConfig(stream)
                .whenComplete((config, error) -> onTaskThread(() -> {
                    if (config != null) {
                        owner.onStreamKnown(config);
                    } else {
                        onNoConfiguration(S2Exception.from(error));
                    }
                }));
    }

    void cancel() {
        cancelled = true;
    }

    private void onNoConfiguration(S2Exception failed) {
        ServerError refusal = failed.serverError();
        if (refusal == null) {
            tryAgain(null, String.valueOf(failed.getMessage()), 0, this::ask);
            return;
        }
        Runnable reaction =
                switch (refusal.answer()) {
                    case STREAM_MISSING -> () -> onMissing(refusal);
                    case FORBIDDEN -> () -> onHidden(refusal);
                    case TOKEN_MISMATCH,
                            POSITION_MISMATCH,
                            OUT_OF_RANGE,
                            UNAUTHENTICATED,
                            ACCESS_TOKEN_UNKNOWN,
                            CREDENTIALS_REPLACED,
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
                            STRANGE -> () -> onRefused(refusal);
                };
        reaction.run();
    }

    private void onMissing(ServerError refusal) {
        if (!mayCreate) {
            onRefused(refusal);
        } else if (triedToCreate) {
            tryAgain(
                    refusal.answer(),
                    "the stream was created and is not there yet",
                    refusal.retryAfterMillis(),
                    () -> create(false));
        } else {
            create(false);
        }
    }

    /** There may be one, and its configuration must not be read. */
    private void onHidden(ServerError refusal) {
        if (mayCreate && !triedToCreate) {
            create(true);
        } else if (refusals.believes(refusal.answer())) {
            owner.onStreamKnown(null);
        } else {
            tryAgain(refusal.answer(), "S2 answered " + refusal.describe(), refusal.retryAfterMillis(), this::ask);
        }
    }

    /** @param hidden its configuration must not be read, so this tells whether it is there */
    private void create(boolean hidden) {
        services.basin()
                .createStream(stream)
                .whenComplete((done, error) -> onTaskThread(() -> {
                    S2Exception failed = error == null ? null : S2Exception.from(error);
                    ServerError refusal = failed == null ? null : failed.serverError();
                    if (failed == null || (hidden && refusal != null && refusal.answer() == Answer.FORBIDDEN)) {
                        onTriedToCreate();
                    } else if (refusal == null) {
                        tryAgain(null, String.valueOf(failed.getMessage()), 0, this::ask);
                    } else {
                        onRefused(refusal);
                    }
                }));
    }

    private void onTriedToCreate() {
        if (!triedToCreate) {
            // Only once: a stream that is said to exist and then not to be there is no progress, however often.
            patience.succeeded();
        }
        triedToCreate = true;
        after(policy.claimTiming().retries().backoffMin(), this::ask);
    }

    private void onRefused(ServerError refusal) {
        String answered = "S2 answered " + refusal.describe();
        if (refusals.believes(refusal.answer())) {
            services.counters().onFailedAttempt(refusal.answer());
            owner.onStreamUnusable(failures.refusal(refusal, answered, RIGHTS));
        } else {
            tryAgain(refusal.answer(), answered, refusal.retryAfterMillis(), this::ask);
        }
    }

    /** @param answer null if S2 said nothing */
    private void tryAgain(@Nullable Answer answer, String failure, long askedMillis, Runnable attempt) {
        services.counters().onFailedAttempt(answer);
        long now = services.nanoTime().getAsLong();
        long pause = patience.pauseAfterFailure(askedMillis, now);
        if (pause > 0) {
            log.debug("stream {}: waits {} ms for S2: {}", stream, pause / 1_000_000, failure);
            owner.onStreamWaits(failure);
            after(Duration.ofNanos(pause), attempt);
        } else {
            owner.onStreamUnusable(failures.refused(Refused.exhausted(patience.lasted(now), failure)));
        }
    }

    private void after(Duration delay, Runnable attempt) {
        services.loop().schedule(delay, () -> onTaskThread(attempt));
    }

    private void onTaskThread(Runnable step) {
        services.inbox().post(() -> {
            if (!cancelled) {
                step.run();
            }
        });
    }
}
