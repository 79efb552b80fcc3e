package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.ClaimPatience;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.StreamConfig;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a lane starts with at-least-once: no fence and no watermark; it only makes sure that the stream is there and learns
 * what the stream asks of records. Tries again until S2 answers, as long as a claim would.
 *
 * <p>Owned by the task thread; {@link Owner} is called there, once, and not after {@link #cancel}.
 */
final class UnclaimedStart {

    private static final Logger log = LoggerFactory.getLogger(UnclaimedStart.class);

    /** Whom the result is for. */
    interface Owner {

        void onStreamReady(StreamConfig config);

        void onStartFailed(TerminalException reason);
    }

    private final String stream;
    private final LanePolicy policy;
    private final LaneServices services;
    private final LaneFailures failures;
    private final Owner owner;
    private final ClaimPatience patience;
    private boolean cancelled;

    UnclaimedStart(String stream, LanePolicy policy, LaneServices services, LaneFailures failures, Owner owner) {
        this.stream = stream;
        this.policy = policy;
        this.services = services;
        this.failures = failures;
        this.owner = owner;
        this.patience = new ClaimPatience(policy.claimTiming(), services.random());
    }

    void begin() {
        services.basin()
                .streamConfig(stream)
                .whenComplete((config, error) -> onTaskThread(() -> {
                    if (config != null) {
                        owner.onStreamReady(config);
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
        if (answer != null && policy.autoCreate() && answer.code().equals("stream_not_found")) {
            create();
        } else {
            onFailed(failed);
        }
    }

    private void create() {
        services.basin()
                .createStream(stream)
                .whenComplete((created, error) -> onTaskThread(() -> {
                    if (error == null) {
                        patience.succeeded();
                        beginAfter(policy.claimTiming().backoffMin());
                    } else {
                        onFailed(S2Exception.from(error));
                    }
                }));
    }

    private void onFailed(S2Exception failed) {
        ServerError answer = failed.serverError();
        if (answer == null || answer.retryable()) {
            tryAgain(String.valueOf(failed.getMessage()), answer == null ? 0 : answer.retryAfterMillis());
        } else if (answer.status() == 401 || answer.status() == 403) {
            owner.onStartFailed(
                    failures.of(TerminalCode.AUTH, String.valueOf(failed.getMessage()), null, "check s2.access.token"));
        } else {
            owner.onStartFailed(failures.missing(answer, null));
        }
    }

    private void tryAgain(String failure, long askedMillis) {
        long now = services.nanoTime().getAsLong();
        long pause = patience.pauseAfterFailure(askedMillis, now);
        if (pause > 0) {
            log.info("stream {}: waits {} ms for S2: {}", stream, pause / 1_000_000, failure);
            beginAfter(Duration.ofNanos(pause));
        } else {
            owner.onStartFailed(failures.refused(patience.exhausted(failure, now), null));
        }
    }

    private void beginAfter(Duration delay) {
        services.loop().schedule(delay, () -> onTaskThread(this::begin));
    }

    private void onTaskThread(Runnable step) {
        services.inbox().post(() -> {
            if (!cancelled) {
                step.run();
            }
        });
    }
}
