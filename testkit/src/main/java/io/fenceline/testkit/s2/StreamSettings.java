package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream's configuration, or the part of it somebody named: null is "not said", and what is not said comes from the
 * basin and then from {@link #DEFAULTS}.
 *
 * @param ageSeconds    how long records are kept; 0 is forever
 * @param minAgeSeconds how long an empty stream lives; 0 is forever
 */
record StreamSettings(
        @Nullable String storageClass,
        @Nullable Long ageSeconds,
        @Nullable String mode,
        @Nullable Boolean uncapped,
        @Nullable Long minAgeSeconds) {

    static final String CLIENT_PREFER = "client-prefer";
    static final String CLIENT_REQUIRE = "client-require";
    static final String ARRIVAL = "arrival";

    static final StreamSettings NOTHING = new StreamSettings(null, null, null, null, null);
    static final StreamSettings DEFAULTS = new StreamSettings("express", 604_800L, CLIENT_PREFER, false, 0L);

    static StreamSettings parse(@Nullable JsonNode json) throws Refused {
        return json == null || json.isNull() ? NOTHING : NOTHING.patched(json);
    }

    /** A field that is absent stays, one that is null goes back to "not said". */
    StreamSettings patched(JsonNode json) throws Refused {
        if (!json.isObject()) {
            throw Refused.badJson("expected a stream configuration");
        }
        String newClass = json.has("storage_class") ? text(json.get("storage_class")) : storageClass;
        Long newAge = json.has("retention_policy") ? age(json.get("retention_policy")) : ageSeconds;
        String newMode = mode;
        Boolean newUncapped = uncapped;
        if (json.has("timestamping")) {
            JsonNode timestamping = json.get("timestamping");
            if (timestamping.isNull() || timestamping.has("mode")) {
                newMode = timestamping.isNull() ? null : mode(timestamping.get("mode"));
            }
            if (timestamping.isNull() || timestamping.has("uncapped")) {
                JsonNode given = timestamping.path("uncapped");
                newUncapped = given.isMissingNode() || given.isNull() ? null : Boolean.valueOf(Json.bool(given));
            }
        }
        Long newMinAge = minAgeSeconds;
        if (json.has("delete_on_empty")) {
            JsonNode seconds = json.get("delete_on_empty").path("min_age_secs");
            newMinAge = seconds.isMissingNode() || seconds.isNull() ? null : Long.valueOf(Json.u64(seconds));
        }
        return new StreamSettings(newClass, newAge, newMode, newUncapped, newMinAge);
    }

    StreamSettings over(StreamSettings fallback) {
        return new StreamSettings(
                storageClass == null ? fallback.storageClass : storageClass,
                ageSeconds == null ? fallback.ageSeconds : ageSeconds,
                mode == null ? fallback.mode : mode,
                uncapped == null ? fallback.uncapped : uncapped,
                minAgeSeconds == null ? fallback.minAgeSeconds : minAgeSeconds);
    }

    /** With everything that is not said written as null, or null if nothing is said. */
    @Nullable
    ObjectNode json() {
        if (equals(NOTHING)) {
            return null;
        }
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        ObjectNode json = nodes.objectNode().put("storage_class", storageClass);
        if (ageSeconds == null) {
            json.putNull("retention_policy");
        } else if (ageSeconds == 0) {
            json.putObject("retention_policy").putObject("infinite");
        } else {
            json.putObject("retention_policy").put("age", ageSeconds);
        }
        json.set(
                "timestamping",
                mode == null && uncapped == null
                        ? nodes.nullNode()
                        : nodes.objectNode().put("mode", mode).put("uncapped", uncapped));
        json.set(
                "delete_on_empty",
                minAgeSeconds == null ? nodes.nullNode() : nodes.objectNode().put("min_age_secs", minAgeSeconds));
        return json;
    }

    private static @Nullable String text(JsonNode json) throws Refused {
        return json.isNull() ? null : Json.text(json);
    }

    private static @Nullable String mode(JsonNode json) throws Refused {
        String mode = text(json);
        List<String> known = List.of(CLIENT_PREFER, CLIENT_REQUIRE, ARRIVAL);
        if (mode != null && !known.contains(mode)) {
            throw Refused.badJson("unknown variant `" + mode + "`, expected one of " + known);
        }
        return mode;
    }

    private static @Nullable Long age(JsonNode json) throws Refused {
        if (json.isNull()) {
            return null;
        }
        if (json.has("infinite")) {
            return 0L;
        }
        if (!json.has("age")) {
            throw Refused.badJson("expected `age` or `infinite`");
        }
        long age = Json.u64(json.get("age"));
        if (age == 0) {
            throw Refused.invalid("age must be greater than 0 seconds");
        }
        return age;
    }
}
