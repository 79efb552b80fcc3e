package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Appends in one call: forms, conditions, commands, timestamps, limits, encryption. */
@Timeout(60)
abstract class AppendConformance extends Conformance {

    private static final int MIB = 1 << 20;

    AppendConformance(Target target) {
        super(target);
    }

    @Test
    void acknowledgesPositionsAndTimestamps() {
        String stream = createStream();
        appendAt(stream, "a", 1000).isJson(200, """
                {"start":{"seq_num":0,"timestamp":1000},"end":{"seq_num":1,"timestamp":1000},
                 "tail":{"seq_num":1,"timestamp":1000}}""");
        ObjectNode two = batch("b", "c");
        ((ObjectNode) two.get("records").get(0)).put("timestamp", 1010);
        ((ObjectNode) two.get("records").get(1)).put("timestamp", 1020);
        call("POST", records(stream), two).isJson(200, """
                {"start":{"seq_num":1,"timestamp":1010},"end":{"seq_num":3,"timestamp":1020},
                 "tail":{"seq_num":3,"timestamp":1020}}""");
        tail(stream).isJson(200, "{\"tail\":{\"seq_num\":3,\"timestamp\":1020}}");
    }

    @Test
    void keepsHeadersAndBodiesInBothFormats() {
        String stream = createStream();
        call("POST", records(stream), json("{'records':[{'headers':[['k','v'],['k',''],['ä','ö']],'body':'ü'},{}]}"))
                .is(200);
        JsonNode raw = read(stream, "seq_num=0").json().get("records");
        assertThat(raw.get(0).get("headers")).isEqualTo(json("[['k','v'],['k',''],['ä','ö']]"));
        assertThat(raw.get(0).get("body").asText()).isEqualTo("ü");
        assertThat(raw.get(1).has("headers")).isFalse();
        assertThat(raw.get(1).has("body")).isFalse();

        call(
                        "POST",
                        records(stream),
                        json("{'records':[{'headers':[['/w==','AA==']],'body':'/wA='}]}"),
                        "s2-format",
                        "base64")
                .is(200);
        JsonNode binary = read(stream, "seq_num=2", "s2-format", "json-binsafe")
                .json()
                .get("records")
                .get(0);
        assertThat(binary.get("headers")).isEqualTo(json("[['/w==','AA==']]"));
        assertThat(binary.get("body").asText()).isEqualTo("/wA=");
        // text loses what is no UTF-8
        assertThat(read(stream, "seq_num=2")
                        .json()
                        .get("records")
                        .get(0)
                        .get("body")
                        .asText())
                .isEqualTo("\ufffd\0");
    }

    @Test
    void answersInProtobufIfAsked() {
        String stream = createStream();
        // one record, body "hi", timestamp 5
        byte[] input = {0x0a, 0x06, 0x08, 0x05, 0x1a, 0x02, 'h', 'i'};
        HttpAnswer ack = call(
                        "POST",
                        records(stream),
                        input,
                        "content-type",
                        "application/x-protobuf",
                        "accept",
                        "application/protobuf")
                .is(200);
        assertThat(ack.header("content-type")).isEqualTo("application/protobuf");
        assertThat(ack.body())
                .containsExactly(
                        0x0a, 0x02, 0x10, 0x05, 0x12, 0x04, 0x08, 0x01, 0x10, 0x05, 0x1a, 0x04, 0x08, 0x01, 0x10, 0x05);
        assertThat(read(stream, "seq_num=0", "accept", "application/x-protobuf")
                        .is(200)
                        .body())
                .containsExactly(0x0a, 0x06, 0x10, 0x05, 0x22, 0x02, 'h', 'i');
        // only the first type counts
        read(stream, "seq_num=0", "accept", "text/html, application/protobuf").isJson(200, """
                {"records":[{"seq_num":0,"timestamp":5,"body":"hi"}]}""");
        byte[] broken = {-1, -1};
        call("POST", records(stream), broken, "content-type", "application/protobuf")
                .isError(400, "bad_proto");
    }

