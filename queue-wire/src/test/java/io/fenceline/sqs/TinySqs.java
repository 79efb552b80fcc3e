package io.fenceline.sqs;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** What SQS answers to batches and receives, with what a test changes of it. Its digests are tried on the SDK itself. */
final class TinySqs {

    static final ObjectMapper JSON = new ObjectMapper();

    private TinySqs() {}

    /** Takes everything. */
    static RawHttpServer.Reply takes() {
        return takes((successful, failed) -> {});
    }

    /** Takes everything, and lets {@code change} at the lists that say so. */
    static RawHttpServer.Reply takes(BiConsumer<ArrayNode, ArrayNode> change) {
        return (request, socket) -> {
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode successful = answer.putArray("Successful");
            ArrayNode failed = JSON.createArrayNode();
            for (JsonNode entry : JSON.readTree(request.body()).get("Entries")) {
                ObjectNode taken = successful.addObject();
                taken.put("Id", entry.get("Id").asText());
                taken.put("MessageId", "m-" + entry.get("Id").asText());
                taken.put(
                        "MD5OfMessageBody",
                        md5(entry.get("MessageBody").asText().getBytes(UTF_8)));
                if (entry.has("MessageAttributes")) {
                    taken.put("MD5OfMessageAttributes", md5(attributes(entry.get("MessageAttributes"))));
                }
                if (entry.has("MessageGroupId")) {
                    taken.put("SequenceNumber", "1000" + entry.get("Id").asText());
                }
            }
            change.accept(successful, failed);
            if (!failed.isEmpty()) {
                answer.set("Failed", failed);
            }
            RawHttpServer.json(200, JSON.writeValueAsString(answer)).to(request, socket);
        };
    }

    /** A receive's answer with these messages. */
    static RawHttpServer.Reply gives(ObjectNode... messages) {
        ObjectNode answer = JSON.createObjectNode();
        answer.putArray("Messages").addAll(List.of(messages));
        return RawHttpServer.json(200, answer.toString());
    }

    /** A message of a FIFO queue, received for the third time. */
    static ObjectNode message(String id, String body) {
        ObjectNode message = JSON.createObjectNode()
                .put("MessageId", id)
                .put("ReceiptHandle", "handle of " + id)
                .put("Body", body)
                .put("MD5OfBody", md5(body.getBytes(UTF_8)));
        message.putObject("Attributes")
                .put("SenderId", "AIDA")
                .put("SentTimestamp", "1700000000123")
                .put("ApproximateReceiveCount", "3")
                .put("ApproximateFirstReceiveTimestamp", "1700000000200")
                .put("SequenceNumber", "18850000000000000001")
                .put("MessageGroupId", "group")
                .put("MessageDeduplicationId", "id of " + body);
        return message;
    }

    /** The message with attributes, in their JSON form, and their digest. */
    static ObjectNode with(ObjectNode message, String attributes) throws IOException {
        JsonNode values = JSON.readTree(attributes);
        message.set("MessageAttributes", values);
        return message.put("MD5OfMessageAttributes", md5(attributes(values)));
    }

    /** Deletes, or changes the visibility of, everything. */
    static RawHttpServer.Reply does() {
        return does((successful, failed) -> {});
    }

    /** The same, and lets {@code change} at the lists that say so. */
    static RawHttpServer.Reply does(BiConsumer<ArrayNode, ArrayNode> change) {
        return (request, socket) -> {
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode successful = answer.putArray("Successful");
            ArrayNode failed = answer.putArray("Failed");
            for (JsonNode entry : JSON.readTree(request.body()).get("Entries")) {
                successful.addObject().put("Id", entry.get("Id").asText());
            }
            change.accept(successful, failed);
            RawHttpServer.json(200, JSON.writeValueAsString(answer)).to(request, socket);
        };
    }

    static ObjectNode failure(String id, boolean senderFault, String code, String words) {
        return failure(id, senderFault, code).put("Message", words);
    }

    static ObjectNode failure(String id, boolean senderFault, String code) {
        return JSON.createObjectNode()
                .put("Id", id)
                .put("SenderFault", senderFault)
                .put("Code", code)
                .put("Message", "said of " + id);
    }

    private static byte[] attributes(JsonNode attributes) {
        var sorted = new TreeMap<String, JsonNode>();
        attributes.properties().forEach(field -> sorted.put(field.getKey(), field.getValue()));
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            for (var attribute : sorted.entrySet()) {
                part(out, attribute.getKey().getBytes(UTF_8));
                part(out, attribute.getValue().get("DataType").asText().getBytes(UTF_8));
                JsonNode binary = attribute.getValue().get("BinaryValue");
                out.writeByte(binary == null ? 1 : 2);
                part(
                        out,
                        binary == null
                                ? attribute
                                        .getValue()
                                        .get("StringValue")
                                        .asText()
                                        .getBytes(UTF_8)
                                : Base64.getDecoder().decode(binary.asText()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void part(DataOutputStream out, byte[] bytes) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
