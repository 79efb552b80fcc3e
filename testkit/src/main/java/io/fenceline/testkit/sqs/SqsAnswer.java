package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What came back from a call. Immutable.
 *
 * @param json missing node if the body is no JSON
 */
public record SqsAnswer(int status, JsonNode json, String text) {

    /** The error's name without its name space, empty if there is none. */
    public String code() {
        String type = json.path("__type").asText();
        return type.substring(type.indexOf('#') + 1);
    }

    /** @throws IllegalStateException with the answer's text if it is none of success */
    public SqsAnswer orThrow() {
        if (status != 200) {
            throw new IllegalStateException("SQS answered " + status + ": " + text);
        }
        return this;
    }
}
