package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.retry.Patience;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.RefusalCount;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.StreamPage;
import io.fenceline.s2.wire.Answer;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists the streams with a prefix again and again, page by page.
 *
 * <p>Owned by the task thread; {@link Listener} is called there.
 */
public final class StreamDiscovery {

    private static final Logger log = LoggerFactory.getLogger(StreamDiscovery.class);

    /** After a listing that failed, and as long as there is nothing to read: a first stream should not have to wait. */
    private static final Duration RETRY = Duration.ofSeconds(2);

    /** Whom a complete listing is for. */
    @FunctionalInterface
    public interface Listener {
        /** @param streams that exist and are not being deleted, in the order of their names */
        void onListed(List<StreamInfo> streams);
    }

    private final String prefix;
    private final SourceBasin basin;
    private final PollInbox inbox;
    private final LongSupplier nanoTime;
    private final Duration interval;
    private final ReadCounters counters;
    private final Listener listener;

    private boolean underWay;
    private long dueAt;
    private final Patience patience;
    private final RefusalCount refusals = new RefusalCount();
    private @Nullable TerminalException failure;

    /** @param timeout listings that fail for that long end the task; null: never */
    public StreamDiscovery(
            String prefix,
            SourceBasin basin,
            PollInbox inbox,
            LongSupplier nanoTime,
            Duration interval,
            @Nullable Duration timeout,
            RandomGenerator random,
            ReadCounters counters,
            Listener listener) {
        this.prefix = prefix;
        this.basin = basin;
        this.inbox = inbox;
        this.nanoTime = nanoTime;
        this.interval = interval;
        Duration pause = shorter(RETRY, interval);
        this.patience = new Patience(new RetrySettings(pause, pause, timeout), random::nextDouble);
        this.counters = counters;
        this.listener = listener;
        this.dueAt = nanoTime.getAsLong();
    }

    /**
     * Begins a listing if one is due.
     *
     * @throws TerminalException the last one was refused for good, or they have failed for too long
     */
    public void tick() {
        if (failure != null) {
            throw failure;
        }
        if (!underWay && nanoTime.getAsLong() - dueAt >= 0) {
            underWay = true;
            List<StreamInfo> found = new ArrayList<>();
            page("", found).whenComplete((done, error) -> inbox.post(() -> onDone(found, error)));
        }
    }

    /** Nanoseconds until {@link #tick} has something to do. */
    public long idleFor() {
        return underWay ? Long.MAX_VALUE : Math.max(0, dueAt - nanoTime.getAsLong());
    }

    private CompletableFuture<Void> page(String startAfter, List<StreamInfo> found) {
        return basin.listStreams(prefix, startAfter).thenCompose((StreamPage page) -> {
            for (StreamInfo stream : page.streams()) {
                if (stream.deletedAt() == null) {
                    found.add(stream);
                }
            }
            return page.hasMore() && !page.streams().isEmpty()
                    ? page(page.streams().get(page.streams().size() - 1).name(), found)
                    : CompletableFuture.completedFuture(null);
        });
    }

    private void onDone(List<StreamInfo> found, @Nullable Throwable error) {
        underWay = false;
        long now = nanoTime.getAsLong();
        if (error == null) {
            patience.succeeded();
            refusals.forget();
            Duration pause = found.isEmpty() ? shorter(RETRY, interval) : interval;
            dueAt = now + pause.toNanos();
            listener.onListed(found);
            return;
        }
        S2Exception failed = S2Exception.from(error);
        ServerError refusal = failed.serverError();
        counters.discoveryFailures.increment();
        if (refusal != null && refusal.answer() == Answer.BUSY) {
            counters.throttled.increment();
        }
        if (refusal != null && refusals.believes(refusal.answer())) {
            failure = ReadFailures.notListed(prefix, basin.describeTarget(), refusal);
            return;
        }
        long pause = patience.pauseAfterFailure(refusal == null ? 0 : refusal.retryAfterMillis(), now);
        if (pause <= 0) {
            failure = ReadFailures.notListedInTime(
                    prefix, basin.describeTarget(), String.valueOf(failed.getMessage()), patience.lasted(now));
            return;
        }
        log.warn(
                "The streams with prefix '{}' could not be listed, trying again in {} ms: {}",
                prefix,
                pause / 1_000_000,
                failed.getMessage());
        dueAt = now + pause;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
