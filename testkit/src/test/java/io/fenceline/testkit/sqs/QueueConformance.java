package io.fenceline.testkit.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.QueueServer;
import io.fenceline.testkit.sqs.SqsCalls.Received;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        VISIBILITY_OF_WHAT_IS_NOT_IN_FLIGHT
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
