package io.fenceline.connect.sink.stream;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Guard;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.s2.wire.AppendAck;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An append session as its target sees it: what it reports arrives on the task thread, and nothing arrives any more once
 * the target has abandoned it. Methods belong to the task thread, apart from the figures.
 */
final class StreamSession implements AppendSessionListener {

    /** Whom the reports are for; called on the task thread. */
    interface Owner {

        void onDurable(BatchPacker.Packed batch, AppendAck ack);

        void onSessionState(SessionState to, String reason);

        void onSessionEnd(SessionEnd end);
    }

    private final StreamServices services;
    private final Owner owner;
    private final AppendSession session;
    private boolean abandoned;

    /** @param guard token and position to write under, null without a claim */
    StreamSession(String stream, StreamPolicy policy, StreamServices services, @Nullable Guard guard, Owner owner) {
        this.services = services;
        this.owner = owner;
        this.session = services.loop()
                .open(services.basin().stream(stream), policy.session(guard), RecordIdentity.MATCHER, this);
    }

    void submit(BatchPacker.Packed packed) {
        long submitted = services.nanoTime().getAsLong();
        session.submit(packed.batch()).whenComplete((ack, error) -> {
            // A failed ticket is followed by the session's end, which tells the target what to do.
            if (ack != null) {
                services.appends().add(services.nanoTime().getAsLong() - submitted);
                report(() -> owner.onDurable(packed, ack));
            }
        });
    }

    /** Ends it at once; the target hears nothing of it any more. */
    void abandon() {
        abandoned = true;
        session.abort();
    }

    // ------------------------------------------------------------------ figures, any thread

    /** What it may have in flight at present. */
    long windowBytes() {
        return session.windowBytes();
    }

    int inflightBatches() {
        return session.inflightBatches();
    }

    long inflightBytes() {
        return session.inflightBytes();
    }

    Duration oldestInflightAge() {
        return session.oldestInflightAge();
    }

    // ------------------------------------------------------------------ reports, on the session's thread

    @Override
    public void onStateChanged(SessionState from, SessionState to, String reason) {
        report(() -> owner.onSessionState(to, reason));
    }

    @Override
    public void onFinished(SessionEnd end) {
        report(() -> owner.onSessionEnd(end));
    }

    @Override
    public void onRetry(int attempt, Duration delay, String reason) {
        services.counters().reconnects.increment();
    }

    @Override
    public void onThrottled() {
        services.counters().throttled.increment();
    }

    @Override
    public void onResent(int batches) {
        services.counters().resends.add(batches);
    }

    @Override
    public void onReconciled(int landed, int lost) {
        services.counters().reconciledLanded.add(landed);
        services.counters().reconciledLost.add(lost);
    }

    private void report(Runnable news) {
        services.inbox().post(() -> {
            if (!abandoned) {
                news.run();
            }
        });
    }
}
