package io.fenceline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.sqs.EntryFault;
import io.fenceline.testkit.sqs.HandleEntry;
import io.fenceline.testkit.sqs.Http1Message;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsCalls.Received;
import io.fenceline.testkit.sqs.SqsFault;
import io.fenceline.testkit.sqs.SqsRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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

    // ---- receiving

    private static final String RECEIVE = "ReceiveMessage";
    private static final String DELETE = "DeleteMessageBatch";
    private static final String CHANGE = "ChangeMessageVisibilityBatch";

    private List<Received> receive() {
        return calls.receive(queue, 60);
    }

    private static List<String> bodies(List<Received> messages) {
        return messages.stream().map(received -> received.message().body()).toList();
    }

    @Test
    void aReceiveWhoseAnswerIsLostHidesItsMessages() {
        send(1).orThrow();
        server.injectInto(RECEIVE, SqsFault.unavailable(false), SqsFault.internalError(true));
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(503);
        assertThat(calls.poll(queue, 60, 0, null).status()).isEqualTo(500);
        assertThat(receive()).isEmpty();
        server.moveClock(Duration.ofSeconds(61));
        server.injectInto(RECEIVE, new SqsFault.DropConnection(true));
        assertThatThrownBy(this::receive).isInstanceOf(UncheckedIOException.class);
        assertThat(receive()).isEmpty();
        server.moveClock(Duration.ofSeconds(61));
        assertThat(receive().get(0).receiveCount()).isEqualTo(3);
        assertThat(server.faultsLeft()).isZero();
    }

    @Test
    void anAttemptWhoseAnswerWasLostGivesItsMessagesWhenItIsRepeated() {
        send(1).orThrow();
        server.injectInto(RECEIVE, new SqsFault.TruncatedAnswer());
        assertThatThrownBy(() -> calls.poll(queue, 60, 0, "attempt")).isInstanceOf(UncheckedIOException.class);
        assertThat(SqsCalls.received(calls.poll(queue, 60, 0, "another"))).isEmpty();
        List<Received> again = SqsCalls.received(calls.poll(queue, 60, 0, "attempt"));
        assertThat(bodies(again)).containsExactly("message 1");
        assertThat(again.get(0).receiveCount()).isEqualTo(1);
    }

    @Test
    void anAttemptIsNotRepeatedOnceAMessageOfItIsHiddenForAnotherTime() {
        send(1, 2).orThrow();
        List<Received> first = SqsCalls.received(calls.poll(queue, 60, 0, "attempt"));
        calls.changeVisibility(queue, first.subList(0, 1), 600).orThrow();
        SqsAnswer again = calls.poll(queue, 60, 0, "attempt");
        assertThat(again.status()).isEqualTo(400);
        assertThat(again.text()).contains("ReceiveRequestAttemptId");
    }

    @Test
    void deletesFailAsAWholeOnTheSideTheScriptSays() {
        send(1, 2).orThrow();
        List<Received> held = receive();
        server.injectInto(
                DELETE,
                SqsFault.throttled(),
                SqsFault.denied("sqs:deletemessage"),
                SqsFault.internalError(false),
                SqsFault.internalError(true));
        assertThat(calls.delete(queue, held).code()).isEqualTo("RequestThrottled");
        SqsAnswer denied = calls.delete(queue, held);
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.text()).contains("sqs:deletemessage");
        assertThat(calls.delete(queue, held).status()).isEqualTo(500);
        assertThat(calls.attributes(queue)
                        .path("ApproximateNumberOfMessagesNotVisible")
                        .asInt())
                .isEqualTo(2);
        assertThat(calls.delete(queue, held).status()).isEqualTo(500);
        server.moveClock(Duration.ofSeconds(61));
        assertThat(receive()).isEmpty();
        assertThat(server.requests(DELETE)).hasSize(4);
    }

    @Test
    void handlesFailOneByOneAndThoseBehindThemAreServed() {
        send(1, 2, 3).orThrow();
        List<Received> held = receive();
        String second = held.get(1).message().messageId();
        server.injectIntoHandles(DELETE, entry -> entry.messageId().equals(second), 2, EntryFault.internalError());
        server.injectIntoHandles(CHANGE, entry -> true, 1, EntryFault.throttled());

        SqsAnswer deleted = calls.delete(queue, held);

        assertThat(ids(deleted.json().path("Successful"))).containsExactly("d0", "d2");
        assertThat(deleted.json().at("/Failed/0/Code").asText()).isEqualTo("InternalError");
        assertThat(server.requests(DELETE).get(0).handles())
                .extracting(HandleEntry::messageId)
                .isEqualTo(held.stream()
                        .map(received -> received.message().messageId())
                        .toList());
        assertThat(calls.changeVisibility(queue, held.subList(1, 2), 600)
                        .json()
                        .at("/Failed/0/Code")
                        .asText())
                .isEqualTo("ThrottlingException");
        assertThat(ids(calls.delete(queue, held.subList(1, 2)).json().path("Failed")))
                .containsExactly("d0");
        assertThat(server.faultsLeft()).isZero();
        assertThat(ids(calls.delete(queue, held.subList(1, 2)).json().path("Successful")))
                .containsExactly("d0");
        server.moveClock(Duration.ofSeconds(61));
        assertThat(receive()).isEmpty();
    }

    @Test
    void aHandleMayBeDeletedAndListedAsFailedOrNotAtAllOrTwice() {
        send(1, 2, 3, 4, 5).orThrow();
        List<Received> held = receive();
        server.injectInto(
                DELETE,
                SqsFault.allHandles(EntryFault.internalErrorApplied()),
                SqsFault.allHandles(new EntryFault.Unlisted(true)),
                SqsFault.allHandles(new EntryFault.Unlisted(false)),
                SqsFault.allHandles(new EntryFault.ListedAsBoth()),
                SqsFault.allHandles(new EntryFault.ListedTwice()));
        assertThat(ids(calls.delete(queue, held.subList(0, 1)).json().path("Failed")))
                .containsExactly("d0");
        for (int unlisted : new int[] {1, 2}) {
            JsonNode answer =
                    calls.delete(queue, held.subList(unlisted, unlisted + 1)).json();
            assertThat(answer.path("Successful")).isEmpty();
            assertThat(answer.path("Failed")).isEmpty();
        }
        JsonNode both = calls.delete(queue, held.subList(3, 4)).json();
        assertThat(ids(both.path("Successful"))).containsExactly("d0");
        assertThat(ids(both.path("Failed"))).containsExactly("d0");
        assertThat(ids(calls.delete(queue, held.subList(4, 5)).json().path("Successful")))
                .containsExactly("d0", "d0");
        server.moveClock(Duration.ofSeconds(61));
        assertThat(bodies(receive())).containsExactly("message 3");
    }

    @Test
    void aMessageMayBeHiddenWithoutBeingGivenOutOrStayWhereItIs() {
        send(1, 2).orThrow();
        server.injectIntoMessages(message -> message.body().equals("message 2"), 1, new EntryFault.Unlisted(true));
        assertThat(bodies(receive())).containsExactly("message 1");
        server.moveClock(Duration.ofSeconds(61));
        server.injectInto(RECEIVE, SqsFault.allMessages(new EntryFault.Unlisted(false)));
        assertThat(receive()).isEmpty();
        List<Received> both = receive();
        assertThat(bodies(both)).containsExactly("message 1", "message 2");
        assertThat(both.get(1).receiveCount()).isEqualTo(2);
        server.moveClock(Duration.ofSeconds(61));
        server.injectInto(
                RECEIVE,
                new SqsFault.Deliveries(message -> message.body().endsWith("1"), new EntryFault.ListedTwice()),
                SqsFault.allMessages(new EntryFault.WrongDigest()));
        assertThat(bodies(receive())).containsExactly("message 1", "message 1", "message 2");
        server.moveClock(Duration.ofSeconds(61));
        String wrong = calls.poll(queue, 60, 0, null)
                .json()
                .at("/Messages/0/MD5OfBody")
                .asText();
        server.moveClock(Duration.ofSeconds(61));
        assertThat(calls.poll(queue, 60, 0, null)
                        .json()
                        .at("/Messages/0/MD5OfBody")
                        .asText())
                .isNotEqualTo(wrong);
    }

    @Test
    void aDelayedDeleteHasItsEffectWhenItIsReleased() {
        send(1).orThrow();
        List<Received> held = receive();
        server.injectInto(DELETE, new SqsFault.Hold(false));
        CompletableFuture<SqsAnswer> late = CompletableFuture.supplyAsync(() -> calls.delete(queue, held));
        Await.until("the request is held", Duration.ofSeconds(10), () -> server.held() == 1);
        server.moveClock(Duration.ofSeconds(61));
        server.release();
        JsonNode failed = late.orTimeout(10, TimeUnit.SECONDS).join().json().path("Failed");
        assertThat(failed.path(0).path("Message").asText()).contains("The receipt handle has expired");
        assertThat(receive()).hasSize(1);
    }

    @Test
    void aLongPollWhoseClientWentTakesNoMessage() throws IOException {
        byte[] poll = SqsCalls.object()
                .put("QueueUrl", queue)
                .put("WaitTimeSeconds", 20)
                .toString()
                .getBytes(StandardCharsets.UTF_8);
        try (Socket client =
                new Socket(server.endpoint().getHost(), server.endpoint().getPort())) {
            new Http1Message("POST / HTTP/1.1", List.of("X-Amz-Target: AmazonSQS." + RECEIVE), poll)
                    .writeTo(client.getOutputStream());
            Await.until("the poll waits", Duration.ofSeconds(10), () -> !server.requests(RECEIVE)
                    .isEmpty());
        }
        send(1).orThrow();
        assertThat(receive().get(0).receiveCount()).isEqualTo(1);
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
