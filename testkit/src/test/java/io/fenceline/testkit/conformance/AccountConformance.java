package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.testkit.Await;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Basins, and what there is besides them. */
@Timeout(60)
abstract class AccountConformance extends Conformance {

    AccountConformance(Target target) {
        super(target);
    }

    @Test
    void saysThatItIsHealthy() {
        assertThat(get("/health").is(200).text()).isEqualTo("OK");
        assertThat(get("/ping").is(200).text()).isEqualTo("OK");
    }

    @Test
    void answersUnknownPathsAndMethods() {
        assertThat(get("/nothing").is(404).body()).isEmpty();
        get("/v1/nothing").is(404);
        get("/v1/streams/a/b").is(404);
        assertThat(call("PATCH", "/v1/basins", "{}").is(405).header("allow"))
                .contains("GET")
                .contains("POST");
        call("POST", "/v1/streams/a", "{}").is(405);
        get("/v1/access-tokens").isError(501, "not_implemented");
        get("/v1/locations").isError(501, "not_implemented");
    }

    @Test
    void createsABasinOnce() {
        String name = unique("created-basin-");
        JsonNode info =
                call("POST", "/v1/basins", object().put("basin", name)).is(201).json();
        assertThat(info.get("name").asText()).isEqualTo(name);
        assertThat(info.get("state").asText()).isEqualTo("active");
        assertThat(info.get("location").isNull()).isTrue();
        assertThat(info.get("deleted_at").isNull()).isTrue();
        assertThat(OffsetDateTime.parse(info.get("created_at").asText()))
                .isAfter(OffsetDateTime.now().minusMinutes(5));
        call("POST", "/v1/basins", object().put("basin", name)).isError(409, "resource_already_exists");
    }

    @Test
    void repeatsACreationWithTheSameTokenAndConfiguration() {
        ObjectNode body = object().put("basin", unique("token-basin-"));
        assertThat(call("POST", "/v1/basins", body, "s2-request-token", "t")
                        .is(201)
                        .header("s2-provision-result"))
                .isEqualTo("created");
        assertThat(call("POST", "/v1/basins", body, "s2-request-token", "t")
                        .is(201)
                        .header("s2-provision-result"))
                .isEqualTo("noop");
        call("POST", "/v1/basins", body, "s2-request-token", "u").isError(409, "resource_already_exists");
        body.set("config", json("{'create_stream_on_append':true}"));
        call("POST", "/v1/basins", body, "s2-request-token", "t").isError(409, "resource_already_exists");
    }

    @Test
    void ensuresABasin() {
        String path = "/v1/basins/" + unique("ensured-basin-");
        assertThat(call("PUT", path, null).is(201).header("s2-provision-result"))
                .isEqualTo("created");
        assertThat(call("PUT", path, null).is(200).header("s2-provision-result"))
                .isEqualTo("noop");
        assertThat(call("PUT", path, json("{'config':{'create_stream_on_append':true}}"))
                        .is(200)
                        .header("s2-provision-result"))
                .isEqualTo("updated");
        get(path).isJson(200, """
                {"default_stream_config":null,"stream_cipher":null,
                 "create_stream_on_append":true,"create_stream_on_read":false}""");
        assertThat(call("PUT", path, null).is(200).header("s2-provision-result"))
                .isEqualTo("updated");
        assertThat(get(path).json().get("create_stream_on_append").asBoolean()).isFalse();
    }

    @Test
    void reconfiguresABasin() {
        String path = "/v1/basins/" + unique("patched-basin-");
        call("PUT", path, json("{'config':{'create_stream_on_append':true,'stream_cipher':'aegis-256'}}"))
                .is(201);
        call(
                        "PATCH",
                        path,
                        json("{'create_stream_on_read':true,'stream_cipher':null,"
                                + "'default_stream_config':{'retention_policy':{'age':1000}}}"))
                .isJson(200, """
                        {"default_stream_config":{"storage_class":null,"retention_policy":{"age":1000},
                         "timestamping":null,"delete_on_empty":null},"stream_cipher":null,
                         "create_stream_on_append":true,"create_stream_on_read":true}""");
    }

    @Test
    void refusesNamesAndBodiesThatAreNone() {
        call("POST", "/v1/basins", object().put("basin", "short")).isError(400, "bad_json");
        call("POST", "/v1/basins", object().put("basin", "Upper-case-x")).isError(400, "bad_json");
        call("POST", "/v1/basins", object()).isError(400, "bad_json");
        call("POST", "/v1/basins", "{\"basin\"").isError(400, "bad_json");
        call("POST", "/v1/basins", "{\"basin\":\"no-content-type\"}".getBytes()).isError(400, "bad_json");
        call("POST", "/v1/basins", json("{'basin':'cipher-none','config':{'stream_cipher':'none'}}"))
                .isError(400, "bad_json");
        call("PUT", "/v1/basins/Bad", null).isError(400, "bad_path");
        call("POST", "/v1/basins", object().put("basin", unique("token-basin-")), "s2-request-token", "x".repeat(37))
                .isError(400, "bad_header");
    }

