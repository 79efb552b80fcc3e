package io.fenceline.testkit.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.testkit.QueueServer;
import io.fenceline.testkit.sqs.SqsCalls.Received;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What a server of queues has to do for our connectors, as raw calls: nothing of the product is involved. Each test has queues of
 * its own; the server and its clock are shared.
 */
abstract class QueueConformance {

    /** Rules of SQS's that a server may be known not to follow. {@code docs/queue-servers.md} has the list for people. */
    enum Difference {
        SEQUENCE_NUMBERS_IN_BATCHES,
        DEDUPLICATION_SCOPE,
        NAMES_REST_AFTER_DELETION,
        ENTRY_IDS,
        EMPTY_BATCH,
        REFUSED_TEXT_BY_NAME,
        SIZES_IN_BYTES,
        MAXIMUM_MESSAGE_SIZE,
        BATCH_TOO_LONG_BY_NAME,
        OUTDATED_HANDLES,
        EXPIRED_HANDLES,
        VISIBILITY_OF_WHAT_IS_NOT_IN_FLIGHT,
        LONGEST_VISIBILITY,
        DELETING_TWICE,
        HANDLES_OF_A_REPEATED_ATTEMPT,
        ATTEMPTS_WHOSE_MESSAGES_CHANGED,
        ATTEMPTS_PAST_FIVE_MINUTES
    }

    private static final AtomicInteger COUNTER = new AtomicInteger();
    private static final Duration PAST_THE_WINDOW = Duration.ofSeconds(303);

    private final QueueServer server;
    private final SqsCalls calls;
    private final Set<Difference> differences;

    QueueConformance(QueueServer server, Set<Difference> differences) {
        this.server = server;
        this.calls = server.calls();
        this.differences = differences.isEmpty() ? EnumSet.noneOf(Difference.class) : EnumSet.copyOf(differences);
    }

    /** A rule that the server may be known to break: then it has to break it, so that the list stays true. */
    private void rule(Difference difference, Runnable check) {
        if (!differences.contains(difference)) {
            check.run();
            return;
        }
        assertThatThrownBy(check::run)
                .as("%s follows the rule now: take it off the list", difference)
                .isInstanceOf(AssertionError.class);
    }

    private String standardQueue() {
        return calls.createQueue("standard-" + COUNTER.incrementAndGet(), Map.of());
    }

    private String fifoQueue() {
        return calls.createFifoQueue("fifo-" + COUNTER.incrementAndGet() + ".fifo");
    }

    private static SentEntry fifo(String group, int number) {
        return SentEntry.of("e" + number, "message " + number, group, group + "-" + number);
    }

    private static List<String> bodies(List<QueuedMessage> messages) {
        return messages.stream().map(QueuedMessage::body).toList();
    }

    private static List<String> received(List<Received> messages) {
        return messages.stream().map(received -> received.message().body()).toList();
    }

    private static JsonNode only(JsonNode list) {
        assertThat(list).hasSize(1);
        return list.get(0);
    }

    // ---- sending

