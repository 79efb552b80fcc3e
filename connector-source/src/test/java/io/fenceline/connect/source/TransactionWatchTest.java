package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class TransactionWatchTest {

    private final List<String> warnings = new CopyOnWriteArrayList<>();

    @Test
    void aWorkerThatIgnoresExactlyOnceSupportWasNotToldOf() throws InterruptedException {
        TransactionWatch watch = required("required");
        watch.onPoll();

        for (int i = 0; i < 3; i++) {
            onAnotherThread(watch::onWritten);
        }

        assertThat(warnings).singleElement().asString().contains("exactly.once.support=required", "at least once");
    }

    @Test
    void aWorkerThatWritesInTransactionsIsNotWarnedOf() throws InterruptedException {
        TransactionWatch watch = required("REQUIRED");
        onAnotherThread(watch::onWritten);
        watch.onPoll();
        watch.onWritten();

        assertThat(warnings).isEmpty();
    }

    @Test
    void whereItIsNotRequiredNothingIsWatched() {
        assertThat(TransactionWatch.of(Map.of(), warnings::add)).isNull();
        assertThat(TransactionWatch.of(Map.of("exactly.once.support", "requested"), warnings::add))
                .isNull();
    }

    private TransactionWatch required(String value) {
        return Objects.requireNonNull(TransactionWatch.of(Map.of("exactly.once.support", value), warnings::add));
    }

    private static void onAnotherThread(Runnable task) throws InterruptedException {
        Thread thread = new Thread(task, "kafka-producer-network-thread");
        thread.start();
        thread.join();
    }
}