    @Test
    void saysThatABasinIsNotThere() {
        get("/v1/basins/missing-basin").isError(404, "basin_not_found");
        call("PATCH", "/v1/basins/missing-basin", "{}").isError(404, "basin_not_found");
        call("DELETE", "/v1/basins/missing-basin", null).isError(404, "basin_not_found");
        get("/v1/streams", "s2-basin", "missing-basin").isError(404, "basin_not_found");
        get("/v1/streams", "s2-basin", "bad").isError(400, "bad_header");
    }

    @Test
    void listsBasinsInPages() {
        String prefix = unique("listed-") + "-";
        for (String suffix : new String[] {"basin-b", "basin-a", "basin-c"}) {
            call("PUT", "/v1/basins/" + prefix + suffix, null).is(201);
        }
        JsonNode page = get("/v1/basins?limit=2&prefix=" + prefix).is(200).json();
        assertThat(page.get("has_more").asBoolean()).isTrue();
        assertThat(page.get("basins")).hasSize(2);
        assertThat(page.get("basins").get(0).get("name").asText()).isEqualTo(prefix + "basin-a");
        page = get("/v1/basins?limit=2&prefix=" + prefix + "&start_after=" + prefix + "basin-b")
                .json();
        assertThat(page.get("has_more").asBoolean()).isFalse();
        assertThat(page.get("basins")).hasSize(1);
        assertThat(page.get("basins").get(0).get("name").asText()).isEqualTo(prefix + "basin-c");
        get("/v1/basins?limit=x").isError(400, "bad_query");
    }

    @Test
    void deletesABasinBehindTheScenes() {
        String name = unique("deleted-basin-");
        call("PUT", "/v1/basins/" + name, null).is(201);
        call("POST", "/v1/streams", object().put("stream", "s"), "s2-basin", name)
                .is(201);
        assertThat(call("DELETE", "/v1/basins/" + name, null).is(202).body()).isEmpty();

        // how long it takes is the server's business; a name that is taken still says why
        HttpAnswer refused = call("POST", "/v1/streams", object().put("stream", "new"), "s2-basin", name);
        if (refused.status() == 409) {
            refused.isError(409, "basin_deletion_pending");
        } else {
            refused.isError(404, "basin_not_found");
        }
        JsonNode listed = get("/v1/basins?prefix=" + name).is(200).json().get("basins");
        for (JsonNode info : listed) {
            assertThat(info.get("state").asText()).isEqualTo("deleting");
            assertThat(info.get("deleted_at").isNull()).isFalse();
        }
        assertThat(call("POST", records("s"), batch("x"), "s2-basin", name).status())
                .isIn(404, 409);
    }

    @Test
    void createsStreamsOfTheirOwnAccordWhereTheBasinSaysSo() {
        String name = unique("auto-basin-");
        call(
                        "PUT",
                        "/v1/basins/" + name,
                        json(
                                "{'config':{'create_stream_on_append':true,"
                                        + "'create_stream_on_read':true,'default_stream_config':{'retention_policy':{'age':77}}}}"))
                .is(201);
        assertThat(call("POST", records("a"), batch("x"), "s2-basin", name).seqNum("start"))
                .isZero();
        assertThat(get(path("a"), "s2-basin", name)
                        .json()
                        .get("retention_policy")
                        .get("age")
                        .asInt())
                .isEqualTo(77);
        get(records("b") + "/tail", "s2-basin", name).is(200);
        get(path("b"), "s2-basin", name).is(200);
        call(
                        "POST",
                        records("c"),
                        batch("x"),
                        "s2-basin",
                        name,
                        "s2-stream-config",
                        "{\"retention_policy\":{\"age\":5}}")
                .is(200);
        assertThat(get(path("c"), "s2-basin", name)
                        .json()
                        .get("retention_policy")
                        .get("age")
                        .asInt())
                .isEqualTo(5);
        call("POST", records("d"), batch("x"), "s2-basin", name, "s2-stream-config", "{\"ret")
                .isError(400, "bad_header");
        Await.until(
                "all are listed",
                Duration.ofSeconds(5),
                () -> get("/v1/streams", "s2-basin", name).json().get("streams").size() == 3);
    }
}
