package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.testkit.Await;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams: creating, configuring, listing, deleting and making them again. */
@Timeout(60)
abstract class StreamConformance extends Conformance {

    private static final String DEFAULTS = """
            {"storage_class":"express","retention_policy":{"age":604800},
             "timestamping":{"mode":"client-prefer","uncapped":false},"delete_on_empty":{"min_age_secs":0}}""";

    private static final String FLEETING = "{'delete_on_empty':{'min_age_secs':1}}";

    StreamConformance(Target target) {
        super(target);
    }

    @Test
    void createsAStreamOnce() {
        String name = unique("once/");
        HttpAnswer created =
                call("POST", "/v1/streams", object().put("stream", name)).is(201);
        assertThat(created.header("s2-provision-result")).isEqualTo("created");
        assertThat(created.json().get("name").asText()).isEqualTo(name);
        assertThat(created.json().get("deleted_at").isNull()).isTrue();
        assertThat(created.json().get("cipher").isNull()).isTrue();
        call("POST", "/v1/streams", object().put("stream", name)).isError(409, "resource_already_exists");
        get(path(name)).isJson(200, DEFAULTS);
        tail(name).isJson(200, "{\"tail\":{\"seq_num\":0,\"timestamp\":0}}");
    }

    @Test
    void repeatsACreationWithTheSameToken() {
        ObjectNode body = object().put("stream", unique("token/"));
        call("POST", "/v1/streams", body, "s2-request-token", "t").is(201);
        assertThat(call("POST", "/v1/streams", body, "s2-request-token", "t")
                        .is(201)
                        .header("s2-provision-result"))
                .isEqualTo("noop");
        call("POST", "/v1/streams", body, "s2-request-token", "u").isError(409, "resource_already_exists");
    }

    @Test
    void ensuringAnExistingStreamSetsExactlyWhatIsSent() {
        String path = path(unique("ensured/"));
        assertThat(call("PUT", path, null).is(201).header("s2-provision-result"))
                .isEqualTo("created");
        assertThat(call("PUT", path, null).is(200).header("s2-provision-result"))
                .isEqualTo("noop");
        assertThat(call("PUT", path, json("{'retention_policy':{'infinite':{}}}"))
                        .is(200)
                        .header("s2-provision-result"))
                .isEqualTo("updated");
        assertThat(get(path).json().get("retention_policy")).isEqualTo(json("{'infinite':{}}"));
        // what is not said goes back to its default
        call("PUT", path, null).is(200);
        get(path).isJson(200, DEFAULTS);
    }

    @Test
    void reconfiguresFieldByField() {
        String path = path(createStream());
        call(
                        "PATCH",
                        path,
                        json("{'retention_policy':{'age':60},'timestamping':{'mode':'arrival'},"
                                + "'delete_on_empty':{'min_age_secs':77}}"))
                .isJson(200, """
                        {"storage_class":"express","retention_policy":{"age":60},
                         "timestamping":{"mode":"arrival","uncapped":false},"delete_on_empty":{"min_age_secs":77}}""");
        assertThat(call("PATCH", path, json("{'timestamping':{'uncapped':true}}"))
                        .is(200)
                        .json()
                        .get("timestamping"))
                .isEqualTo(json("{'mode':'arrival','uncapped':true}"));
        call("PATCH", path, json("{'retention_policy':null,'delete_on_empty':null,'timestamping':null}"))
                .isJson(200, DEFAULTS);
        assertThat(call("PATCH", path, json("{'storage_class':'standard'}"))
                        .json()
                        .get("storage_class")
                        .asText())
                .isEqualTo("standard");
        call("PATCH", path, "{}").is(200);
    }

    @Test
    void refusesConfigurationsThatAreNone() {
        String path = path(createStream());
        call("PATCH", path, json("{'retention_policy':{'age':0}}")).isError(422, "invalid");
        call("PATCH", path, json("{'retention_policy':{'age':-1}}")).isError(400, "bad_json");
        call("PATCH", path, json("{'timestamping':{'mode':'bogus'}}")).isError(400, "bad_json");
        call("PATCH", path, null).isError(400, "bad_json");
    }

    @Test
    void refusesNamesThatAreNone() {
        call("POST", "/v1/streams", object().put("stream", "")).isError(400, "bad_json");
        call("POST", "/v1/streams", object().put("stream", "..")).isError(400, "bad_json");
        call("POST", "/v1/streams", object().put("stream", "a\0b")).isError(400, "bad_json");
        call("POST", "/v1/streams", object().put("stream", "x".repeat(513))).isError(400, "bad_json");
        call("POST", "/v1/streams", object()).isError(400, "bad_json");
        get("/v1/streams/%FF").isError(400, "bad_path");
        call("PUT", "/v1/streams/..", null).isError(400, "bad_path");
        call("PUT", path("x".repeat(512)), null).is(201);
    }

