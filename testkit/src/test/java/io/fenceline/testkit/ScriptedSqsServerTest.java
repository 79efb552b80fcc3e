package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.sqs.EntryFault;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import io.fenceline.testkit.sqs.SqsRequest;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each fault does what its name says, on the side of the queue it says, and is seen in what the server remembers. */
@Timeout(30)
class ScriptedSqsServerTest {

    private static final Instant START = Instant.parse("2026-11-30T00:00:00Z");

    private final ScriptedSqsServer server = ScriptedSqsServer.start(START);
    private final SqsCalls calls = server.calls();
    private String queue;

    @BeforeEach
    void createQueue() {
        queue = server.createQueue("orders.fifo");
    }

    @AfterEach
    void close() {
        server.close();
    }

    private static SentEntry entry(int number) {
        return SentEntry.of("e" + number, "message " + number, "group", "id-" + number);
    }

    private SqsAnswer send(int... numbers) {
        return calls.send(
                queue,
                Arrays.stream(numbers).mapToObj(ScriptedSqsServerTest::entry).toList());
    }

    private List<String> stored() {
        return server.stored("orders.fifo").stream().map(QueuedMessage::body).toList();
    }

    private static List<String> ids(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(entry -> entry.path("Id").asText())
                .toList();
    }

    @Test
    void requestsAndMessagesAreRememberedInTheirOrder() {
        SentEntry withAttribute =
                new SentEntry("x", "body", Map.of("kafka.id", SqsAttribute.text("t/0/1")), "group", "id-x");
        calls.send(queue, entry(1), withAttribute).orThrow();
        server.moveClock(Duration.ofSeconds(5));
        send(2).orThrow();
        assertThat(server.sends()).extracting(SqsRequest::at).containsExactly(START, START.plusSeconds(5));
        assertThat(server.sends().get(0).entries()).containsExactly(entry(1), withAttribute);
        assertThat(server.sends().get(0).queue()).isEqualTo("orders.fifo");
        assertThat(stored()).containsExactly("message 1", "body", "message 2");
        assertThat(server.stored("orders.fifo").get(1).attribute("kafka.id")).isEqualTo("t/0/1");
        calls.drain(queue);
        assertThat(stored()).hasSize(3);
    }

    @Test
    void anErrorBeforeTheQueueStoresNothingAndOneBehindItEverything() {
        server.inject(SqsFault.unavailable(false), SqsFault.internalError(true));
        assertThat(send(1).status()).isEqualTo(503);
        assertThat(stored()).isEmpty();
        assertThat(send(1).status()).isEqualTo(500);
        assertThat(stored()).containsExactly("message 1");
        assertThat(send(1).status()).isEqualTo(200);
        assertThat(stored()).as("the id was remembered").containsExactly("message 1");
        assertThat(server.sends()).hasSize(3);
        assertThat(server.faultsLeft()).isZero();
    }

