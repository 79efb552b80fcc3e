package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.HttpFaultProxy.Fault;
import io.fenceline.testkit.HttpFaultProxy.Plan;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
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
}
