package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * The value of a message attribute as SQS carries it. Immutable.
 *
 * @param type  {@code String}, {@code Number} or {@code Binary}, with an optional {@code .label}
 * @param value the text; of a binary one its bytes in base64
 */
public record SqsAttribute(String type, String value) {

    public static SqsAttribute text(String value) {
        return new SqsAttribute("String", value);
    }

    public static SqsAttribute number(long value) {
        return new SqsAttribute("Number", Long.toString(value));
    }

    public static SqsAttribute binary(byte[] value) {
        return new SqsAttribute("Binary", Base64.getEncoder().encodeToString(value));
    }

    public boolean isBinary() {
        return type.startsWith("Binary");
    }

    /** What the value is made of: the bytes, or the text in UTF-8. */
    public byte[] bytes() {
        return isBinary() ? Base64.getDecoder().decode(value) : value.getBytes(StandardCharsets.UTF_8);
    }

    static SqsAttribute read(JsonNode json) {
        String type = json.path("DataType").asText();
        return new SqsAttribute(
                type,
                json.path(type.startsWith("Binary") ? "BinaryValue" : "StringValue")
                        .asText());
    }

    void write(ObjectNode json) {
        json.put("DataType", type).put(isBinary() ? "BinaryValue" : "StringValue", value);
    }
}
