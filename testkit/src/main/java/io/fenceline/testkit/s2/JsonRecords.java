package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Records in JSON: as text, which loses bytes that are no UTF-8, or in base64. */
final class JsonRecords {

    private JsonRecords() {}

    static AppendInput appendInput(byte[] body, boolean base64) throws Refused {
        JsonNode json = Json.parse(body);
        List<AppendRecord> records = new ArrayList<>();
        for (JsonNode record : Json.required(json, "records")) {
            List<Header> headers = new ArrayList<>();
            for (JsonNode header : record.path("headers")) {
                if (header.size() != 2) {
                    throw Refused.badJson("a header is an array of two strings");
                }
                headers.add(new Header(bytes(header.get(0), base64), bytes(header.get(1), base64)));
            }
            JsonNode timestamp = record.path("timestamp");
            records.add(new AppendRecord(
                    timestamp.isMissingNode() || timestamp.isNull() ? null : Long.valueOf(Json.u64(timestamp)),
                    headers,
                    record.hasNonNull("body") ? bytes(record.get("body"), base64) : new byte[0]));
        }
        Long match = json.hasNonNull("match_seq_num") ? Long.valueOf(Json.u64(json.get("match_seq_num"))) : null;
        FencingToken token = null;
        if (json.hasNonNull("fencing_token")) {
            try {
                token = new FencingToken(Json.text(json.get("fencing_token")));
            } catch (IllegalArgumentException e) {
                throw Refused.badJson(String.valueOf(e.getMessage()));
            }
        }
        return new AppendInput(records, match, token);
    }

    static ObjectNode ack(AppendAck ack) {
        ObjectNode json = Json.object();
        json.set("start", ServiceMessages.json(ack.start()));
        json.set("end", ServiceMessages.json(ack.end()));
        json.set("tail", ServiceMessages.json(ack.tail()));
        return json;
    }

    static ObjectNode readBatch(ReadBatch batch, boolean base64) {
        ObjectNode json = Json.object();
        ArrayNode records = json.putArray("records");
        for (SequencedRecord record : batch.records()) {
            ObjectNode item = records.addObject()
                    .put("seq_num", Json.unsigned(record.seqNum()))
                    .put("timestamp", Json.unsigned(record.timestamp()));
            if (!record.headers().isEmpty()) {
                ArrayNode headers = item.putArray("headers");
                for (Header header : record.headers()) {
                    headers.addArray().add(text(header.name(), base64)).add(text(header.value(), base64));
                }
            }
            if (record.body().length > 0) {
                item.put("body", text(record.body(), base64));
            }
        }
        if (batch.tail() != null) {
            json.set("tail", ServiceMessages.json(batch.tail()));
        }
        return json;
    }

    private static byte[] bytes(JsonNode json, boolean base64) throws Refused {
        String text = Json.text(json);
        if (!base64) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw Refused.invalid("invalid Base64 encoding");
        }
    }

    private static String text(byte[] bytes, boolean base64) {
        return base64 ? Base64.getEncoder().encodeToString(bytes) : new String(bytes, StandardCharsets.UTF_8);
    }
}
