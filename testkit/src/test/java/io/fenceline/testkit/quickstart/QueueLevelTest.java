package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsCalls;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class QueueLevelTest {

    private final ScriptedSqsServer server = ScriptedSqsServer.start();
    private final SqsCalls calls = server.calls();
    private final String queue = calls.createFifoQueue("orders.fifo");
    private final QueueLevel level = new QueueLevel(calls, queue);

    @AfterEach
    void close() {
        server.close();
    }

    /** A message that a killed worker has received is not there for anybody else, and not gone. */
    @Test
    void whatIsReceivedAndNotDeletedIsStillInTheQueue() throws Exception {
        calls.send(queue, SentEntry.of("a", "body", "g", "1"), SentEntry.of("b", "body", "h", "2"))
                .orThrow();
        List<SqsCalls.Received> received = calls.receive(queue, 600);
        assertThat(received).hasSize(2);

        assertThat(level.last()).isEqualTo(-1);
        assertThat(level.now()).isEqualTo(2);
        assertThat(level.awaitEmpty(Duration.ZERO, Duration.ZERO)).isEqualTo(2);

        calls.delete(queue, received).orThrow();
        assertThat(level.awaitEmpty(Duration.ZERO, Duration.ofMinutes(1))).isZero();
        assertThat(level.last()).isZero();
    }
}
