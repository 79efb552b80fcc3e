package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class TransactionWatchTest {

    private static final String OLD = "3.9.2";
    private static final String NEW = "4.3.1";

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
    void whereItIsNotRequiredNobodyIsToldThatThereAreNoTransactions() throws InterruptedException {
        TransactionWatch watch = of(Map.of("exactly.once.support", "requested"), OLD);
        watch.onPoll();
        onAnotherThread(watch::onWritten);

        assertThat(warnings).isEmpty();
    }

    @Test
    void aProducerThatMayEndTransactionsTooEarlyIsToldOfOnceUnlessItLingers() {
        String linger = "producer.override.linger.ms";
        for (Map<String, String> tooShort : List.<Map<String, String>>of(Map.of(), Map.of(linger, "999"))) {
            warnings.clear();
            TransactionWatch watch = of(tooShort, NEW);
            watch.onPoll();
            assertThat(warnings)
                    .as("nobody knows yet whether there are transactions")
                    .isEmpty();
            watch.onWritten();
            watch.onWritten();
            assertThat(warnings).singleElement().asString().contains(linger, "5000");
        }

        warnings.clear();
        for (TransactionWatch watch :
                List.of(of(Map.of(linger, "1000"), NEW), of(Map.of(linger, "${env:LINGER}"), NEW), of(Map.of(), OLD))) {
            watch.onPoll();
            watch.onWritten();
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void anEndedTransactionIsToldOfOnceAndOnlyWhereThereAreTransactions() throws InterruptedException {
        TransactionWatch watch = of(Map.of(), OLD);
        watch.onPoll();
        assertThat(watch.hasEnded()).isFalse();
        onAnotherThread(watch::onWritten);
        assertThat(watch.hasEnded()).isFalse();

        watch.onWritten();
        assertThat(watch.hasEnded()).isTrue();
        assertThat(watch.hasEnded()).isFalse();
    }

    private TransactionWatch required(String value) {
        return of(Map.of("exactly.once.support", value), OLD);
    }

    private TransactionWatch of(Map<String, String> properties, String kafka) {
        return TransactionWatch.of(properties, kafka, warnings::add);
    }

    private static void onAnotherThread(Runnable task) throws InterruptedException {
        Thread thread = new Thread(task, "kafka-producer-network-thread");
        thread.start();
        thread.join();
    }
}
