package io.fenceline.connect.sink.stream;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.ClaimStep.Refused;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.retry.Patience;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.StreamConfig;
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
 * <p>Owned by the task thread; {@link Owner} is called there, once, and not after {@link #cancel}.
 */
final class StreamQuestion {

    private static final Logger log = LoggerFactory.getLogger(StreamQuestion.class);

    /** Whom the answer is for. */
    interface Owner {

        /** @param config null if it must not be read */
        void onStreamKnown(@Nullable StreamConfig config);

        void onStreamUnusable(TerminalException reason);
    }

    private final String stream;
    private final boolean mayCreate;
    private final StreamPolicy policy;
    private final StreamServices services;
    private final StreamFailures failures;
    private final Owner owner;
    private final Patience patience;
    private int refusals;
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
        ServerError answer = failed.serverError();
        boolean hidden = answer != null && answer.status() == 403;
        if (answer != null && mayCreate && (answer.code().equals("stream_not_found") || (hidden && !triedToCreate))) {
            create(hidden);
        } else if (answer == null || !hidden) {
            onFailed(failed);
        } else if (++refusals < ClaimTiming.AUTH_ATTEMPTS) {
            tryAgain(String.valueOf(failed.getMessage()), answer.retryAfterMillis());
        } else {
            owner.onStreamKnown(null);
        }
    }

    /** @param hidden its configuration must not be read, so this tells whether it is there */
    private void create(boolean hidden) {
        services.basin()
                .createStream(stream)
                .whenComplete((done, error) -> onTaskThread(() -> {
                    ServerError answer =
                            error == null ? null : S2Exception.from(error).serverError();
                    if (error == null || (hidden && answer != null && answer.status() == 403)) {
                        patience.succeeded();
                        triedToCreate = true;
                        askAfter(policy.claimTiming().retries().backoffMin());
                    } else {
                        onFailed(S2Exception.from(error));
                    }
                }));
    }

    private void onFailed(S2Exception failed) {
        ServerError answer = failed.serverError();
        if (answer == null || answer.retryable()) {
            tryAgain(String.valueOf(failed.getMessage()), answer == null ? 0 : answer.retryAfterMillis());
        } else if (answer.refusesAccess()) {
            if (++refusals < ClaimTiming.AUTH_ATTEMPTS) {
                tryAgain(String.valueOf(failed.getMessage()), answer.retryAfterMillis());
            } else {
                owner.onStreamUnusable(failures.of(
                        TerminalCode.AUTH,
                        String.valueOf(failed.getMessage()),
                        null,
                        "check that s2.access.token is valid and may append to and create this stream"));
            }
        } else if (answer.status() == 404 || answer.code().endsWith("_deletion_pending")) {
            owner.onStreamUnusable(failures.missing(answer, null));
        } else {
            owner.onStreamUnusable(failures.of(
                    TerminalCode.PROTOCOL,
                    String.valueOf(failed.getMessage()),
                    null,
                    "check the endpoints and the server's version, then restart the task"));
        }
    }

    private void tryAgain(String failure, long askedMillis) {
        long now = services.nanoTime().getAsLong();
        long pause = patience.pauseAfterFailure(askedMillis, now);
        if (pause > 0) {
            log.info("stream {}: waits {} ms for S2: {}", stream, pause / 1_000_000, failure);
            askAfter(Duration.ofNanos(pause));
        } else {
            owner.onStreamUnusable(failures.refused(Refused.exhausted(patience.lasted(now), failure), null));
        }
    }

    private void askAfter(Duration delay) {
        services.loop().schedule(delay, () -> onTaskThread(this::ask));
    }

    private void onTaskThread(Runnable step) {
        services.inbox().post(() -> {
            if (!cancelled) {
                step.run();
            }
        });
    }
}