    @Test
    void throttlingAndDenialAreErrorsOfSqs() {
        server.inject(SqsFault.throttled(), SqsFault.denied());
        SqsAnswer throttled = send(1);
        assertThat(throttled.status()).isEqualTo(400);
        assertThat(throttled.code()).isEqualTo("RequestThrottled");
        SqsAnswer denied = send(1);
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.code()).isEqualTo("AccessDeniedException");
        assertThat(stored()).isEmpty();
    }

    @Test
    void aDroppedConnectionLeavesTheMessageOnTheSideTheScriptSays() {
        server.inject(new SqsFault.DropConnection(false));
        assertThatThrownBy(() -> send(1)).isInstanceOf(UncheckedIOException.class);
        assertThat(stored()).isEmpty();
        server.inject(new SqsFault.DropConnection(true));
        assertThatThrownBy(() -> send(1)).isInstanceOf(UncheckedIOException.class);
        assertThat(stored()).containsExactly("message 1");
        assertThat(server.sends()).hasSize(2);
    }

    @Test
    void aTruncatedAnswerEndsBeforeItsLengthIsReached() {
        server.inject(new SqsFault.TruncatedAnswer());
        assertThatThrownBy(() -> send(1)).isInstanceOf(UncheckedIOException.class);
        assertThat(stored()).containsExactly("message 1");
        assertThat(send(2).status()).isEqualTo(200);
    }

    @Test
    void foreignAnswersComeWithStatus200() {
        server.inject(SqsFault.html(true), SqsFault.senseless(false));
        assertThat(send(1).text()).contains("<html>");
        SqsAnswer senseless = send(2);
        assertThat(senseless.status()).isEqualTo(200);
        assertThat(senseless.json().path("Successful").isArray()).isFalse();
        assertThat(stored()).containsExactly("message 1");
    }

    @Test
    void anEntryInTheMiddleOfAGroupFailsAndThoseBehindItAreIn() {
        server.injectInto(sent -> sent.body().equals("message 2"), 1, EntryFault.internalError());
        SqsAnswer answer = send(1, 2, 3);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(ids(answer.json().path("Successful"))).containsExactly("e1", "e3");
        JsonNode failed = answer.json().path("Failed").path(0);
        assertThat(failed.path("Id").asText()).isEqualTo("e2");
        assertThat(failed.path("SenderFault").asBoolean()).isFalse();
        assertThat(stored()).containsExactly("message 1", "message 3");
        send(2).orThrow();
        assertThat(stored()).containsExactly("message 1", "message 3", "message 2");
        assertThat(server.faultsLeft()).isZero();
    }

    @Test
    void anEntryMayBeStoredAndListedAsFailed() {
        server.inject(SqsFault.allEntries(EntryFault.internalErrorApplied()));
        SqsAnswer answer = send(1);
        assertThat(ids(answer.json().path("Failed"))).containsExactly("e1");
        assertThat(stored()).containsExactly("message 1");
    }

    @Test
    void entriesMayBeMissingFromTheAnswerOrInItTwice() {
        server.inject(
                new SqsFault.Entries(sent -> sent.id().equals("e1"), new EntryFault.Unlisted(false)),
                new SqsFault.Entries(sent -> sent.id().equals("e3"), new EntryFault.ListedTwice()),
                new SqsFault.Entries(sent -> sent.id().equals("e5"), new EntryFault.ListedAsBoth()),
                new SqsFault.Entries(sent -> sent.id().equals("e7"), new EntryFault.ForeignId()));
        JsonNode unlisted = send(1, 2).json();
        assertThat(ids(unlisted.path("Successful"))).containsExactly("e2");
        assertThat(unlisted.path("Failed")).isEmpty();
        assertThat(ids(send(3, 4).json().path("Successful"))).containsExactly("e3", "e3", "e4");
        JsonNode both = send(5, 6).json();
        assertThat(ids(both.path("Successful"))).containsExactly("e5", "e6");
        assertThat(ids(both.path("Failed"))).containsExactly("e5");
        assertThat(ids(send(7, 8).json().path("Successful"))).containsExactly("foreign", "e8");
        assertThat(stored())
                .containsExactly(
                        "message 2", "message 3", "message 4", "message 5", "message 6", "message 7", "message 8");
    }

    @Test
    void aWrongDigestIsOfAnotherBody() {
        server.inject(SqsFault.allEntries(new EntryFault.WrongDigest()));
        String wrong = send(1).json().at("/Successful/0/MD5OfMessageBody").asText();
        String right = send(1).json().at("/Successful/0/MD5OfMessageBody").asText();
        assertThat(wrong).isNotEqualTo(right);
        assertThat(stored()).containsExactly("message 1");
    }

    @Test
    void aHeldRequestHasItsEffectWhenItIsReleased() {
        server.inject(new SqsFault.Hold(false));
        CompletableFuture<SqsAnswer> late = CompletableFuture.supplyAsync(() -> send(1));
        Await.until("the request is held", Duration.ofSeconds(10), () -> server.held() == 1);
        assertThat(stored()).isEmpty();
        send(2).orThrow();
        server.release();
        assertThat(late.orTimeout(10, TimeUnit.SECONDS).join().status()).isEqualTo(200);
        assertThat(stored()).containsExactly("message 2", "message 1");
    }

    @Test
    void aHeldAnswerIsOfARequestThatHadItsEffect() {
        server.inject(new SqsFault.Hold(true));
        CompletableFuture<SqsAnswer> late = CompletableFuture.supplyAsync(() -> send(1));
        Await.until("the request is held", Duration.ofSeconds(10), () -> server.held() == 1);
        assertThat(stored()).containsExactly("message 1");
        assertThat(late).isNotDone();
        server.release();
        assertThat(late.orTimeout(10, TimeUnit.SECONDS).join().status()).isEqualTo(200);
    }

    @Test
    void faultsOfOneOperationLeaveTheOthersAlone() {
        server.injectInto("GetQueueAttributes", SqsFault.denied());
        server.inject(SqsFault.pass(1), SqsFault.throttled());
        assertThat(send(1).status()).isEqualTo(200);
        assertThatThrownBy(() -> calls.attributes(queue)).hasMessageContaining("AccessDenied");
        assertThat(calls.attributes(queue).path("FifoQueue").asText()).isEqualTo("true");
        assertThat(send(2).status()).isEqualTo(400);
    }

    @Test
    void aDeletedQueueIsMissingAndWhatItStoredIsStillKnown() {
        send(1).orThrow();
        server.deleteQueue("orders.fifo");
        assertThat(send(2).code()).isEqualTo("QueueDoesNotExist");
        assertThat(stored()).containsExactly("message 1");
    }

    @Test
    void aLongPollIsAnsweredBySomethingThatComes() {
        CompletableFuture<SqsAnswer> poll = CompletableFuture.supplyAsync(() -> calls.call(
                "ReceiveMessage", SqsCalls.object().put("QueueUrl", queue).put("WaitTimeSeconds", 20)));
        Await.until("the poll waits", Duration.ofSeconds(10), () -> !server.requests("ReceiveMessage")
                .isEmpty());
        send(1).orThrow();
        assertThat(poll.orTimeout(10, TimeUnit.SECONDS).join().json().path("Messages"))
                .hasSize(1);
    }
}
