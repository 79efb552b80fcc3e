package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class PartingWaitTest {

    private static final Duration LONG = Duration.ofHours(1);

    @Test
    void anInterruptEndsTheWaitAndStaysSet() {
        Thread.currentThread().interrupt();

        PartingWait.BLOCKING.await(new CompletableFuture<>(), LONG);

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void whatFailsOrIsNotAnsweredThrowsNothing() {
        CompletableFuture<Object> cancelled = new CompletableFuture<>();
        cancelled.cancel(false);

        PartingWait.BLOCKING.await(cancelled, LONG);
        PartingWait.BLOCKING.await(CompletableFuture.failedFuture(new IllegalStateException("as scripted")), LONG);
        PartingWait.BLOCKING.await(new CompletableFuture<>(), Duration.ZERO);

        assertThat(Thread.interrupted()).isFalse();
    }
}