    @Test
    void aBatchIsAnsweredEntryByEntryWithTheDigestsOfBodyAndAttributes() {
        SentEntry entry = new SentEntry(
                "first",
                "größer als 1 €\t\n",
                Map.of(
                        "kafka.id", SqsAttribute.text("orders/0/17"),
                        "kafka.ts", SqsAttribute.number(1_700_000_000_000L),
                        "kafka.key", SqsAttribute.binary(new byte[] {0, 1, (byte) 0xff})),
                null,
                null);
        String queue = standardQueue();
        SqsAnswer answer = calls.send(queue, entry, SentEntry.of("second", "two"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("Failed")).isEmpty();
        assertThat(answer.json().path("Successful")).hasSize(2);
        for (JsonNode listed : answer.json().path("Successful")) {
            boolean first = listed.path("Id").asText().equals("first");
            assertThat(listed.path("MD5OfMessageBody").asText()).isEqualTo(SqsMd5.ofText(first ? entry.body() : "two"));
            assertThat(listed.path("MessageId").asText()).isNotEmpty();
            if (first) {
                assertThat(listed.path("MD5OfMessageAttributes").asText())
                        .isEqualTo(SqsMd5.ofAttributes(entry.attributes()));
            }
        }
        QueuedMessage message = calls.drain(queue).stream()
                .filter(received -> received.body().equals(entry.body()))
                .findFirst()
                .orElseThrow();
        assertThat(message.attributes()).isEqualTo(entry.attributes());
        assertThat(message.attributes().get("kafka.key").bytes()).containsExactly(0, 1, 0xff);
    }

    @Test
    void entriesOfAGroupAreInTheQueueInTheOrderOfTheirRequests() {
        String queue = fifoQueue();
        for (int batch = 0; batch < 5; batch++) {
            int first = batch * 10;
            calls.send(
                            queue,
                            IntStream.range(first, first + 10)
                                    .mapToObj(number -> fifo("one", number))
                                    .toList())
                    .orThrow();
        }
        assertThat(bodies(calls.drain(queue)))
                .isEqualTo(IntStream.range(0, 50)
                        .mapToObj(number -> "message " + number)
                        .toList());
    }

    @Test
    void anEntryWithACharacterSqsDoesNotTakeIsRefusedAloneAsTheSendersFault() {
        String queue = standardQueue();
        SqsAnswer answer = calls.send(
                queue,
                SentEntry.of("a", "before"),
                SentEntry.of("b", "bad \u0000 character"),
                SentEntry.of("c", "behind"));
        assertThat(answer.status()).isEqualTo(200);
        JsonNode failed = only(answer.json().path("Failed"));
        assertThat(failed.path("Id").asText()).isEqualTo("b");
        assertThat(failed.path("SenderFault").asBoolean()).isTrue();
        rule(
                Difference.REFUSED_TEXT_BY_NAME,
                () -> assertThat(failed.path("Code").asText()).isEqualTo("InvalidMessageContents"));
        assertThat(bodies(calls.drain(queue))).containsExactlyInAnyOrder("before", "behind");
    }

    @Test
    void aFifoQueueWantsAGroupAndAnIdAndAStandardQueueNoId() {
        assertRefused(calls.send(fifoQueue(), new SentEntry("a", "text", Map.of(), null, "id")));
        assertRefused(calls.send(fifoQueue(), new SentEntry("a", "text", Map.of(), "group", null)));
        assertRefused(calls.send(standardQueue(), new SentEntry("a", "text", Map.of(), "group", "id")));
    }

    private static void assertRefused(SqsAnswer answer) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(only(answer.json().path("Failed")).path("SenderFault").asBoolean())
                .isTrue();
    }

    @Test
    void aStandardQueueTakesAGroupForFairness() {
        String queue = standardQueue();
        calls.send(queue, new SentEntry("a", "text", Map.of(), "tenant", null)).orThrow();
        assertThat(bodies(calls.drain(queue))).containsExactly("text");
    }

    @Test
    void attributesWithoutAValueAreRefused() {
        assertRefused(calls.send(
                standardQueue(), new SentEntry("a", "text", Map.of("empty", SqsAttribute.text("")), null, null)));
    }

