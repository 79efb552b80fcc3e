package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsCalls;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What tests do to the process; what it answers is {@code ElasticMqConformanceIT}'s. */
@Timeout(120)
class SqsServerIT {

    @Test
    void aPausedServerAnswersNobodyUntilItGoesOnAndAKilledOneComesBackEmpty() {
        try (SqsServer server = SqsServer.start(Path.of("target", "runs", "elasticmq-killed"))) {
            SqsCalls calls = server.calls();
            String queue = calls.createQueue("orders", Map.of());
            server.pause();
            CompletableFuture<SqsAnswer> late =
                    CompletableFuture.supplyAsync(() -> calls.send(queue, SentEntry.of("e", "text")));
            Await.sleep(Duration.ofMillis(300));
            assertThat(late).isNotDone();
            server.resume();
            assertThat(late.orTimeout(20, TimeUnit.SECONDS).join().status()).isEqualTo(200);
            assertThat(calls.drain(queue)).extracting(QueuedMessage::body).containsExactly("text");

            server.kill();
            assertThatThrownBy(() -> calls.attributes(queue)).isInstanceOf(UncheckedIOException.class);
            server.launch();
            assertThat(calls.send(queue, SentEntry.of("e", "text")).code()).isEqualTo("QueueDoesNotExist");
            assertThat(calls.createQueue("orders", Map.of())).isEqualTo(queue);
        }
    }
}
