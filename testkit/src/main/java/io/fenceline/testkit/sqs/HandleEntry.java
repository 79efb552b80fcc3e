package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of a {@code DeleteMessageBatch} or {@code ChangeMessageVisibilityBatch} as it stands in the request. Immutable.
 *
 * @param id                the entry's id, without meaning beyond its request
 * @param visibilitySeconds null in a delete
 */
public record HandleEntry(
        String id, String handle, @Nullable Integer visibilitySeconds) {

    /** The message a handle of the scripted server's is of, whose id it begins with; all of another handle. */
    public String messageId() {
        int receive = handle.lastIndexOf('#');
        return receive < 0 ? handle : handle.substring(0, receive);
    }

    static HandleEntry read(JsonNode json) {
        return new HandleEntry(
                json.path("Id").asText(),
                json.path("ReceiptHandle").asText(),
                json.hasNonNull("VisibilityTimeout")
                        ? (Integer) json.get("VisibilityTimeout").asInt()
                        : null);
    }

    static List<HandleEntry> readAll(JsonNode request) {
        List<HandleEntry> entries = new ArrayList<>();
        request.path("Entries").forEach(entry -> entries.add(read(entry)));
        return entries;
    }
}
