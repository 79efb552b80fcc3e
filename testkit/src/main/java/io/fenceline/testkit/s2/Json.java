package io.fenceline.testkit.s2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;

/** Reads JSON as the service does: what does not fit is {@code bad_json}, unknown fields are passed over. */
final class Json {

    private static final ObjectMapper MAPPER =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static JsonNode parse(byte[] bytes) throws Refused {
        try {
            JsonNode json = MAPPER.readTree(bytes);
            if (json == null || !json.isObject()) {
                throw Refused.badJson("expected an object");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw Refused.badJson(e.getOriginalMessage());
        } catch (IOException e) {
            throw Refused.badJson(String.valueOf(e.getMessage()));
        }
    }

    static JsonNode required(JsonNode json, String field) throws Refused {
        JsonNode value = json.get(field);
        if (value == null) {
            throw Refused.badJson("missing field `" + field + "`");
        }
        return value;
    }

    static String text(JsonNode json) throws Refused {
        if (!json.isTextual()) {
            throw Refused.badJson("invalid type: expected a string");
        }
        return json.textValue();
    }

    static boolean bool(JsonNode json) throws Refused {
        if (!json.isBoolean()) {
            throw Refused.badJson("invalid type: expected a boolean");
        }
        return json.booleanValue();
    }

    /** The bits of an unsigned number. */
    static long u64(JsonNode json) throws Refused {
        BigInteger value = json.isIntegralNumber() ? json.bigIntegerValue() : BigInteger.ONE.negate();
        if (value.signum() < 0 || value.bitLength() > 64) {
            throw Refused.badJson("invalid value: expected u64");
        }
        return value.longValue();
    }

    /** For writing: Jackson has no unsigned numbers of its own. */
    static BigInteger unsigned(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }
}
