package io.fenceline.sqs;

import static io.fenceline.sqs.RawHttpServer.closes;
import static io.fenceline.sqs.RawHttpServer.drips;
import static io.fenceline.sqs.RawHttpServer.error;
import static io.fenceline.sqs.RawHttpServer.html;
import static io.fenceline.sqs.RawHttpServer.http;
import static io.fenceline.sqs.RawHttpServer.json;
import static io.fenceline.sqs.RawHttpServer.raw;
import static io.fenceline.sqs.RawHttpServer.resets;
import static io.fenceline.sqs.RawHttpServer.silence;
import static io.fenceline.sqs.RawHttpServer.text;
import static io.fenceline.sqs.RawHttpServer.then;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
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
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;

/** A client against a server of bytes. The build runs it with AWS_MAX_ATTEMPTS and AWS_RETRY_MODE in the environment. */
@Timeout(90)
class QueueClientTest {

    /** Longer than a busy machine takes for anything here. */
    private static final Duration LONG = Duration.ofSeconds(40);
    /** Where a test waits for a time to be over. */
    private static final Duration SHORT = Duration.ofMillis(300);
    /** Nobody listens there. */
    private static final URI NOBODY = URI.create("http://127.0.0.1:1");

    private static final BooleanSupplier OPEN = () -> true;

    private RawHttpServer server;
    private QueueClient client;

    @BeforeEach
    void start() throws IOException {
        server = new RawHttpServer(TinySqs.takes());
        client = client(server.uri());
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.close();
    }

    // ------------------------------------------------------------ what is sent

    @Test
    void aMessageArrivesWithAllItsParts() throws IOException {
        SendOutcome outcome = client.send(queue(), List.of(message("zero"), message("one")), OPEN);

        assertThat(outcome)
                .isEqualTo(new SendOutcome.Answered(List.of(
                        new SendOutcome.Entry.Accepted("m-0", "10000"),
                        new SendOutcome.Entry.Accepted("m-1", "10001"))));
        RawHttpServer.Request request = server.requests().get(0);
        assertThat(request.header("X-Amz-Target")).isEqualTo("AmazonSQS.SendMessageBatch");
        JsonNode sent = TinySqs.JSON.readTree(request.body());
        assertThat(sent.get("QueueUrl").asText()).isEqualTo(queue().text());
        assertThat(sent.get("Entries")).hasSize(2);
        JsonNode second = sent.get("Entries").get(1);
        assertThat(second.get("Id").asText()).isEqualTo("1");
        assertThat(second.get("MessageBody").asText()).isEqualTo("one");
        assertThat(second.get("MessageGroupId").asText()).isEqualTo("group");
        assertThat(second.get("MessageDeduplicationId").asText()).isEqualTo("id of one");
        assertThat(second.get("MessageAttributes"))
                .isEqualTo(TinySqs.JSON.readTree("{\"z\":{\"DataType\":\"String\",\"StringValue\":\"grün\"},"
                        + "\"n\":{\"DataType\":\"Number\",\"StringValue\":\"17\"},"
                        + "\"b\":{\"DataType\":\"Binary\",\"BinaryValue\":\"AP8=\"}}"));
    }