    @Test
    void moreThanTenEntriesAreRefusedAsAWhole() {
        String queue = standardQueue();
        SqsAnswer answer = calls.send(
                queue,
                IntStream.range(0, 11)
                        .mapToObj(number -> SentEntry.of("e" + number, "text"))
                        .toList());
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.code()).contains("TooManyEntriesInBatchRequest");
        assertThat(calls.drain(queue)).isEmpty();
    }

    @Test
    void aQueueThatIsNotThereIsNamedByItsError() {
        String queue = standardQueue();
        calls.deleteQueue(queue);
        for (SqsAnswer answer : List.of(
                calls.send(queue, SentEntry.of("a", "text")),
                calls.call("GetQueueAttributes", SqsCalls.object().put("QueueUrl", queue)),
                calls.call("ReceiveMessage", SqsCalls.object().put("QueueUrl", queue)),
                calls.call("GetQueueUrl", SqsCalls.object().put("QueueName", "never-made")))) {
            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.code()).isEqualTo("QueueDoesNotExist");
        }
    }

    // ---- deduplication

    @Test
    void anIdSentAgainWithinFiveMinutesIsAnsweredWithSuccessAndStoredOnce() {
        String queue = fifoQueue();
        SqsAnswer first = calls.send(queue, fifo("g", 1)).orThrow();
        server.moveClock(Duration.ofSeconds(297));
        SqsAnswer again = calls.send(queue, fifo("g", 1)).orThrow();
        assertThat(again.json().path("Failed")).isEmpty();
        assertThat(only(again.json().path("Successful")).path("MessageId"))
                .isEqualTo(only(first.json().path("Successful")).path("MessageId"));
        assertThat(bodies(calls.drain(queue))).containsExactly("message 1");
    }

    @Test
    void anIdIsRememberedWhenItsMessageIsGone() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        assertThat(calls.drain(queue)).hasSize(1);
        server.moveClock(Duration.ofSeconds(290));
        calls.send(queue, fifo("g", 1)).orThrow();
        assertThat(calls.drain(queue)).isEmpty();
    }

    @Test
    void pastTheFiveMinutesTheSameIdMakesASecondMessage() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        server.moveClock(PAST_THE_WINDOW);
        calls.send(queue, fifo("g", 1)).orThrow();
        assertThat(bodies(calls.drain(queue))).containsExactly("message 1", "message 1");
    }

    @Test
    void sendingAgainDoesNotLengthenTheFiveMinutes() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        server.moveClock(Duration.ofMinutes(4));
        calls.send(queue, fifo("g", 1)).orThrow();
        server.moveClock(Duration.ofSeconds(63));
        calls.send(queue, fifo("g", 1)).orThrow();
        assertThat(calls.drain(queue)).hasSize(2);
    }

    @Test
    void theFiveMinutesBeginAnewAfterTheClockHasMoved() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        server.moveClock(PAST_THE_WINDOW);
        calls.send(queue, fifo("g", 2)).orThrow();
        server.moveClock(Duration.ofSeconds(290));
        calls.send(queue, fifo("g", 1), fifo("g", 2)).orThrow();
        assertThat(bodies(calls.drain(queue))).containsExactly("message 1", "message 2", "message 1");
    }

    @Test
    void theBodyDoesNotMatterToTheId() {
        String queue = fifoQueue();
        calls.send(queue, SentEntry.of("a", "one", "g", "same")).orThrow();
        calls.send(queue, SentEntry.of("a", "another", "g", "same")).orThrow();
        assertThat(bodies(calls.drain(queue))).containsExactly("one");
    }

    // ---- receiving

    @Test
    void nothingElseOfAGroupIsGivenOutWhileAMessageOfItIsInFlight() {
        String queue = fifoQueue();
        List<SentEntry> fifteen = new ArrayList<>();
        for (int number = 0; number < 15; number++) {
            fifteen.add(fifo("locked", number));
        }
        calls.send(queue, fifteen.subList(0, 10)).orThrow();
        calls.send(queue, fifteen.subList(10, 15)).orThrow();
        List<Received> first = calls.receive(queue, 60);
        assertThat(received(first))
                .isEqualTo(fifteen.subList(0, 10).stream().map(SentEntry::body).toList());
        assertThat(calls.receive(queue, 60)).isEmpty();
        calls.send(queue, fifo("free", 1)).orThrow();
        assertThat(received(calls.receive(queue, 60))).containsExactly("message 1");
        calls.delete(queue, first).orThrow();
        assertThat(received(calls.receive(queue, 60)))
                .isEqualTo(fifteen.subList(10, 15).stream().map(SentEntry::body).toList());
    }

    @Test
    void aMessageComesAgainWhenItsTimeIsOverByTheClock() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        assertThat(calls.receive(queue, 600)).hasSize(1);
        assertThat(calls.receive(queue, 600)).isEmpty();
        server.moveClock(Duration.ofSeconds(590));
        assertThat(calls.receive(queue, 600)).isEmpty();
        server.moveClock(Duration.ofSeconds(11));
        List<Received> again = calls.receive(queue, 600);
        assertThat(again).hasSize(1);
        assertThat(again.get(0).receiveCount()).isEqualTo(2);
    }

    @Test
    void whatWasDeletedDoesNotComeAgain() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        SqsAnswer deleted = calls.delete(queue, calls.receive(queue, 30));
        assertThat(deleted.json().path("Failed")).isEmpty();
        server.moveClock(Duration.ofSeconds(60));
        assertThat(calls.receive(queue, 30)).isEmpty();
    }

    @Test
    void aMessageIsGivenBackByTakingItsTimeAway() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        assertThat(calls.changeVisibility(queue, calls.receive(queue, 600), 0)
                        .json()
                        .path("Failed"))
                .isEmpty();
        assertThat(calls.receive(queue, 30)).hasSize(1);
    }

    @Test
    void aLongPollGivesWhatComesWhileItWaits() {
        String queue = standardQueue();
        CompletableFuture<SqsAnswer> poll = CompletableFuture.supplyAsync(() -> calls.poll(queue, 60, 20, null));
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        assertThat(received(
                        SqsCalls.received(poll.orTimeout(15, TimeUnit.SECONDS).join())))
                .containsExactly("text");
    }

    @Test
    void aLongPollEndsWithoutMessagesWhenItsWaitIsOver() {
        assertThat(SqsCalls.received(calls.poll(standardQueue(), 60, 1, null))).isEmpty();
        assertThat(SqsCalls.received(calls.poll(fifoQueue(), 60, 1, "attempt"))).isEmpty();
    }

    @Test
    void eachReceiveCountsAndGivesAnotherHandleToTheSameMessage() {
        for (String queue : List.of(standardQueue(), fifoQueue())) {
            calls.send(queue, queue.endsWith(".fifo") ? fifo("g", 1) : SentEntry.of("a", "text"))
                    .orThrow();
            Set<String> ids = new HashSet<>();
            Set<String> handles = new HashSet<>();
            for (int count = 1; count <= 3; count++) {
                Received received = onlyOf(calls.receive(queue, 10));
                assertThat(received.receiveCount()).isEqualTo(count);
                ids.add(received.message().messageId());
                handles.add(received.handle());
                server.moveClock(Duration.ofSeconds(11));
            }
            assertThat(ids).hasSize(1);
            assertThat(handles).hasSize(3);
        }
    }

    @Test
    void aMessageSaysWhoseItIsAndWhenItWasSent() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        // without the older AttributeNames
        ObjectNode body = SqsCalls.object().put("QueueUrl", queue);
        body.putArray("MessageSystemAttributeNames").add("All");
        JsonNode system =
                only(calls.call("ReceiveMessage", body).json().path("Messages")).path("Attributes");
        assertThat(system.path("MessageGroupId").asText()).isEqualTo("g");
        assertThat(system.path("MessageDeduplicationId").asText()).isEqualTo("g-1");
        assertThat(system.path("SequenceNumber").asText()).isNotEmpty();
        assertThat(system.path("ApproximateReceiveCount").asText()).isEqualTo("1");
        assertThat(system.path("SentTimestamp").asLong()).isPositive();
    }

    @Test
    void attributesKeepTheLabelsOfTheirTypesAndComeWithTheirDigest() {
        Map<String, SqsAttribute> attributes = Map.of(
                "a", new SqsAttribute("String.json", "{}"),
                "b", new SqsAttribute("Number.int", "17"),
                "c", SqsAttribute.binary(new byte[] {1, 2}));
        String queue = standardQueue();
        calls.send(queue, new SentEntry("a", "text", attributes, null, null)).orThrow();
        JsonNode message = only(calls.poll(queue, 30, 0, null).json().path("Messages"));
        assertThat(QueuedMessage.read(message).attributes()).isEqualTo(attributes);
        assertThat(message.path("MD5OfMessageAttributes").asText()).isEqualTo(SqsMd5.ofAttributes(attributes));
        assertThat(message.path("MD5OfBody").asText()).isEqualTo(SqsMd5.ofText("text"));
    }

    @Test
    void oneAnswerHasEachGroupInItsOrder() {
        String queue = fifoQueue();
        calls.send(queue, fifo("a", 1), fifo("b", 2), fifo("a", 3), fifo("b", 4), fifo("a", 5))
                .orThrow();
        List<Received> answer = calls.receive(queue, 30);
        assertThat(answer).hasSize(5);
        assertThat(received(ofGroup(answer, "a"))).containsExactly("message 1", "message 3", "message 5");
        assertThat(received(ofGroup(answer, "b"))).containsExactly("message 2", "message 4");
    }

    @Test
    void whatLapsedComesAgainInItsOrder() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2), fifo("g", 3)).orThrow();
        calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        assertThat(received(calls.receive(queue, 10))).containsExactly("message 1", "message 2", "message 3");
    }

    @Test
    void aGroupThatIsGivenBackComesAgainInItsOrder() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2), fifo("g", 3)).orThrow();
        assertThat(calls.changeVisibility(queue, calls.receive(queue, 600), 0)
                        .json()
                        .path("Failed"))
                .isEmpty();
        assertThat(received(calls.receive(queue, 600))).containsExactly("message 1", "message 2", "message 3");
    }

    @Test
    void whatIsGivenBackBehindAHeldMessageOfItsGroupWaitsForIt() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2), fifo("g", 3)).orThrow();
        List<Received> held = calls.receive(queue, 600);
        calls.changeVisibility(queue, held.subList(1, 3), 0).orThrow();
        assertThat(calls.receive(queue, 600)).isEmpty();
        calls.delete(queue, held.subList(0, 1)).orThrow();
        assertThat(received(calls.receive(queue, 600))).containsExactly("message 2", "message 3");
    }

    @Test
    void aLongerVisibilityCountsFromTheChange() {
        for (String queue : List.of(standardQueue(), fifoQueue())) {
            calls.send(queue, queue.endsWith(".fifo") ? fifo("g", 1) : SentEntry.of("a", "text"))
                    .orThrow();
            List<Received> held = calls.receive(queue, 20);
            server.moveClock(Duration.ofSeconds(15));
            assertThat(calls.changeVisibility(queue, held, 60).json().path("Failed"))
                    .isEmpty();
            server.moveClock(Duration.ofSeconds(50));
            assertThat(calls.receive(queue, 20)).isEmpty();
            server.moveClock(Duration.ofSeconds(11));
            assertThat(onlyOf(calls.receive(queue, 20)).receiveCount()).isEqualTo(2);
        }
    }

    @Test
    void aHandleStillDeletesWhenItsTimeIsOverOnAStandardQueueAndNobodyReceivedSince() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        List<Received> held = calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        assertThat(calls.delete(queue, held).json().path("Failed")).isEmpty();
        assertThat(calls.receive(queue, 10)).isEmpty();
    }

    @Test
    void aHandleThatIsNoneFailsAloneAsTheSendersFault() {
        for (String queue : List.of(standardQueue(), fifoQueue())) {
            calls.send(queue, queue.endsWith(".fifo") ? fifo("g", 1) : SentEntry.of("a", "text"))
                    .orThrow();
            Received held = onlyOf(calls.receive(queue, 600));
            List<Received> both = List.of(new Received(held.message(), "made-up", 1), held);
            for (SqsAnswer answer : List.of(calls.changeVisibility(queue, both, 60), calls.delete(queue, both))) {
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                assertThat(answer.json().path("Successful")).hasSize(1);
                JsonNode failed = only(answer.json().path("Failed"));
                assertThat(failed.path("Id").asText()).endsWith("0");
                assertThat(failed.path("Code").asText()).isEqualTo("ReceiptHandleIsInvalid");
                assertThat(failed.path("SenderFault").asBoolean()).isTrue();
            }
            server.moveClock(Duration.ofSeconds(601));
            assertThat(calls.receive(queue, 10)).isEmpty();
        }
    }

    @Test
    void anAttemptThatIsRepeatedGivesTheSameMessagesAndHidesThemAnew() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2)).orThrow();
        List<Received> first = SqsCalls.received(calls.poll(queue, 60, 0, "attempt-1"));
        assertThat(received(first)).containsExactly("message 1", "message 2");
        // others see nothing of them
        assertThat(SqsCalls.received(calls.poll(queue, 60, 0, "attempt-2"))).isEmpty();
        assertThat(calls.receive(queue, 60)).isEmpty();
        server.moveClock(Duration.ofSeconds(50));
        List<Received> again = SqsCalls.received(calls.poll(queue, 60, 0, "attempt-1"));
        assertThat(received(again)).containsExactly("message 1", "message 2");
        rule(Difference.HANDLES_OF_A_REPEATED_ATTEMPT, () -> assertThat(again).isEqualTo(first));
        server.moveClock(Duration.ofSeconds(50));
        assertThat(calls.receive(queue, 60)).isEmpty();
        assertThat(calls.delete(queue, again).json().path("Failed")).isEmpty();
        server.moveClock(Duration.ofSeconds(61));
        assertThat(calls.receive(queue, 60)).isEmpty();
    }

    @Test
    void anAttemptWhoseMessagesLapsedIsAnOrdinaryReceive() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        Received first = onlyOf(SqsCalls.received(calls.poll(queue, 10, 0, "attempt")));
        server.moveClock(Duration.ofSeconds(11));
        Received again = onlyOf(SqsCalls.received(calls.poll(queue, 10, 0, "attempt")));
        assertThat(again.receiveCount()).isEqualTo(2);
        assertThat(again.handle()).isNotEqualTo(first.handle());
    }

    @Test
    void pastFiveMinutesAnAttemptIsAnotherOne() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("h", 2)).orThrow();
        assertThat(SqsCalls.received(calls.poll(queue, 3600, 0, "attempt"))).hasSize(2);
        server.moveClock(PAST_THE_WINDOW);
        rule(Difference.ATTEMPTS_PAST_FIVE_MINUTES, () -> {
            SqsAnswer answer = calls.poll(queue, 3600, 0, "attempt");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(SqsCalls.received(answer)).isEmpty();
        });
        assertThat(SqsCalls.received(calls.poll(queue, 3600, 0, "another"))).isEmpty();
    }

    @Test
    void anAttemptIdIsOfLettersDigitsAndPunctuation() {
        String queue = fifoQueue();
        assertThat(calls.poll(queue, 30, 0, "a".repeat(128)).status()).isEqualTo(200);
        assertThat(calls.poll(queue, 30, 0, "attempt 1").status()).isEqualTo(400);
        assertThat(calls.poll(queue, 30, 0, "a".repeat(129)).status()).isEqualTo(400);
    }

    private static Received onlyOf(List<Received> messages) {
        assertThat(messages).hasSize(1);
        return messages.get(0);
    }

    private static List<Received> ofGroup(List<Received> messages, String group) {
        return messages.stream()
                .filter(received -> group.equals(received.message().groupId()))
                .toList();
    }

    // ---- queues

    @Test
    void aQueueSaysWhatItIs() {
        String fifo = fifoQueue();
        assertThat(calls.attributes(fifo).path("FifoQueue").asText()).isEqualTo("true");
        assertThat(calls.attributes(standardQueue()).path("FifoQueue").asText()).isNotEqualTo("true");
        calls.send(fifo, fifo("g", 1), fifo("g", 2)).orThrow();
        assertThat(calls.waiting(fifo)).isEqualTo(2);
    }

    @Test
    void aQueueMadeAgainWithTheSameAttributesIsTheSame() {
        String name = "twice-" + COUNTER.incrementAndGet();
        String queue = calls.createQueue(name, Map.of("VisibilityTimeout", "17"));
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        assertThat(calls.createQueue(name, Map.of("VisibilityTimeout", "17"))).isEqualTo(queue);
        assertThat(calls.waiting(queue)).isEqualTo(1);
    }

    // ---- rules with differences

    @Test
    void entriesOfAFifoBatchHaveNumbersThatRise() {
        rule(Difference.SEQUENCE_NUMBERS_IN_BATCHES, () -> {
            JsonNode listed = calls.send(fifoQueue(), fifo("g", 1), fifo("g", 2))
                    .orThrow()
                    .json()
                    .path("Successful");
            assertThat(listed.path(0).path("SequenceNumber").asText()).isNotEmpty();
            assertThat(listed.path(1).path("SequenceNumber").asText())
                    .isGreaterThan(listed.path(0).path("SequenceNumber").asText());
        });
    }

    @Test
    void aQueueMayTellIdsApartByGroup() {
        rule(Difference.DEDUPLICATION_SCOPE, () -> {
            String queue = calls.createQueue(
                    "scope-" + COUNTER.incrementAndGet() + ".fifo",
                    Map.of("FifoQueue", "true", "DeduplicationScope", "messageGroup"));
            calls.send(queue, SentEntry.of("a", "one", "g1", "id"), SentEntry.of("b", "two", "g2", "id"))
                    .orThrow();
            assertThat(calls.drain(queue)).hasSize(2);
        });
    }

    @Test
    void aDeletedQueuesNameIsFreeAfterAMinute() {
        String name = "resting-" + COUNTER.incrementAndGet();
        calls.deleteQueue(calls.createQueue(name, Map.of()));
        rule(Difference.NAMES_REST_AFTER_DELETION, () -> {
            SqsAnswer early = calls.call("CreateQueue", SqsCalls.object().put("QueueName", name));
            assertThat(early.code()).isEqualTo("QueueDeletedRecently");
        });
        server.moveClock(Duration.ofSeconds(61));
        calls.createQueue(name, Map.of());
    }

    @Test
    void entryIdsAreDistinctAndOfLettersDigitsHyphensAndUnderscores() {
        rule(Difference.ENTRY_IDS, () -> {
            String queue = standardQueue();
            assertThat(calls.send(queue, SentEntry.of("a b", "text")).code()).isEqualTo("InvalidBatchEntryId");
            assertThat(calls.send(queue, SentEntry.of("a", "text"), SentEntry.of("a", "text"))
                            .code())
                    .isEqualTo("BatchEntryIdsNotDistinct");
        });
    }

    @Test
    void aBatchHasAnEntry() {
        rule(
                Difference.EMPTY_BATCH,
                () -> assertThat(calls.send(standardQueue(), List.of()).code()).isEqualTo("EmptyBatchRequest"));
    }

    @Test
    void sizesAreBytesAndAttributesCount() {
        rule(Difference.SIZES_IN_BYTES, () -> {
            String queue = standardQueue();
            // half a MiB of characters is more than one of bytes
            assertThat(calls.send(queue, SentEntry.of("a", "€".repeat(1 << 19))).status())
                    .isEqualTo(400);
        });
    }

    @Test
    void aQueueHasALimitOfItsOwn() {
        rule(Difference.MAXIMUM_MESSAGE_SIZE, () -> {
            String queue =
                    calls.createQueue("small-" + COUNTER.incrementAndGet(), Map.of("MaximumMessageSize", "1024"));
            SqsAnswer answer =
                    calls.send(queue, SentEntry.of("a", "x".repeat(1024)), SentEntry.of("b", "x".repeat(1025)));
            JsonNode failed = only(answer.json().path("Failed"));
            assertThat(failed.path("Id").asText()).isEqualTo("b");
            assertThat(failed.path("SenderFault").asBoolean()).isTrue();
        });
    }

    @Test
    void aBatchOverAMebibyteIsRefusedAsAWhole() {
        String queue = standardQueue();
        SqsAnswer answer =
                calls.send(queue, SentEntry.of("a", "x".repeat(600_000)), SentEntry.of("b", "x".repeat(600_000)));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(calls.drain(queue)).isEmpty();
        rule(Difference.BATCH_TOO_LONG_BY_NAME, () -> assertThat(answer.code()).isEqualTo("BatchRequestTooLong"));
    }

    @Test
    void aStandardQueueTakesTheHandleOfAnEarlierReceiveAndKeepsTheMessage() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        List<Received> first = calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        List<Received> second = calls.receive(queue, 10);
        assertThat(second).hasSize(1);
        rule(Difference.OUTDATED_HANDLES, () -> {
            assertThat(calls.delete(queue, first).json().path("Failed")).isEmpty();
            server.moveClock(Duration.ofSeconds(11));
            assertThat(calls.receive(queue, 10)).hasSize(1);
        });
    }

    @Test
    void aFifoQueueRefusesAHandleWhoseTimeIsOver() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        List<Received> first = calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        rule(Difference.EXPIRED_HANDLES, () -> assertThat(
                        calls.delete(queue, first).json().path("Failed"))
                .hasSize(1));
    }

    @Test
    void onlyWhatIsInFlightCanBeHiddenLonger() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        List<Received> first = calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        rule(Difference.VISIBILITY_OF_WHAT_IS_NOT_IN_FLIGHT, () -> assertThat(
                        calls.changeVisibility(queue, first, 60).json().path("Failed"))
                .hasSize(1));
    }

    @Test
    void aFifoQueueTakesNoHandleOfAnEarlierReceive() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1)).orThrow();
        List<Received> first = calls.receive(queue, 10);
        server.moveClock(Duration.ofSeconds(11));
        assertThat(calls.receive(queue, 600)).hasSize(1);
        assertThat(calls.delete(queue, first).json().path("Failed")).hasSize(1);
        server.moveClock(Duration.ofSeconds(601));
        assertThat(calls.receive(queue, 10)).hasSize(1);
    }

    @Test
    void aMessageCanBeDeletedTwice() {
        for (String queue : List.of(standardQueue(), fifoQueue())) {
            calls.send(queue, queue.endsWith(".fifo") ? fifo("g", 1) : SentEntry.of("a", "text"))
                    .orThrow();
            List<Received> held = calls.receive(queue, 600);
            calls.delete(queue, held).orThrow();
            rule(Difference.DELETING_TWICE, () -> assertThat(
                            calls.delete(queue, held).json().path("Failed"))
                    .isEmpty());
        }
    }

    @Test
    void aMessageIsHiddenForTwelveHoursAtMost() {
        String queue = standardQueue();
        calls.send(queue, SentEntry.of("a", "text")).orThrow();
        List<Received> held = calls.receive(queue, 3600);
        server.moveClock(Duration.ofSeconds(60));
        assertThat(calls.changeVisibility(queue, held, 43_100).json().path("Failed"))
                .isEmpty();
        rule(Difference.LONGEST_VISIBILITY, () -> {
            SqsAnswer answer = calls.changeVisibility(queue, held, 43_200);
            JsonNode failed = only(answer.json().path("Failed"));
            assertThat(failed.path("Code").asText()).isEqualTo("InvalidParameterValue");
            assertThat(failed.path("SenderFault").asBoolean()).isTrue();
        });
    }

    /** What is behind it may still be held: awspring/spring-cloud-aws#444. */
    @Test
    void theFirstOfAGroupComesAgainThoughTheNextAreStillHeld() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2), fifo("g", 3)).orThrow();
        List<Received> held = calls.receive(queue, 600);
        calls.changeVisibility(queue, held.subList(0, 1), 0).orThrow();
        assertThat(received(calls.receive(queue, 600))).containsExactly("message 1");
    }

    @Test
    void anAttemptWhoseMessagesWereDeletedIsRefused() {
        String queue = fifoQueue();
        calls.send(queue, fifo("g", 1), fifo("g", 2)).orThrow();
        List<Received> first = SqsCalls.received(calls.poll(queue, 60, 0, "attempt"));
        calls.delete(queue, first.subList(0, 1)).orThrow();
        rule(
                Difference.ATTEMPTS_WHOSE_MESSAGES_CHANGED,
                () -> assertThat(calls.poll(queue, 60, 0, "attempt").status()).isEqualTo(400));
    }

    @Test
    void messageIdsDiffer() {
        String queue = standardQueue();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            calls.send(queue, SentEntry.of("a", "same")).orThrow();
        }
        calls.drain(queue).forEach(message -> ids.add(message.messageId()));
        assertThat(ids).hasSize(20);
    }
}
