package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A basin's configuration. */
record BasinSettings(
        StreamSettings streamDefaults, @Nullable String cipher, boolean createOnAppend, boolean createOnRead) {

    static final BasinSettings DEFAULTS = new BasinSettings(StreamSettings.NOTHING, null, false, false);

    private static final List<String> CIPHERS = List.of("aegis-256", "aes-256-gcm");

    static BasinSettings parse(@Nullable JsonNode json) throws Refused {
        return json == null || json.isNull() ? DEFAULTS : DEFAULTS.patched(json);
    }

    /** A field that is absent stays, one that is null goes back to its default. */
    BasinSettings patched(JsonNode json) throws Refused {
        if (!json.isObject()) {
            throw Refused.badJson("expected a basin configuration");
        }
        StreamSettings defaults = streamDefaults;
        if (json.has("default_stream_config")) {
            JsonNode given = json.get("default_stream_config");
            defaults = given.isNull() ? StreamSettings.NOTHING : streamDefaults.patched(given);
        }
        String newCipher = cipher;
        if (json.has("stream_cipher")) {
            newCipher = json.get("stream_cipher").isNull() ? null : Json.text(json.get("stream_cipher"));
            if (newCipher != null && !CIPHERS.contains(newCipher)) {
                throw Refused.badJson("unknown variant `" + newCipher + "`, expected one of " + CIPHERS);
            }
        }
        return new BasinSettings(
                defaults,
                newCipher,
                flag(json, "create_stream_on_append", createOnAppend),
                flag(json, "create_stream_on_read", createOnRead));
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        json.set("default_stream_config", streamDefaults.json());
        return json.put("stream_cipher", cipher)
                .put("create_stream_on_append", createOnAppend)
                .put("create_stream_on_read", createOnRead);
    }

    private static boolean flag(JsonNode json, String name, boolean now) throws Refused {
        JsonNode value = json.get(name);
        return value == null ? now : !value.isNull() && Json.bool(value);
    }
}
