package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a {@code SendMessageBatch} as it stands in the request. Immutable.
 *
 * @param id the entry's id, without meaning beyond its request
 */
public record SentEntry(
        String id,
        String body,
        Map<String, SqsAttribute> attributes,
        @Nullable String groupId,
        @Nullable String deduplicationId) {

    public SentEntry {
        attributes = Map.copyOf(attributes);
    }

    /** For a standard queue, without attributes. */
    public static SentEntry of(String id, String body) {
        return new SentEntry(id, body, Map.of(), null, null);
    }

    /** For a FIFO queue, without attributes. */
    public static SentEntry of(String id, String body, String groupId, String deduplicationId) {
        return new SentEntry(id, body, Map.of(), groupId, deduplicationId);
    }

    /** Bytes of body and attributes as SQS counts them. */
    int size() {
        int size = utf8(body);
        for (Map.Entry<String, SqsAttribute> attribute : attributes.entrySet()) {
            size += utf8(attribute.getKey())
                    + utf8(attribute.getValue().type())
                    + attribute.getValue().bytes().length;
        }
        return size;
    }

    private static int utf8(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    }

    static SentEntry read(JsonNode json) {
        Map<String, SqsAttribute> attributes = new LinkedHashMap<>();
        json.path("MessageAttributes")
                .properties()
                .forEach(field -> attributes.put(field.getKey(), SqsAttribute.read(field.getValue())));
        return new SentEntry(
                json.path("Id").asText(),
                json.path("MessageBody").asText(),
                attributes,
                json.hasNonNull("MessageGroupId") ? json.get("MessageGroupId").asText() : null,
                json.hasNonNull("MessageDeduplicationId")
                        ? json.get("MessageDeduplicationId").asText()
                        : null);
    }

    void write(ObjectNode json) {
        json.put("Id", id).put("MessageBody", body);
        if (!attributes.isEmpty()) {
            ObjectNode target = json.putObject("MessageAttributes");
            attributes.forEach((name, value) -> value.write(target.putObject(name)));
        }
        if (groupId != null) {
            json.put("MessageGroupId", groupId);
        }
        if (deduplicationId != null) {
            json.put("MessageDeduplicationId", deduplicationId);
        }
    }
}
