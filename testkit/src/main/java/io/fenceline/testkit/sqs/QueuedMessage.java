package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A message as it lies in a queue. Immutable.
 *
 * @param messageId      SQS's, new for each message that was stored
 * @param sequenceNumber FIFO queues only, and not every server gives it
 */
public record QueuedMessage(
        String messageId,
        String body,
        Map<String, SqsAttribute> attributes,
        @Nullable String groupId,
        @Nullable String deduplicationId,
        @Nullable String sequenceNumber,
        Instant sent) {

    public QueuedMessage {
        attributes = Map.copyOf(attributes);
    }

    /** The value of a text or number attribute. */
    public @Nullable String attribute(String name) {
        SqsAttribute attribute = attributes.get(name);
        return attribute == null ? null : attribute.value();
    }

    static QueuedMessage read(JsonNode json) {
        Map<String, SqsAttribute> attributes = new LinkedHashMap<>();
        json.path("MessageAttributes")
                .properties()
                .forEach(field -> attributes.put(field.getKey(), SqsAttribute.read(field.getValue())));
        JsonNode system = json.path("Attributes");
        return new QueuedMessage(
                json.path("MessageId").asText(),
                json.path("Body").asText(),
                attributes,
                text(system, "MessageGroupId"),
                text(system, "MessageDeduplicationId"),
                text(system, "SequenceNumber"),
                Instant.ofEpochMilli(system.path("SentTimestamp").asLong()));
    }

    private static @Nullable String text(JsonNode json, String field) {
        return json.hasNonNull(field) ? json.get(field).asText() : null;
    }
}