    @Test
    void refusesWhatIsNoBatch() {
        String stream = createStream();
        String path = records(stream);
        call("POST", path, json("{'records':[]}")).isError(422, "invalid");
        call("POST", path, "{}").isError(400, "bad_json");
        call("POST", path, "nonsense").isError(400, "bad_json");
        call("POST", path, "{}".getBytes()).isError(400, "bad_json");
        call("POST", path, "{}", "content-type", "text/plain").isError(400, "bad_json");
        call("POST", path, json("{'records':[{'headers':[['a']]}]}")).isError(400, "bad_json");
        call("POST", path, json("{'records':[{}],'match_seq_num':-1}")).isError(400, "bad_json");
        call("POST", path, json("{'records':[{'body':'***'}]}"), "s2-format", "base64")
                .isError(422, "invalid");
        call("POST", path, batch("x"), "s2-format", "bogus").isError(400, "bad_header");
        // what does not decode is told before what does not exist
        call("POST", records("missing"), json("{'records':[]}")).isError(422, "invalid");
        tail(stream).isJson(200, "{\"tail\":{\"seq_num\":0,\"timestamp\":0}}");
    }

    @Test
    void checksThePosition() {
        String stream = createStream();
        call("POST", records(stream), batch("a").put("match_seq_num", 0)).is(200);
        call("POST", records(stream), batch("b").put("match_seq_num", 0)).isJson(412, "{\"seq_num_mismatch\":1}");
        call("POST", records(stream), batch("b").put("match_seq_num", 7)).isJson(412, "{\"seq_num_mismatch\":1}");
        call("POST", records(stream), batch("b").put("match_seq_num", 1)).is(200);
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("a", "b");
    }

    @Test
    void checksTheTokenBeforeThePosition() {
        String stream = createStream();
        call("POST", records(stream), batch("a").put("fencing_token", "x"))
                .isJson(412, "{\"fencing_token_mismatch\":\"\"}");
        call("POST", records(stream), batch("a").put("fencing_token", "")).is(200);
        assertThat(fence(stream, "owner").seqNum("start")).isEqualTo(1);
        call("POST", records(stream), batch("a").put("fencing_token", ""))
                .isJson(412, "{\"fencing_token_mismatch\":\"owner\"}");
        call("POST", records(stream), batch("a").put("fencing_token", "no").put("match_seq_num", 77))
                .isJson(412, "{\"fencing_token_mismatch\":\"owner\"}");
        call("POST", records(stream), batch("a").put("fencing_token", "owner").put("match_seq_num", 77))
                .isJson(412, "{\"seq_num_mismatch\":2}");
        call("POST", records(stream), batch("a").put("fencing_token", "owner").put("match_seq_num", 2))
                .is(200);
        // whoever names no token is not checked
        append(stream, "b").is(200);
    }

    @Test
    void fencesUnderConditionsAndInOneBatchWithData() {
        String stream = createStream();
        ObjectNode fence =
                command("fence", "one".getBytes()).put("fencing_token", "").put("match_seq_num", 0);
        call("POST", records(stream), fence, "s2-format", "base64").is(200);
        call("POST", records(stream), fence, "s2-format", "base64").isJson(412, "{\"fencing_token_mismatch\":\"one\"}");

        // tested against the state before the batch, in force behind it
        ObjectNode both =
                command("fence", "two".getBytes()).put("fencing_token", "one").put("match_seq_num", 1);
        ((com.fasterxml.jackson.databind.node.ArrayNode) both.get("records"))
                .addObject()
                .put("body", "ZGF0YQ==");
        call("POST", records(stream), both, "s2-format", "base64").is(200);
        call("POST", records(stream), batch("x").put("fencing_token", "one"))
                .isJson(412, "{\"fencing_token_mismatch\":\"two\"}");

        // the empty token lifts the fence, and needs no permission
        fence(stream, "").is(200);
        call("POST", records(stream), batch("x").put("fencing_token", "")).is(200);
        assertThat(read(stream, "seq_num=0&count=1")
                        .json()
                        .get("records")
                        .get(0)
                        .get("headers"))
                .isEqualTo(json("[['','fence']]"));
    }

