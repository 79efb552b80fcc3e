package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.HttpFaultProxy.Plan;
import io.fenceline.testkit.sqs.Http1Message;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsCalls.Received;
import io.fenceline.testkit.sqs.SqsFault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HttpFaultProxyTest {

    private final ScriptedSqsServer server = ScriptedSqsServer.start();
    private final HttpFaultProxy proxy = HttpFaultProxy.to(server.endpoint());
    private final SqsCalls calls = new SqsCalls(proxy.url());
    private final String queue = server.createQueue("orders");

    @AfterEach
    void close() {
        proxy.close();
        server.close();
    }

    private SqsAnswer send(String body) {
        return calls.send(queue, SentEntry.of("e", body));
    }

    private int stored() {
        return server.stored("orders").size();
    }

    @Test
    void withoutAPlanEverythingGoesThroughAndIsCounted() {
        assertThat(send("größer €").status()).isEqualTo(200);
        assertThat(send("two").status()).isEqualTo(200);
        assertThat(calls.drain(queue)).extracting(message -> message.body()).containsExactly("größer €", "two");
        assertThat(proxy.requests("SendMessageBatch")).isEqualTo(2);
        assertThat(proxy.requests("ReceiveMessage")).isEqualTo(2);
        assertThat(proxy.queueUrl(queue)).isEqualTo(proxy.url() + "/000000000000/orders");
    }

    @Test
    void aLostAnswerIsOfARequestThatHadItsEffect() {
        proxy.plan("SendMessageBatch", Plan.every(2, Fault.LOSE_ANSWER));
        assertThat(send("one").status()).isEqualTo(200);
        assertThatThrownBy(() -> send("two")).isInstanceOf(UncheckedIOException.class);
        assertThat(send("three").status()).isEqualTo(200);
        assertThat(stored()).isEqualTo(3);
        assertThat(proxy.struck(Fault.LOSE_ANSWER)).isEqualTo(1);
    }

    @Test
    void errorsBehindTheServerHaveTheirEffectAndErrorsBeforeItHaveNone() {
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.ERROR_500_AFTER));
        assertThat(send("one").status()).isEqualTo(500);
        assertThat(stored()).isEqualTo(1);
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.ERROR_503_AFTER));
        assertThat(send("two").status()).isEqualTo(503);
        assertThat(stored()).isEqualTo(2);
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.ERROR_503_BEFORE));
        assertThat(send("three").status()).isEqualTo(503);
        assertThat(stored()).isEqualTo(2);
        assertThat(send("three").status()).isEqualTo(200);
        assertThat(server.sends()).hasSize(3);
        assertThat(proxy.requests("SendMessageBatch")).isEqualTo(4);
    }

    @Test
    void aFaultThatHidesNoSuccessIsNotCounted() {
        server.inject(SqsFault.throttled());
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.LOSE_ANSWER));
        assertThat(send("one").status()).isEqualTo(400);
        assertThat(proxy.struck(Fault.LOSE_ANSWER)).isZero();
    }

    @Test
    void whileItIsShutConnectionsAreRefusedAndOnceItIsReopenedTheyAreServedOnTheSamePort() {
        assertThat(send("one").status()).isEqualTo(200);
        for (int times = 0; times < 3; times++) {
            proxy.shut();
            assertThatThrownBy(() -> send("nothing")).hasCauseInstanceOf(ConnectException.class);
            proxy.reopen();
            assertThat(send("again").status()).isEqualTo(200);
        }
        assertThat(stored()).isEqualTo(4);
        assertThat(proxy.requests("SendMessageBatch")).isEqualTo(4);
    }

    @Test
    void aDroppedRequestDoesNotReachTheServer() {
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.DROP_REQUEST));
        assertThatThrownBy(() -> send("one")).isInstanceOf(UncheckedIOException.class);
        assertThat(server.sends()).isEmpty();
    }

    @Test
    void whatTheProxyRefusesReachesNobodyUntilItAdmitsAgain() {
        assertThat(send("one").status()).isEqualTo(200);
        proxy.refuse();
        assertThatThrownBy(() -> send("two")).isInstanceOf(UncheckedIOException.class);
        proxy.admit();
        assertThat(send("three").status()).isEqualTo(200);
        assertThat(stored()).isEqualTo(2);
    }

    @Test
    void aHeldRequestReachesTheServerAlsoWhenItsClientHasGone() {
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.HOLD_REQUEST));
        Thread client = new Thread(() -> {
            try {
                send("late");
            } catch (IllegalStateException e) {
                // interrupted: its connection ends
            }
        });
        client.start();
        Await.until("the request is held", Duration.ofSeconds(10), () -> proxy.held() == 1);
        client.interrupt();
        Await.until("the client has gone", Duration.ofSeconds(10), () -> !client.isAlive());
        assertThat(stored()).isZero();
        proxy.release();
        Await.until("the request reaches the server", Duration.ofSeconds(10), () -> stored() == 1);
        assertThat(proxy.late()).isEqualTo(1);
    }

    @Test
    void aHeldAnswerComesWhenItIsReleased() {
        proxy.plan("SendMessageBatch", Plan.next(1, Fault.HOLD_ANSWER));
        CompletableFuture<SqsAnswer> answer = CompletableFuture.supplyAsync(() -> send("one"));
        Await.until("the answer is held", Duration.ofSeconds(10), () -> proxy.held() == 1);
        assertThat(stored()).isEqualTo(1);
        proxy.release();
        assertThat(answer.orTimeout(10, TimeUnit.SECONDS).join().status()).isEqualTo(200);
    }

    // ---- receiving

    @Test
    void aReceiveWhoseAnswerIsLostHidesItsMessages() {
        send("one");
        proxy.plan("ReceiveMessage", Plan.next(1, Fault.LOSE_ANSWER));
        assertThatThrownBy(() -> calls.receive(queue, 60)).isInstanceOf(UncheckedIOException.class);
        assertThat(calls.receive(queue, 60)).isEmpty();
        server.moveClock(Duration.ofSeconds(61));
        assertThat(calls.receive(queue, 60).get(0).receiveCount()).isEqualTo(2);
        assertThat(proxy.struck(Fault.LOSE_ANSWER)).isEqualTo(1);
    }

    @Test
    void aFaultBehindTheServerWaitsForAReceiveWithMessages() {
        proxy.plan("ReceiveMessage", Plan.next(1, Fault.ERROR_500_AFTER));
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(200);
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(200);
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(200);
        assertThat(proxy.struck(Fault.ERROR_500_AFTER)).isZero();
        send("one");
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(500);
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(200);
        assertThat(proxy.struck(Fault.ERROR_500_AFTER)).isEqualTo(1);
        assertThat(proxy.requests("ReceiveMessage")).isEqualTo(5);
    }

    @Test
    void deletesAndChangesOfVisibilityFailOnTheSideThePlanSays() {
        send("one");
        send("two");
        List<Received> held = calls.receive(queue, 60);
        proxy.plan("ChangeMessageVisibilityBatch", Plan.next(1, Fault.ERROR_503_AFTER));
        assertThat(calls.changeVisibility(queue, held.subList(0, 1), 0).status())
                .isEqualTo(503);
        held = List.of(calls.receive(queue, 60).get(0), held.get(1));
        proxy.plan("DeleteMessageBatch", Plan.next(1, Fault.DROP_REQUEST));
        List<Received> both = held;
        assertThatThrownBy(() -> calls.delete(queue, both)).isInstanceOf(UncheckedIOException.class);
        assertThat(server.requests("DeleteMessageBatch")).isEmpty();
        proxy.plan("DeleteMessageBatch", Plan.next(1, Fault.LOSE_ANSWER));
        assertThatThrownBy(() -> calls.delete(queue, both)).isInstanceOf(UncheckedIOException.class);
        server.moveClock(Duration.ofSeconds(61));
        assertThat(calls.receive(queue, 60)).isEmpty();
        assertThat(server.requests("DeleteMessageBatch")).hasSize(1);
    }

    @Test
    void aClientThatGoesAwayFromALongPollTakesTheServersConnectionWithIt() throws IOException {
        byte[] poll = SqsCalls.object()
                .put("QueueUrl", queue)
                .put("WaitTimeSeconds", 20)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        try (Socket client = new Socket(proxy.url().getHost(), proxy.url().getPort())) {
            new Http1Message("POST / HTTP/1.1", List.of("X-Amz-Target: AmazonSQS.ReceiveMessage"), poll)
                    .writeTo(client.getOutputStream());
            Await.until("the poll waits", Duration.ofSeconds(10), () -> !server.requests("ReceiveMessage")
                    .isEmpty());
        }
        // a request lets the server look whether its client is there; this one is none of the proxy's
        Await.until("the server's connection is gone", Duration.ofSeconds(10), () -> {
            server.calls().waiting(queue);
            return server.openConnections() <= 1;
        });
        send("one");
        assertThat(calls.receive(queue, 60).get(0).receiveCount()).isEqualTo(1);
    }
}
