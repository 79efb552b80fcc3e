package io.fenceline.append.loop;

import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps what a session told. */
final class RecordingListener implements AppendSessionListener {

    final List<String> transitions = new CopyOnWriteArrayList<>();
    final List<SessionState> states = new CopyOnWriteArrayList<>();
    final AtomicInteger retries = new AtomicInteger();
    final AtomicInteger resent = new AtomicInteger();
    final AtomicInteger landed = new AtomicInteger();
    final AtomicInteger ends = new AtomicInteger();
    final CompletableFuture<SessionEnd> end = new CompletableFuture<>();

    @Override
    public void onStateChanged(SessionState from, SessionState to, String reason) {
        states.add(to);
        transitions.add(from + " -> " + to + ": " + reason);
    }

    @Override
    public void onRetry(int attempt, Duration delay, String failure) {
        retries.incrementAndGet();
    }

    @Override
    public void onResent(int batches) {
        resent.addAndGet(batches);
    }

    @Override
    public void onReconciled(int landedNow, int lost) {
        landed.addAndGet(landedNow);
    }

    @Override
    public void onFinished(SessionEnd reason) {
        ends.incrementAndGet();
        end.complete(reason);
    }

    SessionEnd awaitEnd() {
        Await.until("the session is over", Duration.ofSeconds(30), end::isDone, () -> String.join("\n", transitions));
        return end.join();
    }

    void awaitState(SessionState state) {
        Await.until(
                "the session was " + state,
                Duration.ofSeconds(30),
                () -> states.contains(state),
                () -> String.join("\n", transitions));
    }
}