    @Test
    void aMessageOfAStandardQueueHasNoGroupAndNoAttributesIfNoneWereGiven() throws IOException {
        var plain = new OutgoingMessage("body", List.of(), null, null, 4);

        assertThat(client.send(queue(), List.of(plain), OPEN))
                .isEqualTo(new SendOutcome.Answered(List.of(new SendOutcome.Entry.Accepted("m-0", null))));
        assertThat(TinySqs.JSON
                        .readTree(server.requests().get(0).body())
                        .get("Entries")
                        .get(0)
                        .fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("Id", "MessageBody");
    }

    @Test
    void aResendIsTheSameToTheByte() {
        List<OutgoingMessage> messages = List.of(message("zero"), message("one"), message("two"));

        client.send(queue(), messages, OPEN);
        client.send(queue(), messages, OPEN);

        assertThat(server.requests()).hasSize(2);
        assertThat(server.requests().get(1).body())
                .isEqualTo(server.requests().get(0).body());
    }

    /** Otherwise the comparisons below would compare two mistakes. */
    @Test
    void theServersDigestsAreThoseTheSdkItselfExpects() {
        try (SqsClient bare = bare(true)) {
            assertThat(bare.sendMessageBatch(MessageBatch.request(
                                    queue(), List.of(message("grün \uD83D\uDE00"), message("one"))))
                            .successful())
                    .hasSize(2);
        }
    }

    // ------------------------------------------------------------ failures of the whole request

    /** Begins the names of those whose client does not wait long. */
    private static final String HASTY = "after a while: ";

    static Stream<Arguments> failures() {
        CountDownLatch unused = new CountDownLatch(1);
        String cut = text(200, "application/x-amz-json-1.0", "{\"Successful\":[{\"Id\":\"0\",\"MessageId\":\"m\"}]}");
        String half = cut.substring(0, cut.length() - 20);
        return Stream.of(
                Arguments.of("closed after reading", closes(), QueueAnswer.NO_ANSWER, null),
                Arguments.of("reset after reading", resets(), QueueAnswer.NO_ANSWER, null),
                Arguments.of(HASTY + "silence", silence(unused), QueueAnswer.NO_ANSWER, null),
                Arguments.of(
                        HASTY + "head in drips",
                        drips("HTTP/1.1 200 OK\r\nX-Pad: ", unused),
                        QueueAnswer.NO_ANSWER,
                        null),
                Arguments.of(
                        HASTY + "body in drips",
                        drips("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"Successful\":[", unused),
                        QueueAnswer.NO_ANSWER,
                        null),
                Arguments.of("reset in the body", then(raw(half), pauseThenReset()), QueueAnswer.NO_ANSWER, null),
                Arguments.of(
                        HASTY + "silence in the body", then(raw(half), silence(unused)), QueueAnswer.NO_ANSWER, null),
                Arguments.of("500", error(500, "InternalFailure"), QueueAnswer.SERVER_ERROR, "InternalFailure"),
                Arguments.of("500 of a proxy", html(500), QueueAnswer.SERVER_ERROR, null),
                Arguments.of("502 of a proxy", html(502), QueueAnswer.SERVER_ERROR, null),
                Arguments.of("503", error(503, "ServiceUnavailable"), QueueAnswer.SERVER_ERROR, "ServiceUnavailable"),
                Arguments.of(
                        "throttling with 503",
                        error(503, "RequestThrottled"),
                        QueueAnswer.SERVER_ERROR,
                        "RequestThrottled"),
                Arguments.of(
                        HASTY + "500 in drips",
                        drips("HTTP/1.1 500 X\r\nContent-Length: 100000\r\n\r\n", unused),
                        QueueAnswer.SERVER_ERROR,
                        null),
                Arguments.of("throttling", error(400, "RequestThrottled"), QueueAnswer.THROTTLED, "RequestThrottled"),
                Arguments.of(
                        "AWS's throttling",
                        error(400, "ThrottlingException"),
                        QueueAnswer.THROTTLED,
                        "ThrottlingException"),
                Arguments.of("KMS's throttling", error(400, "KmsThrottled"), QueueAnswer.THROTTLED, "KmsThrottled"),
                Arguments.of("429 without a code", html(429), QueueAnswer.SERVER_ERROR, null),
                Arguments.of("over a limit", error(403, "OverLimit"), QueueAnswer.OVER_LIMIT, "OverLimit"),
                Arguments.of("expired request", error(400, "RequestExpired"), QueueAnswer.DENIED, "RequestExpired"),
                Arguments.of(
                        "expired token",
                        error(400, "ExpiredTokenException"),
                        QueueAnswer.DENIED,
                        "ExpiredTokenException"),
                Arguments.of(
                        "denied", error(403, "AccessDeniedException"), QueueAnswer.DENIED, "AccessDeniedException"),
                Arguments.of("an unknown 403", error(403, "Whatever"), QueueAnswer.DENIED, "Whatever"),
                Arguments.of("KMS denies", error(400, "KmsAccessDenied"), QueueAnswer.DENIED, "KmsAccessDenied"),
                Arguments.of("KMS has no such key", error(400, "KmsNotFound"), QueueAnswer.DENIED, "KmsNotFound"),
                Arguments.of(
                        "no such queue", error(400, "QueueDoesNotExist"), QueueAnswer.MISSING, "QueueDoesNotExist"),
                Arguments.of(
                        "no such queue, in the words of the old protocol",
                        http(
                                400,
                                "application/x-amz-json-1.0",
                                "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"said\"}",
                                "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender"),
                        QueueAnswer.MISSING,
                        "AWS.SimpleQueueService.NonExistentQueue"),
                Arguments.of(
                        "no such queue, without a class",
                        error(400, "AWS.SimpleQueueService.NonExistentQueue"),
                        QueueAnswer.MISSING,
                        "AWS.SimpleQueueService.NonExistentQueue"),
                Arguments.of(
                        "characters that are not allowed",
                        error(400, "InvalidMessageContents"),
                        QueueAnswer.REFUSED,
                        "InvalidMessageContents"),
                Arguments.of("too long", error(400, "BatchRequestTooLong"), QueueAnswer.REFUSED, "BatchRequestTooLong"),
                Arguments.of(
                        "too long, said by the front",
                        error(413, "RequestEntityTooLarge"),
                        QueueAnswer.REFUSED,
                        "RequestEntityTooLarge"),
                Arguments.of(
                        "another service",
                        error(400, "UnknownOperationException"),
                        QueueAnswer.SENSELESS,
                        "UnknownOperationException"),
                Arguments.of("a 409 of nobody's", error(409, "Whatever"), QueueAnswer.SENSELESS, "Whatever"),
                Arguments.of("400 of a proxy", html(400), QueueAnswer.SENSELESS, null),
                Arguments.of("403 of a proxy", html(403), QueueAnswer.SENSELESS, null),
                Arguments.of(
                        "403 of SQS without a body",
                        http(403, "text/plain", "", "x-amzn-RequestId: 17"),
                        QueueAnswer.DENIED,
                        null),
                Arguments.of("404 of a web server", html(404), QueueAnswer.SENSELESS, null),
                Arguments.of("a redirect", html(307, "Location: /elsewhere"), QueueAnswer.SENSELESS, null),
                Arguments.of("a web page", html(200), QueueAnswer.SENSELESS, null),
                Arguments.of("nothing", json(200, ""), QueueAnswer.SENSELESS, null),
                Arguments.of("no content", raw("HTTP/1.1 204 No Content\r\n\r\n"), QueueAnswer.SENSELESS, null),
                Arguments.of("an object without lists", json(200, "{}"), QueueAnswer.SENSELESS, null),
                Arguments.of("a list", json(200, "[]"), QueueAnswer.SENSELESS, null),
                Arguments.of("null", json(200, "null"), QueueAnswer.SENSELESS, null),
                Arguments.of("a word", json(200, "\"yes\""), QueueAnswer.SENSELESS, null),
                Arguments.of("a list that is none", json(200, "{\"Successful\":\"yes\"}"), QueueAnswer.SENSELESS, null),
                Arguments.of(
                        "JSON that ends early",
                        json(200, "{\"Successful\":[{\"Id\":\"0\","),
                        QueueAnswer.SENSELESS,
                        null),
                Arguments.of("a body that ends early", then(raw(half), closes()), QueueAnswer.SENSELESS, null),
                Arguments.of(
                        "chunks that end early",
                        then(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"Succ"), closes()),
                        QueueAnswer.SENSELESS,
                        null),
                Arguments.of(
                        "a length that is none",
                        raw("HTTP/1.1 200 OK\r\nContent-Length: some\r\n\r\n{}"),
                        QueueAnswer.SENSELESS,
                        null),
                Arguments.of(
                        "a chunk that is none",
                        raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}"),
                        QueueAnswer.SENSELESS,
                        null),
                Arguments.of(
                        "not HTTP, which is no answer",
                        then(raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"), closes()),
                        QueueAnswer.NO_ANSWER,
                        null));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("failures")
    void aFailedRequestWasSentOnceAndMeans(String name, RawHttpServer.Reply reply, QueueAnswer answer, String code) {
        server.next(reply);
        boolean hasty = hurryIfAsked(name);

        SendOutcome outcome = client.send(queue(), List.of(message("one")), OPEN);

        assertThat(outcome).isInstanceOf(SendOutcome.Failed.class);
        SendOutcome.Failed failed = (SendOutcome.Failed) outcome;
        assertThat(failed.answer()).as(failed.toString()).isEqualTo(answer);
        assertThat(failed.code()).as(failed.toString()).isEqualTo(code);
        assertThat(failed.message()).contains(server.uri().toString());
        assertThat(server.requests()).hasSize(1);
        if (hasty) {
            return;
        }
        // and the next one is none the worse for it
        assertThat(client.send(queue(), List.of(message("two")), OPEN)).isInstanceOf(SendOutcome.Answered.class);
        assertThat(server.requests()).hasSize(2);
    }

    /** The environment that all of these run in does make a client of AWS's own try again. */
    @Test
    void aBareClientInThisEnvironmentSendsMoreThanOnce() {
        server.next(error(500, "InternalFailure"), error(500, "InternalFailure"));
        try (SqsClient bare = SqsClient.builder()
                .endpointOverride(server.uri())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .build()) {
            assertThatThrownBy(() -> bare.sendMessageBatch(MessageBatch.request(queue(), List.of(message("one")))))
                    .isInstanceOf(SdkException.class);
        }
        assertThat(server.requests()).hasSizeGreaterThan(1);
    }

    @Test
    void aServerThatDripsLosesItsConnection() throws InterruptedException {
        CountDownLatch gone = new CountDownLatch(1);
        server.next(drips("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{", gone));

        try (QueueClient hasty = new QueueClient(config(server.uri()).withTimeouts(LONG, SHORT), System::nanoTime)) {
            hasty.send(queue(), List.of(message("one")), OPEN);

            assertThat(gone.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aConnectionThatWasDroppedWhileKeptAliveIsNotTriedTwice() throws InterruptedException {
        CountDownLatch dropped = new CountDownLatch(1);
        server.next((request, socket) -> {
            TinySqs.takes().to(request, socket);
            socket.close();
            dropped.countDown();
        });
        client.send(queue(), List.of(message("one")), OPEN);
        dropped.await();

        SendOutcome outcome = client.send(queue(), List.of(message("two")), OPEN);

        assertThat(outcome).isInstanceOf(SendOutcome.Failed.class);
        assertThat(((SendOutcome.Failed) outcome).answer()).isEqualTo(QueueAnswer.NO_ANSWER);
        assertThat(server.requests()).hasSize(1);
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void oneConnectionServesManyCalls() {
        for (int i = 0; i < 5; i++) {
            client.send(queue(), List.of(message("one")), OPEN);
        }

        assertThat(server.requests()).hasSize(5);
        assertThat(server.connections()).isEqualTo(1);
    }

    // ------------------------------------------------------------ nothing was sent

    @Test
    void aGateThatIsShutKeepsEveryByteOffTheWire() {
        SendOutcome outcome = client.send(queue(), List.of(message("one")), () -> false);

        assertThat(answer(outcome)).isEqualTo(QueueAnswer.HELD_BACK);
        assertThat(answer(outcome).isInDoubt()).isFalse();
        assertNothingArrived();
    }

    @Test
    void aGateThatThrowsKeepsEveryByteOffTheWire() {
        SendOutcome outcome = client.send(queue(), List.of(message("one")), () -> {
            throw new IllegalStateException("no worker");
        });

        assertThat(answer(outcome)).isEqualTo(QueueAnswer.HELD_BACK);
        assertThat(((SendOutcome.Failed) outcome).message()).contains("no worker");
        assertNothingArrived();
    }

    @Test
    void aGateThatIsShutOnAConnectionInUseKeepsEveryByteOffTheWire() {
        client.send(queue(), List.of(message("one")), OPEN);
        long before = server.bytes();

        assertThat(answer(client.send(queue(), List.of(message("two")), () -> false)))
                .isEqualTo(QueueAnswer.HELD_BACK);

        client.send(queue(), List.of(message("three")), OPEN);
        assertThat(server.requests()).hasSize(2);
        assertThat(server.bytes())
                .isEqualTo(2 * before + "three".length() - "one".length() + "three".length() - "one".length());
    }

    @Test
    void theGateIsAskedOnceOnTheCallersThreadWhenTheConnectionStands() {
        var asked = new ArrayList<Thread>();
        var connections = new AtomicInteger();

        client.send(queue(), List.of(message("one")), () -> {
            asked.add(Thread.currentThread());
            // the server has accepted, or is about to: a connection that stands is one more than none
            awaitConnection();
            connections.set(server.connections());
            assertThat(server.bytes()).isZero();
            return true;
        });

        assertThat(asked).containsExactly(Thread.currentThread());
        assertThat(connections).hasValue(1);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aRefusedConnectionIsKnownToHaveSentNothingAndNobodyAsksTheGate() throws IOException {
        server.close();
        var asked = new AtomicInteger();

        SendOutcome outcome = client.send(queue(), List.of(message("one")), () -> asked.incrementAndGet() > 0);

        assertThat(answer(outcome)).isEqualTo(QueueAnswer.UNREACHABLE);
        assertThat(((SendOutcome.Failed) outcome).message())
                .contains(server.uri().toString());
        assertThat(asked).hasValue(0);
    }

    @Test
    void aHostThatNobodyKnowsIsKnownToHaveSentNothing() {
        try (QueueClient lost = client(URI.create("http://nowhere.invalid:9324"))) {
            assertThat(answer(lost.send(queue(), List.of(message("one")), OPEN)))
                    .isEqualTo(QueueAnswer.UNREACHABLE);
        }
    }

    @Test
    void aHostThatDoesNotAcceptIsKnownToHaveSentNothing() throws IOException {
        var waiting = new ArrayList<Socket>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fill(full, waiting);
            try (QueueClient late = impatient(URI.create("http://127.0.0.1:" + full.getLocalPort()))) {
                assertThat(answer(late.send(queue(), List.of(message("one")), OPEN)))
                        .isEqualTo(QueueAnswer.UNREACHABLE);
            }
        } finally {
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }

    @Test
    void aServerWithoutTlsIsKnownToHaveSentNothing() {
        URI https = URI.create("https" + server.uri().toString().substring(4));
        // the server waits for the end of a head that never comes, the client for a handshake that does not go on
        try (QueueClient secure =
                new QueueClient(config(https).withTimeouts(Duration.ofSeconds(2), LONG), System::nanoTime)) {
            assertThat(answer(secure.send(queue(), List.of(message("one")), OPEN)))
                    .isEqualTo(QueueAnswer.UNREACHABLE);
        }
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void aResetWithinTheTlsHandshakeIsKnownToHaveSentNothing() throws IOException {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                QueueClient secure = client(URI.create("https://127.0.0.1:" + listener.getLocalPort()))) {
            CompletableFuture<Void> resets = CompletableFuture.runAsync(() -> {
                try (Socket socket = listener.accept()) {
                    socket.getInputStream().read();
                    socket.setSoLinger(true, 0);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });

            assertThat(answer(secure.send(queue(), List.of(message("one")), OPEN)))
                    .isEqualTo(QueueAnswer.UNREACHABLE);
            resets.join();
        }
    }

    @Test
    void aCallWithoutAConnectionToBeHadIsKnownToHaveSentNothing() throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch gone = new CountDownLatch(1);
        var asked = new AtomicInteger();
        try (QueueClient narrow = new QueueClient(
                config(server.uri()).withMaxConnections(1).withTimeouts(Duration.ofSeconds(2), LONG),
                System::nanoTime)) {
            server.next((request, socket) -> {
                held.countDown();
                silence(gone).to(request, socket);
            });
            CompletableFuture<SendOutcome> first =
                    CompletableFuture.supplyAsync(() -> narrow.send(queue(), List.of(message("one")), OPEN));
            held.await();

            SendOutcome second = narrow.send(queue(), List.of(message("two")), () -> asked.incrementAndGet() > 0);

            assertThat(answer(second)).isEqualTo(QueueAnswer.UNREACHABLE);
            assertThat(asked).hasValue(0);
            assertThat(first).isNotDone();
            narrow.close();
            assertThat(answer(first.join())).isEqualTo(QueueAnswer.NO_ANSWER);
        }
        assertThat(gone.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aClosedClientSendsNothing() {
        client.close();
        client.close();

        SendOutcome outcome = client.send(queue(), List.of(message("one")), OPEN);

        assertThat(answer(outcome)).isEqualTo(QueueAnswer.UNREACHABLE);
        assertThat(((SendOutcome.Failed) outcome).message()).contains("closed");
        assertNothingArrived();
    }

    @Test
    void anInterruptedThreadStaysInterruptedAndItsCallIsInDoubtOrNot() {
        Thread.currentThread().interrupt();

        SendOutcome outcome = client.send(queue(), List.of(message("one")), OPEN);

        assertThat(Thread.interrupted()).isTrue();
        boolean arrived = !server.requests().isEmpty();
        assertThat(outcome instanceof SendOutcome.Answered
                        || arrived == answer(outcome).isInDoubt())
                .as(outcome + ", arrived: " + arrived)
                .isTrue();
    }

    // ------------------------------------------------------------ entry by entry

    @Test
    void eachEntryHasAnOutcomeOfItsOwn() {
        server.next(TinySqs.takes((successful, failed) -> {
            // from behind, so that places stay
            successful.remove(9);
            successful.remove(8);
            successful.remove(7);
            successful.remove(6);
            successful.remove(5);
            successful.remove(4);
            failed.add(TinySqs.failure("4", false, "InternalError"));
            failed.add(TinySqs.failure("5", false, "Whatever"));
            failed.add(TinySqs.failure("6", true, "RequestThrottled"));
            failed.add(TinySqs.failure("7", true, "InvalidMessageContents"));
            failed.add(TinySqs.failure("8", true, "KmsAccessDenied"));
            // 9 is not listed; 3 is listed twice, alike; 2 twice, and not alike; 1 has another body; and somebody is
            // not ours
            successful.add(successful.get(3).deepCopy());
            failed.add(TinySqs.failure("2", true, "InvalidMessageContents"));
            ((ObjectNode) successful.get(1)).put("MD5OfMessageBody", "00000000000000000000000000000000");
            failed.add(TinySqs.failure("17", true, "InvalidMessageContents"));
            failed.add(TinySqs.failure("x", true, "InvalidMessageContents"));
        }));
        var messages = new ArrayList<OutgoingMessage>();
        for (int i = 0; i < 10; i++) {
            messages.add(message("body " + i));
        }

        SendOutcome outcome = client.send(queue(), messages, OPEN);

        assertThat(outcome).isInstanceOf(SendOutcome.Answered.class);
        assertThat(((SendOutcome.Answered) outcome).entries())
                .extracting(QueueClientTest::shortly)
                .containsExactly(
                        "ACCEPTED m-0",
                        "SENSELESS OtherDigest",
                        "SENSELESS Contradiction",
                        "ACCEPTED m-3",
                        "SERVER_ERROR InternalError",
                        "SERVER_ERROR Whatever",
                        "THROTTLED RequestThrottled",
                        "REFUSED InvalidMessageContents",
                        "DENIED KmsAccessDenied",
                        "SENSELESS Unlisted");
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void attributesOtherThanThoseSentAreNotTakenForThem() {
        server.next(TinySqs.takes((successful, failed) ->
                ((ObjectNode) successful.get(0)).put("MD5OfMessageAttributes", "00000000000000000000000000000000")));

        assertThat(entries(client.send(queue(), List.of(message("one"), message("two")), OPEN)))
                .containsExactly("SENSELESS OtherDigest", "ACCEPTED m-1");
    }

    @Test
    void aServerMayLeaveTheDigestOfAttributesOutButNotThatOfTheBody() {
        server.next(TinySqs.takes((successful, failed) -> {
            ((ObjectNode) successful.get(0)).remove("MD5OfMessageAttributes");
            ((ObjectNode) successful.get(1)).remove("MD5OfMessageBody");
            ((ObjectNode) successful.get(2)).remove("MessageId");
        }));

        assertThat(entries(client.send(queue(), List.of(message("one"), message("two"), message("three")), OPEN)))
                .containsExactly("ACCEPTED m-0", "SENSELESS OtherDigest", "SENSELESS NoMessageId");
    }

    @Test
    void anEntryTakenTwiceUnderTwoIdsIsAContradiction() {
        server.next(TinySqs.takes((successful, failed) ->
                successful.add(((ObjectNode) successful.get(0).deepCopy()).put("MessageId", "another"))));

        assertThat(entries(client.send(queue(), List.of(message("one")), OPEN)))
                .containsExactly("SENSELESS Contradiction");
    }

    @Test
    void anEntryThatFailedTwiceInOneWayFailedInThatWay() {
        server.next(TinySqs.takes((successful, failed) -> {
            successful.removeAll();
            failed.add(TinySqs.failure("0", false, "InternalError"));
            failed.add(TinySqs.failure("0", false, "ServiceUnavailable"));
        }));

        assertThat(entries(client.send(queue(), List.of(message("one")), OPEN)))
                .containsExactly("SERVER_ERROR InternalError");
    }

    // ------------------------------------------------------------ the queue itself

    @Test
    void aQueueSaysHowItIsSetUp() throws IOException {
        server.next(
                json(
                        200,
                        "{\"Attributes\":{\"QueueArn\":\"arn:aws:sqs:us-east-1:1:orders.fifo\",\"FifoQueue\":\"true\","
                                + "\"ContentBasedDeduplication\":\"true\",\"DeduplicationScope\":\"messageGroup\","
                                + "\"MaximumMessageSize\":\"262144\",\"VisibilityTimeout\":\"45\",\"SomethingNew\":\"1\","
                                + "\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"arn\\\",\\\"maxReceiveCount\\\":\\\"7\\\"}\"}}"));

        QueueInspection seen = client.inspect(queue());

        assertThat(seen)
                .isEqualTo(new QueueInspection.Seen(new QueueSettings(
                        "arn:aws:sqs:us-east-1:1:orders.fifo",
                        true,
                        true,
                        QueueSettings.DeduplicationScope.MESSAGE_GROUP,
                        262_144,
                        Duration.ofSeconds(45),
                        java.util.OptionalInt.of(7))));
        assertThat(TinySqs.JSON.readTree(server.requests().get(0).body()))
                .isEqualTo(TinySqs.JSON.readTree(
                        "{\"QueueUrl\":\"" + queue().text() + "\",\"AttributeNames\":[\"All\"]}"));
    }

    @Test
    void whatAStandardQueueDoesNotSayHasSqssDefaults() {
        server.next(json(200, "{\"Attributes\":{\"RedrivePolicy\":\"{\\\"maxReceiveCount\\\":3}\"}}"));

        assertThat(client.inspect(QueueUrl.parse(server.uri() + "/000000000000/orders")))
                .isEqualTo(new QueueInspection.Seen(new QueueSettings(
                        null,
                        false,
                        false,
                        QueueSettings.DeduplicationScope.QUEUE,
                        1_048_576,
                        Duration.ofSeconds(30),
                        java.util.OptionalInt.of(3))));
    }

    static Stream<Arguments> unseen() {
        return Stream.of(
                Arguments.of("no such queue", error(400, "QueueDoesNotExist"), QueueAnswer.MISSING),
                Arguments.of("denied", error(403, "AccessDenied"), QueueAnswer.DENIED),
                Arguments.of(HASTY + "silence", silence(new CountDownLatch(1)), QueueAnswer.NO_ANSWER),
                Arguments.of("a web page", html(200), QueueAnswer.SENSELESS),
                Arguments.of("no attributes", json(200, "{}"), QueueAnswer.SENSELESS),
                Arguments.of(
                        "a size that is none",
                        json(200, "{\"Attributes\":{\"MaximumMessageSize\":\"large\"}}"),
                        QueueAnswer.SENSELESS),
                Arguments.of("500", error(500, "InternalFailure"), QueueAnswer.SERVER_ERROR));
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("unseen")
    void aQueueThatCannotBeSeenSaysWhy(String name, RawHttpServer.Reply reply, QueueAnswer answer) {
        hurryIfAsked(name);
        server.next(reply);

        QueueInspection inspection = client.inspect(queue());

        assertThat(inspection).isInstanceOf(QueueInspection.Unseen.class);
        assertThat(((QueueInspection.Unseen) inspection).answer())
                .as(inspection.toString())
                .isEqualTo(answer);
        assertThat(((QueueInspection.Unseen) inspection).message())
                .contains(server.uri().toString());
        assertThat(server.requests()).hasSize(1);
    }

    // ------------------------------------------------------------ help

    /** Takes a client that does not wait long where the case has to see the end of a wait; true then. */
    private boolean hurryIfAsked(String name) {
        boolean hasty = name.startsWith(HASTY);
        if (hasty) {
            client.close();
            client = new QueueClient(config(server.uri()).withTimeouts(LONG, SHORT), System::nanoTime);
        }
        return hasty;
    }

    private QueueUrl queue() {
        return QueueUrl.parse(server.uri() + "/000000000000/orders.fifo");
    }

    private static QueueClient client(URI endpoint) {
        return new QueueClient(config(endpoint), System::nanoTime);
    }

    /** With a connection. */
    private static QueueClient impatient(URI endpoint) {
        return new QueueClient(config(endpoint).withTimeouts(SHORT, LONG), System::nanoTime);
    }

    private static QueueClientConfig config(URI endpoint) {
        return QueueClientConfig.forEndpoint(endpoint)
                .withRegion("us-east-1")
                .withCredentials(new QueueCredentials.AccessKey("id", "secret", null))
                .withTimeouts(LONG, LONG);
    }

    private SqsClient bare(boolean checksums) {
        return SqsClient.builder()
                .endpointOverride(server.uri())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .httpClientBuilder(Apache5HttpClient.builder())
                .checksumValidationEnabled(checksums)
                .build();
    }

    private static OutgoingMessage message(String body) {
        return new OutgoingMessage(
                body,
                List.of(
                        new MessageAttribute.Text("z", "grün"),
                        new MessageAttribute.Number("n", "17"),
                        new MessageAttribute.Binary("b", new byte[] {0, (byte) 0xff})),
                "group",
                "id of " + body,
                body.length());
    }

    private static QueueAnswer answer(SendOutcome outcome) {
        assertThat(outcome).isInstanceOf(SendOutcome.Failed.class);
        return ((SendOutcome.Failed) outcome).answer();
    }

    private static List<String> entries(SendOutcome outcome) {
        assertThat(outcome).isInstanceOf(SendOutcome.Answered.class);
        return ((SendOutcome.Answered) outcome)
                .entries().stream().map(QueueClientTest::shortly).toList();
    }

    private static String shortly(SendOutcome.Entry entry) {
        return entry instanceof SendOutcome.Entry.Accepted accepted
                ? "ACCEPTED " + accepted.messageId()
                : ((SendOutcome.Entry.NotTaken) entry).answer() + " " + ((SendOutcome.Entry.NotTaken) entry).code();
    }

    /** What was sent before it would have been read before the request of a second client. */
    private void assertNothingArrived() {
        assertThat(server.requests()).isEmpty();
        long expected;
        try (QueueClient fresh = client(server.uri())) {
            fresh.send(queue(), List.of(message("one")), OPEN);
            long first = server.bytes();
            fresh.send(queue(), List.of(message("one")), OPEN);
            expected = 2 * (server.bytes() - first);
        }
        assertThat(server.requests()).hasSize(2);
        assertThat(server.bytes()).isEqualTo(expected);
    }

    private void awaitConnection() {
        try {
            while (server.connections() == 0) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives the client time to read what came, which a reset would take away from it. */
    private static RawHttpServer.Reply pauseThenReset() {
        return (request, socket) -> {
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            resets().to(request, socket);
        };
    }

    /** Until the system takes no further connection. */
    private static void fill(ServerSocket listener, List<Socket> waiting) throws IOException {
        for (int i = 0; i < 64; i++) {
            Socket socket = new Socket();
            waiting.add(socket);
            try {
                socket.connect(listener.getLocalSocketAddress(), 200);
            } catch (SocketTimeoutException e) {
                return;
            }
        }
        throw new IllegalStateException("it takes every connection");
    }
}