    @Test
    void saysThatAStreamIsNotThere() {
        get(path("missing")).isError(404, "stream_not_found");
        call("PATCH", path("missing"), "{}").isError(404, "stream_not_found");
        call("DELETE", path("missing"), null).isError(404, "stream_not_found");
        tail("missing").isError(404, "stream_not_found");
        read("missing", "seq_num=0").isError(404, "stream_not_found");
        append("missing", "x").isError(404, "stream_not_found");
        call("POST", "/v1/streams", object().put("stream", "x"), "s2-basin", "missing-basin")
                .isError(404, "basin_not_found");
        call("POST", records("x"), batch("x"), "s2-basin", "missing-basin").isError(404, "basin_not_found");
    }

    @Test
    void listsStreamsInPages() {
        String prefix = unique("listed") + "/";
        for (String suffix : new String[] {"b", "a/1", "c", "a"}) {
            call("PUT", path(prefix + suffix), null).is(201);
        }
        String query = "/v1/streams?prefix=" + encode(prefix);
        JsonNode page = get(query + "&limit=3").is(200).json();
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("streams").findValuesAsText("name"))
                .containsExactly(prefix + "a", prefix + "a/1", prefix + "b");
        page = get(query + "&limit=3&start_after=" + encode(prefix + "b")).json();
        assertThat(page.get("has_more").asBoolean()).isFalse();
        assertThat(page.get("streams").findValuesAsText("name")).containsExactly(prefix + "c");
        // out of range is as if nothing was said
        assertThat(get(query + "&limit=0").json().get("streams")).hasSize(4);
        assertThat(get(query + "&limit=5000").json().get("streams")).hasSize(4);
        // the first of all names with a prefix is the prefix itself
        assertThat(get("/v1/streams?limit=1&prefix=" + encode(prefix + "a"))
                        .json()
                        .get("streams")
                        .get(0)
                        .get("name")
                        .asText())
                .isEqualTo(prefix + "a");
    }

    @Test
    void aStreamMadeAgainIsAnotherOne() {
        String stream = createStream();
        fence(stream, "old owner").is(200);
        append(stream, "old").is(200);
        String before = createdAt(stream);

        assertThat(call("DELETE", path(stream), null).is(202).body()).isEmpty();
        Await.until(
                "the stream is gone", Duration.ofSeconds(20), () -> tail(stream).status() == 404);
        call("DELETE", path(stream), null).isError(404, "stream_not_found");
        append(stream, "x").isError(404, "stream_not_found");
        call("POST", "/v1/streams", object().put("stream", stream)).is(201);

        assertThat(createdAt(stream)).isNotEqualTo(before);
        tail(stream).isJson(200, "{\"tail\":{\"seq_num\":0,\"timestamp\":0}}");
        call("POST", records(stream), batch("x").put("match_seq_num", 2)).isJson(412, "{\"seq_num_mismatch\":0}");
        call("POST", records(stream), batch("x").put("fencing_token", "old owner"))
                .isJson(412, "{\"fencing_token_mismatch\":\"\"}");
        assertThat(append(stream, "new").seqNum("start")).isZero();
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("new");
    }

    /** The real server looks once a minute, so all streams wait together. */
    @Test
    @Timeout(120)
    void deletesAStreamThatHasBeenEmptyForLongEnough() {
        String untouched = createStream(FLEETING);
        String expired = createStream("{'retention_policy':{'age':1},'delete_on_empty':{'min_age_secs':1}}");
        append(expired, "x").is(200);
        String trimmed = createStream(FLEETING);
        append(trimmed, "x").is(200);
        trim(trimmed, 100).is(200);
        String youngEnough = createStream("{'delete_on_empty':{'min_age_secs':3600}}");
        String notEmpty = createStream(FLEETING);
        append(notEmpty, "x").is(200);
        String heldByItsTrim = createStream(FLEETING);
        append(heldByItsTrim, "x").is(200);
        trim(heldByItsTrim, 1).is(200);
        String saysNothing = createStream();

        for (String doomed : new String[] {untouched, expired, trimmed}) {
            Await.until(
                    doomed + " is deleted",
                    Duration.ofSeconds(90),
                    () -> tail(doomed).status() == 404);
            append(doomed, "x").isError(404, "stream_not_found");
        }
        for (String kept : new String[] {youngEnough, notEmpty, heldByItsTrim, saysNothing}) {
            get(path(kept)).is(200);
        }
    }

    private String createdAt(String stream) {
        return get("/v1/streams?limit=1&prefix=" + encode(stream))
                .json()
                .get("streams")
                .get(0)
                .get("created_at")
                .asText();
    }
}