    @Test
    void refusesWhatIsNoCommand() {
        String stream = createStream();
        String path = records(stream);
        call("POST", path, json("{'records':[{'headers':[['','bogus']]}]}")).isError(422, "invalid");
        call("POST", path, json("{'records':[{'headers':[['','fence'],['a','b']]}]}"))
                .isError(422, "invalid");
        call("POST", path, json("{'records':[{'headers':[['','trim']],'body':'z'}]}"))
                .isError(422, "invalid");
        fence(stream, "z".repeat(37)).isError(422, "invalid");
        call("POST", path, command("fence", new byte[] {-1}), "s2-format", "base64")
                .isError(422, "invalid");
        call("POST", path, batch("x").put("fencing_token", "z".repeat(37))).isError(400, "bad_json");
        fence(stream, "z".repeat(36)).is(200);
    }

    @Test
    void takesAThousandRecordsAndAMebibyteAndNoMore() {
        String stream = createStream();
        call("POST", records(stream), batch(Collections.nCopies(1000, "a").toArray()))
                .is(200);
        call("POST", records(stream), batch(Collections.nCopies(1001, "a").toArray()))
                .isError(422, "invalid");
        append(stream, "a".repeat(MIB - 8)).is(200);
        append(stream, "a".repeat(MIB - 7)).isError(422, "invalid");
        append(stream, "a".repeat(MIB / 2 - 8), "b".repeat(MIB / 2 - 8)).is(200);
        append(stream, "a".repeat(MIB / 2 - 8), "b".repeat(MIB / 2 - 7)).isError(422, "invalid");
        // headers count with two bytes each besides their own
        ObjectNode headed = batch("a".repeat(MIB - 8 - 2 - 4));
        ((ObjectNode) headed.get("records").get(0))
                .putArray("headers")
                .addArray()
                .add("ab")
                .add("cd");
        call("POST", records(stream), headed).is(200);
        ((ObjectNode) headed.get("records").get(0)).put("body", "a".repeat(MIB - 8 - 2 - 3));
        call("POST", records(stream), headed).isError(422, "invalid");
        assertThat(tail(stream).seqNum("tail")).isEqualTo(1004);
    }

    @Test
    void prefersTheWritersTimestampButNeitherTheFutureNorThePast() {
        String stream = createStream();
        appendAt(stream, "a", 1000).is(200);
        assertThat(appendAt(stream, "b", 5).json().get("start").get("timestamp").asLong())
                .isEqualTo(1000);
        long before = System.currentTimeMillis() - 2000;
        long capped = appendAt(stream, "c", Long.MAX_VALUE)
                .json()
                .get("start")
                .get("timestamp")
                .asLong();
        assertThat(capped).isBetween(before, before + 10_000);
        assertThat(append(stream, "d").json().get("start").get("timestamp").asLong())
                .isBetween(capped, before + 10_000);
    }

    @Test
    void takesArrivalTimeWhereTheStreamSaysSo() {
        String stream = createStream("{'timestamping':{'mode':'arrival'}}");
        long before = System.currentTimeMillis() - 2000;
        assertThat(appendAt(stream, "a", 7).json().get("start").get("timestamp").asLong())
                .isBetween(before, before + 10_000);
    }

    @Test
    void requiresTimestampsWhereTheStreamSaysSo() {
        String stream = createStream("{'timestamping':{'mode':'client-require'}}");
        append(stream, "a").isError(422, "invalid");
        assertThat(appendAt(stream, "a", 7).json().get("start").get("timestamp").asLong())
                .isEqualTo(7);
    }

    @Test
    void letsTheFutureInWhereTheStreamSaysSo() {
        String stream = createStream("{'timestamping':{'uncapped':true}}");
        ObjectNode future = batch("a");
        ((ObjectNode) future.get("records").get(0)).put("timestamp", new java.math.BigInteger("18446744073709551614"));
        call("POST", records(stream), future).is(200);
        // and it drags along what comes behind
        assertThat(append(stream, "b").json().get("start").get("timestamp").asText())
                .isEqualTo("18446744073709551614");
        assertThat(read(stream, "seq_num=1")
                        .json()
                        .get("records")
                        .get(0)
                        .get("timestamp")
                        .asText())
                .isEqualTo("18446744073709551614");
    }

