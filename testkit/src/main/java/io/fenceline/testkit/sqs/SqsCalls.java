package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Calls to a server that speaks SQS's AWS JSON 1.0, by the JDK's HTTP client: what looks at a queue and what is under test have
 * nothing in common. Thread-safe.
 */
public final class SqsCalls {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(3))
            .build();

    private final URI endpoint;
    private final Optional<AwsSignature> signature;

    /** Without a signature, for local servers, which ask for none. */
    public SqsCalls(URI endpoint) {
        this(endpoint, Optional.empty());
    }

    public SqsCalls(URI endpoint, AwsSignature signature) {
        this(endpoint, Optional.of(signature));
    }

    private SqsCalls(URI endpoint, Optional<AwsSignature> signature) {
        this.endpoint = endpoint;
        this.signature = signature;
    }

    public static ObjectNode object() {
        return JSON.createObjectNode();
    }

    /** One request; does not throw for what the server answers. */
    public SqsAnswer call(String operation, ObjectNode body) {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        Map<String, String> headers =
                Map.of("content-type", "application/x-amz-json-1.0", "x-amz-target", "AmazonSQS." + operation);
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint)
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes));
        headers.forEach(request::header);
        signature.ifPresent(signer ->
                signer.headers("POST", endpoint, headers, bytes, Instant.now()).forEach(request::header));
        try {
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new SqsAnswer(response.statusCode(), parse(response.body()), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(operation + " at " + endpoint, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            return JSON.missingNode();
        }
    }

    // ---- queues

    /** Creates a queue with these attributes, or finds the one that has them; returns its URL. */
    public String createQueue(String name, Map<String, String> attributes) {
        ObjectNode body = object().put("QueueName", name);
        ObjectNode target = body.putObject("Attributes");
        attributes.forEach(target::put);
        return call("CreateQueue", body).orThrow().json().path("QueueUrl").asText();
    }

    /** A FIFO queue; the name has to end in {@code .fifo}. */
    public String createFifoQueue(String name) {
        return createQueue(name, Map.of("FifoQueue", "true"));
    }

    public void deleteQueue(String queueUrl) {
        call("DeleteQueue", object().put("QueueUrl", queueUrl)).orThrow();
    }

    /** All attributes of a queue. */
    public JsonNode attributes(String queueUrl) {
        ObjectNode body = object().put("QueueUrl", queueUrl);
        body.putArray("AttributeNames").add("All");
        return call("GetQueueAttributes", body).orThrow().json().path("Attributes");
    }

    /** Messages that wait to be received, as the queue counts them. */
    public long waiting(String queueUrl) {
        return attributes(queueUrl).path("ApproximateNumberOfMessages").asLong();
    }

    // ---- messages

    public SqsAnswer send(String queueUrl, List<SentEntry> entries) {
        ObjectNode body = object().put("QueueUrl", queueUrl);
        ArrayNode target = body.putArray("Entries");
        entries.forEach(entry -> entry.write(target.addObject()));
        return call("SendMessageBatch", body);
    }

    public SqsAnswer send(String queueUrl, SentEntry... entries) {
        return send(queueUrl, List.of(entries));
    }

    /**
     * A message together with the handle its receive gave.
     *
     * @param receiveCount how often it was received, this time included
     */
    public record Received(QueuedMessage message, String handle, int receiveCount) {}

    /** Up to ten messages that are hidden from others for that long from now on; waits for none. */
    public List<Received> receive(String queueUrl, int visibilitySeconds) {
        return received(poll(queueUrl, visibilitySeconds, 0, null));
    }

    /**
     * One {@code ReceiveMessage} for up to ten messages.
     *
     * @param attemptId null without one
     */
    public SqsAnswer poll(String queueUrl, int visibilitySeconds, int waitSeconds, @Nullable String attemptId) {
        ObjectNode body = object().put("QueueUrl", queueUrl)
                .put("MaxNumberOfMessages", 10)
                .put("WaitTimeSeconds", waitSeconds)
                .put("VisibilityTimeout", visibilitySeconds);
        if (attemptId != null) {
            body.put("ReceiveRequestAttemptId", attemptId);
        }
        body.putArray("MessageSystemAttributeNames").add("All");
        // what servers knew before the newer name
        body.putArray("AttributeNames").add("All");
        body.putArray("MessageAttributeNames").add("All");
        return call("ReceiveMessage", body);
    }

    /** The messages of an answer to {@link #poll}. @throws IllegalStateException with the answer's text if it is none of success */
    public static List<Received> received(SqsAnswer answer) {
        List<Received> received = new ArrayList<>();
        answer.orThrow()
                .json()
                .path("Messages")
                .forEach(message -> received.add(new Received(
                        QueuedMessage.read(message),
                        message.path("ReceiptHandle").asText(),
                        message.path("Attributes")
                                .path("ApproximateReceiveCount")
                                .asInt())));
        return received;
    }

    public SqsAnswer delete(String queueUrl, List<Received> messages) {
        ObjectNode body = object().put("QueueUrl", queueUrl);
        ArrayNode entries = body.putArray("Entries");
        for (int i = 0; i < messages.size(); i++) {
            entries.addObject()
                    .put("Id", "d" + i)
                    .put("ReceiptHandle", messages.get(i).handle());
        }
        return call("DeleteMessageBatch", body);
    }

    public SqsAnswer changeVisibility(String queueUrl, List<Received> messages, int seconds) {
        ObjectNode body = object().put("QueueUrl", queueUrl);
        ArrayNode entries = body.putArray("Entries");
        for (int i = 0; i < messages.size(); i++) {
            entries.addObject()
                    .put("Id", "v" + i)
                    .put("ReceiptHandle", messages.get(i).handle())
                    .put("VisibilityTimeout", seconds);
        }
        return call("ChangeMessageVisibilityBatch", body);
    }

    /**
     * Takes everything out that can be received now, in the order of the receives, which on a FIFO queue is the order within
     * each group. What SQS remembers for deduplication stays. What somebody else holds is left out.
     */
    public List<QueuedMessage> drain(String queueUrl) {
        List<QueuedMessage> all = new ArrayList<>();
        for (List<Received> some = receive(queueUrl, 600); !some.isEmpty(); some = receive(queueUrl, 600)) {
            some.forEach(received -> all.add(received.message()));
            SqsAnswer deleted = delete(queueUrl, some).orThrow();
            if (!deleted.json().path("Failed").isEmpty()) {
                throw new IllegalStateException("SQS kept messages that were received: " + deleted.text());
            }
        }
        return all;
    }
}
