package io.fenceline.sqs;

import static io.fenceline.sqs.RawHttpServer.error;
import static io.fenceline.sqs.RawHttpServer.json;
import static io.fenceline.sqs.RawHttpServer.silence;
import static io.fenceline.sqs.TinySqs.failure;
import static io.fenceline.sqs.TinySqs.gives;
import static io.fenceline.sqs.TinySqs.message;
import static io.fenceline.sqs.TinySqs.with;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

/** What a client receives from a server of bytes, and what it does with handles. */
@Timeout(90)
class QueueClientReceiveTest {

    /** Longer than a busy machine takes for anything here. */
    private static final Duration LONG = Duration.ofSeconds(40);
    /** Where a test waits for a time to be over. */
    private static final Duration SHORT = Duration.ofMillis(300);

    /** Of a sender's attributes: two types have labels. */
    private static final String ATTRIBUTES = "{\"z\":{\"DataType\":\"String\",\"StringValue\":\"grün\"},"
            + "\"n\":{\"DataType\":\"Number.int\",\"StringValue\":\"17\"},"
            + "\"j\":{\"DataType\":\"String.json\",\"StringValue\":\"{}\"},"
            + "\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AP8=\"}}";

    private RawHttpServer server;
    private QueueClient client;

    @BeforeEach
    void start() throws IOException {
        server = new RawHttpServer(json(200, "{\"Messages\":[]}"));
        client = client(server.uri());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    // ------------------------------------------------------------ receiving

    @Test
    void aMessageComesWithAllItsParts() throws IOException {
        server.next(gives(with(message("m-1", "größer \uD83D\uDE00"), ATTRIBUTES), message("m-2", "two")));

        ReceiveOutcome outcome = client.receive(queue(), request(null));

        assertThat(outcome).isInstanceOf(ReceiveOutcome.Received.class);
        List<ReceivedMessage> messages = ((ReceiveOutcome.Received) outcome).messages();
        assertThat(messages)
                .containsExactly(
                        new ReceivedMessage(
                                "m-1",
                                "handle of m-1",
                                "größer \uD83D\uDE00",
                                List.of(
                                        new MessageAttribute.Binary("b", new byte[] {0, (byte) 0xff}),
                                        new MessageAttribute.Text("j", "{}"),
                                        new MessageAttribute.Number("n", "17"),
                                        new MessageAttribute.Text("z", "grün")),
                                "group",
                                "18850000000000000001",
                                1_700_000_000_123L,
                                3),
                        new ReceivedMessage(
                                "m-2",
                                "handle of m-2",
                                "two",
                                List.of(),
                                "group",
                                "18850000000000000001",
                                1_700_000_000_123L,
                                3));
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aRequestAsksForEverythingAMessageHas() throws IOException {
        client.receive(queue(), new ReceiveRequest(7, Duration.ofSeconds(20), Duration.ofHours(12), "attempt 1"));

        assertThat(server.requests().get(0).header("X-Amz-Target")).isEqualTo("AmazonSQS.ReceiveMessage");
        assertThat(TinySqs.JSON.readTree(server.requests().get(0).body()))
                .isEqualTo(TinySqs.JSON.readTree("{\"QueueUrl\":\"" + queue().text()
                        + "\",\"MaxNumberOfMessages\":7,\"WaitTimeSeconds\":20,\"VisibilityTimeout\":43200,"
                        + "\"ReceiveRequestAttemptId\":\"attempt 1\",\"MessageSystemAttributeNames\":[\"All\"],"
                        + "\"MessageAttributeNames\":[\"All\"]}"));
    }

    @Test
    void aRequestWithoutAnAttemptIdSendsNone() throws IOException {
        client.receive(queue(), request(null));

        assertThat(TinySqs.JSON.readTree(server.requests().get(0).body()).has("ReceiveRequestAttemptId"))
                .isFalse();
    }

    /** Otherwise the comparisons below would compare two mistakes. */
    @Test
    void theServersDigestsAreThoseTheSdkItselfExpects() throws IOException {
        server.next(gives(with(message("m", "grün \uD83D\uDE00"), ATTRIBUTES)));
        try (SqsClient bare = SqsClient.builder()
                .endpointOverride(server.uri())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .checksumValidationEnabled(true)
                .build()) {
            assertThat(bare.receiveMessage(r -> r.queueUrl(queue().text())).messages())
                    .hasSize(1);
        }
    }

    @Test
    void anAnswerWithoutMessagesIsAnAnswer() {
        server.next(json(200, "{\"Messages\":[]}"), json(200, " \n{}"));

        assertThat(client.receive(queue(), request(null))).isEqualTo(new ReceiveOutcome.Received(List.of()));
        assertThat(client.receive(queue(), request(null))).isEqualTo(new ReceiveOutcome.Received(List.of()));
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void whatAServerNeedNotSayIsNotAskedOfIt() {
        ObjectNode bare = message("m", "body");
        bare.remove("Attributes");
        server.next(gives(bare));

        assertThat(client.receive(standardQueue(), request(null)))
                .isEqualTo(new ReceiveOutcome.Received(
                        List.of(new ReceivedMessage("m", "handle of m", "body", List.of(), null, null, null, 1))));
    }

    static Stream<Arguments> senseless() throws IOException {
        return Stream.of(
                Arguments.of("without its MessageId", changed("MessageId", null)),
                Arguments.of("without its MessageId", changed("MessageId", "")),
                Arguments.of("without its ReceiptHandle", changed("ReceiptHandle", null)),
                Arguments.of("without its ReceiptHandle", changed("ReceiptHandle", "")),
                Arguments.of("without its Body", changed("Body", null)),
                Arguments.of("body has another MD5", changed("Body", "another body")),
                Arguments.of("body has another MD5", changed("MD5OfBody", null)),
                Arguments.of(
                        "attributes have another MD5",
                        changed("MD5OfMessageAttributes", "00000000000000000000000000000000")),
                // a message that lost its attributes on its way
                Arguments.of("attributes have another MD5", changed("MessageAttributes", null)),
                Arguments.of("without its MessageGroupId", changed("Attributes", null)),
                Arguments.of("ApproximateReceiveCount is not a number", system("ApproximateReceiveCount")),
                Arguments.of("SentTimestamp is not a number", system("SentTimestamp")),
                Arguments.of("attribute a is of type Text", typed("Text", "StringValue")),
                Arguments.of("attribute a is of type Numbers", typed("Numbers", "StringValue")),
                Arguments.of("attribute a is of type Binary", typed("Binary", "StringValue")),
                Arguments.of("attribute a is of type String", typed("String", "BinaryValue")));
    }

    private static ObjectNode changed(String field, String value) throws IOException {
        ObjectNode message = with(message("m", "body"), ATTRIBUTES);
        if (value == null) {
            message.remove(field);
        } else {
            message.put(field, value);
        }
        return message;
    }

    private static ObjectNode system(String name) throws IOException {
        ObjectNode message = message("m", "body");
        ((ObjectNode) message.get("Attributes")).put(name, "many");
        return message;
    }

    private static ObjectNode typed(String type, String field) throws IOException {
        return with(message("m", "body"), "{\"a\":{\"DataType\":\"" + type + "\",\"" + field + "\":\"AAAA\"}}");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("senseless")
    void anAnswerWithAMessageThatCannotBeRightIsNone(String why, ObjectNode message) {
        server.next(gives(message("before", "body"), message));

        ReceiveOutcome outcome = client.receive(queue(), request(null));

        ReceiveOutcome.Failed failed = failed(outcome);
        assertThat(failed.answer()).as(failed.toString()).isEqualTo(QueueAnswer.SENSELESS);
        assertThat(failed.message())
                .contains(server.uri() + " answered 200 with")
                .contains(why)
                .contains("request id 5f0e9d1c");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void moreMessagesThanWereAskedForAreSenseless() {
        server.next(gives(message("m-1", "one"), message("m-2", "two")));

        ReceiveOutcome outcome =
                client.receive(queue(), new ReceiveRequest(1, Duration.ZERO, Duration.ofSeconds(30), null));

        assertThat(failed(outcome).answer()).isEqualTo(QueueAnswer.SENSELESS);
        assertThat(failed(outcome).message()).contains("2 messages where 1 were asked for");
    }

    // ------------------------------------------------------------ failures of the whole request

    /** Begins the names of those whose client does not wait long. */
    private static final String HASTY = "after a while: ";

    /** To a receive these are answers without messages. */
    private static final Set<String> EMPTY = Set.of("an object without lists", "a list that is none");

    static Stream<Arguments> failures() {
        return Stream.of("receive", "delete", "change").flatMap(call -> QueueClientTest.failures()
                .filter(failure -> !call.equals("receive") || !EMPTY.contains(failure.get()[0]))
                .map(failure ->
                        Arguments.of(call, failure.get()[0], failure.get()[1], failure.get()[2], failure.get()[3])));
    }

    private record Failure(QueueAnswer answer, String code, String message) {}

    private static Failure call(QueueClient client, String call, QueueUrl queue) {
        if (call.equals("receive")) {
            ReceiveOutcome.Failed failed =
                    failed(client.receive(queue, new ReceiveRequest(10, Duration.ZERO, Duration.ofSeconds(30), "id")));
            return new Failure(failed.answer(), failed.code(), failed.message());
        }
        HandleOutcome outcome = call.equals("delete")
                ? client.delete(queue, List.of("handle"))
                : client.changeVisibility(queue, List.of("handle"), Duration.ofSeconds(30));
        assertThat(outcome).isInstanceOf(HandleOutcome.Failed.class);
        HandleOutcome.Failed failed = (HandleOutcome.Failed) outcome;
        return new Failure(failed.answer(), failed.code(), failed.message());
    }

    @ParameterizedTest(name = "{0}, {1}: {3}")
    @MethodSource("failures")
    void aFailedRequestWasSentOnceAndMeans(
            String call, String name, RawHttpServer.Reply reply, QueueAnswer answer, String code) {
        server.next(reply);
        boolean hasty = name.startsWith(HASTY);
        if (hasty) {
            client.close();
            client = new QueueClient(config(server.uri()).withTimeouts(LONG, SHORT), System::nanoTime);
        }

        Failure failure = call(client, call, queue());

        assertThat(failure.answer()).as(failure.toString()).isEqualTo(answer);
        assertThat(failure.code()).as(failure.toString()).isEqualTo(code);
        assertThat(failure.message()).contains(server.uri().toString());
        assertThat(server.requests()).hasSize(1);
        if (hasty) {
            return;
        }
        // and the next one is none the worse for it
        assertThat(client.receive(queue(), request(null))).isInstanceOf(ReceiveOutcome.Received.class);
        assertThat(server.requests()).hasSize(2);
    }

    @Test
    void aClosedClientCallsNobody() {
        client.close();

        for (String call : List.of("receive", "delete", "change")) {
            Failure failure = call(client, call, queue());
            assertThat(failure.answer()).isEqualTo(QueueAnswer.UNREACHABLE);
            assertThat(failure.message()).contains("closed");
        }
        assertThat(server.requests()).isEmpty();
    }

    // ------------------------------------------------------------ time

    @Test
    void closingEndsALongPollAtOnce() throws InterruptedException {
        CountDownLatch polled = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        server.next((request, socket) -> {
            polled.countDown();
            silence(gone).to(request, socket);
        });
        CompletableFuture<ReceiveOutcome> poll =
                CompletableFuture.supplyAsync(() -> client.receive(queue(), longPoll()));
        assertThat(polled.await(60, TimeUnit.SECONDS)).isTrue();

        client.close();

        // its deadline would be a minute away
        assertThat(failed(poll.orTimeout(30, TimeUnit.SECONDS).join()).answer()).isEqualTo(QueueAnswer.NO_ANSWER);
        assertThat(gone.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(server.requests()).hasSize(1);
    }

    /** By a clock that a test moves: ten seconds for a request, and twenty more for a long poll. */
    @Test
    void aLongPollMayTakeItsWaitLongerThanOtherCalls() {
        AtomicLong now = new AtomicLong();
        CountDownLatch unused = new CountDownLatch(3);
        server.next(silence(unused), silence(unused), silence(unused));
        try (QueueClient timed =
                new QueueClient(config(server.uri()).withTimeouts(LONG, Duration.ofSeconds(10)), now::get)) {
            CompletableFuture<ReceiveOutcome> poll = begin(1, () -> timed.receive(queue(), longPoll()));
            CompletableFuture<HandleOutcome> delete = begin(2, () -> timed.delete(queue(), List.of("handle")));
            now.addAndGet(TimeUnit.SECONDS.toNanos(10));
            assertThat(reason(delete.join())).contains("within 10000 ms");
            CompletableFuture<HandleOutcome> change =
                    begin(3, () -> timed.changeVisibility(queue(), List.of("handle"), Duration.ZERO));
            now.addAndGet(TimeUnit.SECONDS.toNanos(20) - 1);
            assertThat(reason(change.join())).contains("within 10000 ms");
            assertThat(poll).isNotDone();

            now.addAndGet(1);

            assertThat(failed(poll.join()).answer()).isEqualTo(QueueAnswer.NO_ANSWER);
            assertThat(failed(poll.join()).message()).contains("within 30000 ms");
        }
        assertThat(server.requests()).hasSize(3);
    }

    @Test
    void aLongPollThatIsSilentForLongerThanARequestMayTakeIsNotCut() {
        server.next((request, socket) -> {
            try {
                // three times the request timeout
                TimeUnit.MILLISECONDS.sleep(3 * SHORT.toMillis());
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            gives(message("m", "late")).to(request, socket);
        });
        try (QueueClient hasty = new QueueClient(config(server.uri()).withTimeouts(LONG, SHORT), System::nanoTime)) {
            assertThat(hasty.receive(queue(), longPoll())).isInstanceOf(ReceiveOutcome.Received.class);
        }
        assertThat(server.requests()).hasSize(1);
    }

    // ------------------------------------------------------------ handles

    @Test
    void aDeleteAndAChangeOfVisibilityNameTheirHandles() throws IOException {
        server.next(TinySqs.does(), TinySqs.does());

        assertThat(client.delete(queue(), List.of("one", "two")))
                .isEqualTo(new HandleOutcome.Answered(
                        List.of(new HandleOutcome.Entry.Done(), new HandleOutcome.Entry.Done())));
        assertThat(client.changeVisibility(queue(), List.of("one"), Duration.ofHours(12)))
                .isEqualTo(new HandleOutcome.Answered(List.of(new HandleOutcome.Entry.Done())));

        assertThat(server.requests().get(0).header("X-Amz-Target")).isEqualTo("AmazonSQS.DeleteMessageBatch");
        assertThat(sent(0))
                .isEqualTo(TinySqs.JSON.readTree("{\"QueueUrl\":\"" + queue().text() + "\",\"Entries\":["
                        + "{\"Id\":\"0\",\"ReceiptHandle\":\"one\"},{\"Id\":\"1\",\"ReceiptHandle\":\"two\"}]}"));
        assertThat(server.requests().get(1).header("X-Amz-Target")).isEqualTo("AmazonSQS.ChangeMessageVisibilityBatch");
        assertThat(sent(1))
                .isEqualTo(TinySqs.JSON.readTree("{\"QueueUrl\":\"" + queue().text() + "\",\"Entries\":["
                        + "{\"Id\":\"0\",\"ReceiptHandle\":\"one\",\"VisibilityTimeout\":43200}]}"));
    }

    @Test
    void aMessageIsGivenBackWithAVisibilityOfNothing() throws IOException {
        server.next(TinySqs.does());

        client.changeVisibility(queue(), List.of("one"), Duration.ZERO);

        assertThat(sent(0).at("/Entries/0/VisibilityTimeout").isInt()).isTrue();
        assertThat(sent(0).at("/Entries/0/VisibilityTimeout").asInt(-1)).isZero();
    }

    static Stream<Function<QueueClientReceiveTest, HandleOutcome>> changesOfTen() {
        List<String> ten =
                Stream.iterate(0, i -> i + 1).limit(10).map(i -> "handle " + i).toList();
        return Stream.of(
                test -> test.client.delete(test.queue(), ten),
                test -> test.client.changeVisibility(test.queue(), ten, Duration.ofSeconds(30)));
    }

    @ParameterizedTest
    @MethodSource("changesOfTen")
    void eachHandleHasAnOutcomeOfItsOwn(Function<QueueClientReceiveTest, HandleOutcome> change) {
        server.next(TinySqs.does((successful, failed) -> {
            // from behind, so that places stay
            for (int i = 9; i >= 3; i--) {
                successful.remove(i);
            }
            // 0 is done; 1 is listed twice, alike; 2 twice, and not alike; 9 is not listed; and somebody is not ours
            successful.add(successful.get(1).deepCopy());
            failed.add(failure("2", true, "ReceiptHandleIsInvalid"));
            failed.add(failure("3", true, "ReceiptHandleIsInvalid", "The input receipt handle is invalid."));
            failed.add(failure("4", true, "InvalidParameterValue", expired("handle 4")));
            failed.add(failure("5", true, "MessageNotInflight"));
            failed.add(failure("6", true, "InvalidParameterValue", "Value 50000 for parameter VisibilityTimeout"));
            failed.add(failure("7", false, "InternalError"));
            failed.add(failure("7", false, "ServiceUnavailable"));
            failed.add(failure("8", true, "RequestThrottled"));
            failed.add(failure("17", true, "AccessDenied"));
            failed.add(failure("x", true, "AccessDenied"));
        }));

        HandleOutcome outcome = change.apply(this);

        assertThat(outcome).isInstanceOf(HandleOutcome.Answered.class);
        assertThat(((HandleOutcome.Answered) outcome).entries())
                .extracting(QueueClientReceiveTest::shortly)
                .containsExactly(
                        "Done",
                        "Done",
                        "SENSELESS Contradiction",
                        "Unknown",
                        "Lapsed",
                        "Lapsed",
                        "REFUSED InvalidParameterValue",
                        "SERVER_ERROR InternalError",
                        "THROTTLED RequestThrottled",
                        "SENSELESS Unlisted");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void ofAHandleThatLapsedAndIsUnknownNothingIsKnown() {
        server.next(TinySqs.does((successful, failed) -> {
            successful.removeAll();
            failed.add(failure("0", true, "ReceiptHandleIsInvalid"));
            failed.add(failure("0", true, "ReceiptHandleIsInvalid", "The receipt handle has expired"));
        }));

        assertThat(entries(client.delete(queue(), List.of("handle")))).containsExactly("SENSELESS Contradiction");
    }

    /** Some servers refuse a whole batch for one handle that is none of theirs. */
    @Test
    void aRefusalOfARequestWithASingleHandleIsSaidOfTheHandle() {
        server.next(
                error(404, "ReceiptHandleIsInvalid"),
                json(
                        400,
                        "{\"__type\":\"com.amazonaws.sqs#InvalidParameterValue\",\"message\":\""
                                + expired("A".repeat(1000)) + "\"}"),
                error(400, "MessageNotInflight"),
                error(400, "InvalidParameterValue"),
                error(400, "ReceiptHandleIsInvalid"));

        assertThat(entries(client.delete(queue(), List.of("handle")))).containsExactly("Unknown");
        assertThat(entries(client.delete(queue(), List.of("handle")))).containsExactly("Lapsed");
        assertThat(entries(client.changeVisibility(queue(), List.of("handle"), Duration.ZERO)))
                .containsExactly("Lapsed");
        // it is not said of what
        assertThat(client.delete(queue(), List.of("handle"))).isInstanceOf(HandleOutcome.Failed.class);
        // nor of which
        HandleOutcome two = client.delete(queue(), List.of("handle", "another"));
        assertThat(two).isInstanceOf(HandleOutcome.Failed.class);
        assertThat(((HandleOutcome.Failed) two).answer()).isEqualTo(QueueAnswer.REFUSED);
        assertThat(((HandleOutcome.Failed) two).code()).isEqualTo("ReceiptHandleIsInvalid");
        assertThat(server.requests()).hasSize(5);
    }

    // ------------------------------------------------------------ help

    private static String expired(String handle) {
        return "Value " + handle + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
    }

    private <T> CompletableFuture<T> begin(int number, Supplier<T> call) {
        CompletableFuture<T> begun = CompletableFuture.supplyAsync(call);
        try {
            while (server.requests().size() < number) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return begun;
    }

    private JsonNode sent(int request) throws IOException {
        return TinySqs.JSON.readTree(server.requests().get(request).body());
    }

    private static ReceiveOutcome.Failed failed(ReceiveOutcome outcome) {
        assertThat(outcome).isInstanceOf(ReceiveOutcome.Failed.class);
        return (ReceiveOutcome.Failed) outcome;
    }

    private static String reason(HandleOutcome outcome) {
        assertThat(outcome).isInstanceOf(HandleOutcome.Failed.class);
        return ((HandleOutcome.Failed) outcome).message();
    }

    private static List<String> entries(HandleOutcome outcome) {
        assertThat(outcome).as(outcome.toString()).isInstanceOf(HandleOutcome.Answered.class);
        var entries = new ArrayList<String>();
        for (HandleOutcome.Entry entry : ((HandleOutcome.Answered) outcome).entries()) {
            entries.add(shortly(entry));
        }
        return entries;
    }

    private static String shortly(HandleOutcome.Entry entry) {
        return entry instanceof HandleOutcome.Entry.NotDone not
                ? not.answer() + " " + not.code()
                : entry.getClass().getSimpleName();
    }

    private static ReceiveRequest request(String attemptId) {
        return new ReceiveRequest(10, Duration.ZERO, Duration.ofSeconds(30), attemptId);
    }

    private static ReceiveRequest longPoll() {
        return new ReceiveRequest(10, Duration.ofSeconds(20), Duration.ofSeconds(30), "attempt");
    }

    private QueueUrl queue() {
        return QueueUrl.parse(server.uri() + "/000000000000/orders.fifo");
    }

    private QueueUrl standardQueue() {
        return QueueUrl.parse(server.uri() + "/000000000000/orders");
    }

    private static QueueClient client(URI endpoint) {
        return new QueueClient(config(endpoint), System::nanoTime);
    }

    private static QueueClientConfig config(URI endpoint) {
        return QueueClientConfig.forEndpoint(endpoint)
                .withRegion("us-east-1")
                .withCredentials(new QueueCredentials.AccessKey("id", "secret", null))
                .withTimeouts(LONG, LONG);
    }
}