    @Test
    void followsAChangeOfTheConfiguration() {
        String stream = createStream();
        append(stream, "a").is(200);
        call("PATCH", path(stream), json("{'timestamping':{'mode':'client-require'}}"))
                .is(200);
        io.fenceline.testkit.Await.until(
                "the change is in force",
                java.time.Duration.ofSeconds(5),
                () -> append(stream, "b").status() == 422);
    }

    @Test
    void trimsUpToItselfAndNeverBack() {
        String stream = createStream();
        append(stream, "a", "b", "c", "d").is(200);
        fence(stream, "owner").is(200);
        trim(stream, 2).is(200);
        awaitFirst(stream, 2);
        trim(stream, 1).is(200);
        trim(stream, 3).is(200);
        awaitFirst(stream, 3);
        // as far as it likes: no further than itself
        assertThat(trim(stream, 1000).seqNum("start")).isEqualTo(8);
        io.fenceline.testkit.Await.until(
                "everything is trimmed",
                java.time.Duration.ofSeconds(20),
                () -> read(stream, "seq_num=0").bodies().isEmpty());
        assertThat(tail(stream).seqNum("tail")).isEqualTo(9);
        read(stream, "seq_num=8").isJson(200, "{\"records\":[]}");
        assertThat(read(stream, "seq_num=9")
                        .is(416)
                        .json()
                        .get("tail")
                        .get("seq_num")
                        .asLong())
                .isEqualTo(9);
        // the token outlives its record
        call("POST", records(stream), batch("x").put("fencing_token", "other"))
                .isJson(412, "{\"fencing_token_mismatch\":\"owner\"}");
        assertThat(append(stream, "new").seqNum("start")).isEqualTo(9);
        assertThat(read(stream, "seq_num=0").bodies()).containsExactly("new");
    }

    @Test
    void wantsAKeyForEncryptedStreams() {
        String basin = unique("cipher-basin-");
        call("PUT", "/v1/basins/" + basin, json("{'config':{'stream_cipher':'aegis-256'}}"))
                .is(201);
        assertThat(call("POST", "/v1/streams", object().put("stream", "e"), "s2-basin", basin)
                        .json()
                        .get("cipher")
                        .asText())
                .isEqualTo("aegis-256");
        String path = records("e");
        String key = Base64.getEncoder().encodeToString("k".repeat(32).getBytes());
        String other = Base64.getEncoder().encodeToString("o".repeat(32).getBytes());
        call("POST", path, batch("x"), "s2-basin", basin).isError(400, "bad_header");
        call("POST", path, batch("x"), "s2-basin", basin, "s2-encryption-key", "bogus")
                .isError(400, "bad_header");
        call("POST", path, batch("x"), "s2-basin", basin, "s2-encryption-key", key)
                .is(200);
        call(
                        "POST",
                        path,
                        command("fence", "T".getBytes()),
                        "s2-basin",
                        basin,
                        "s2-encryption-key",
                        key,
                        "s2-format",
                        "base64")
                .is(200);
        assertThat(get(path + "?seq_num=0&count=1", "s2-basin", basin, "s2-encryption-key", key)
                        .bodies())
                .containsExactly("x");
        get(path + "?seq_num=0", "s2-basin", basin, "s2-encryption-key", other).isError(400, "decryption_failed");
        get(path + "?seq_num=0", "s2-basin", basin).isError(400, "bad_header");
        // commands are not encrypted, the tail needs no key, and plain streams do not look at one
        assertThat(get(path + "?seq_num=1", "s2-basin", basin, "s2-encryption-key", other)
                        .bodies())
                .containsExactly("T");
        get(path + "/tail", "s2-basin", basin).is(200);
        String plain = createStream();
        call("POST", records(plain), batch("x"), "s2-encryption-key", "bogus").is(200);
    }

    private void awaitFirst(String stream, long seqNum) {
        io.fenceline.testkit.Await.until(
                "the first record is " + seqNum,
                java.time.Duration.ofSeconds(20),
                () -> read(stream, "seq_num=0&count=1")
                                .json()
                                .get("records")
                                .get(0)
                                .get("seq_num")
                                .asLong()
                        == seqNum);
    }
}
