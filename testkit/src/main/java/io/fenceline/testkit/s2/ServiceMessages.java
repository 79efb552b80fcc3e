package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.CodedOutputStream;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encodes what the service sends: protobuf messages and error bodies. Zeros are left out, as proto3 has it. */
final class ServiceMessages {

    private interface Writer {
        void write(CodedOutputStream out) throws IOException;
    }

    private ServiceMessages() {}

    static byte[] appendAck(AppendAck ack) {
        return message(out -> {
            out.writeByteArray(1, position(ack.start()));
            out.writeByteArray(2, position(ack.end()));
            out.writeByteArray(3, position(ack.tail()));
        });
    }

    static byte[] readBatch(List<SequencedRecord> records, @Nullable StreamPosition tail) {
        return message(out -> {
            for (SequencedRecord record : records) {
                out.writeByteArray(1, record(record));
            }
            if (tail != null) {
                out.writeByteArray(2, position(tail));
            }
        });
    }

    static byte[] error(ServerError error) {
        ObjectNode json = Json.object();
        if (error.seqNumMismatch() != null) {
            json.put("seq_num_mismatch", Json.unsigned(error.seqNumMismatch()));
        } else if (error.tokenMismatch() != null) {
            json.put("fencing_token_mismatch", error.tokenMismatch().value());
        } else if (error.tail() != null) {
            json.set("tail", json(error.tail()));
        } else {
            json.put("code", error.code()).put("message", error.message());
        }
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Payload of a terminal frame. */
    static byte[] terminal(ServerError error) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.write(error.status() >> 8);
        payload.write(error.status());
        payload.writeBytes(error(error));
        return payload.toByteArray();
    }

    static ObjectNode json(StreamPosition position) {
        return Json.object()
                .put("seq_num", Json.unsigned(position.seqNum()))
                .put("timestamp", Json.unsigned(position.timestamp()));
    }

    private static byte[] position(StreamPosition position) {
        return message(out -> {
            number(out, 1, position.seqNum());
            number(out, 2, position.timestamp());
        });
    }

    private static byte[] record(SequencedRecord record) {
        return message(out -> {
            number(out, 1, record.seqNum());
            number(out, 2, record.timestamp());
            for (Header header : record.headers()) {
                out.writeByteArray(3, message(nested -> {
                    bytes(nested, 1, header.name());
                    bytes(nested, 2, header.value());
                }));
            }
            bytes(out, 4, record.body());
        });
    }

    private static void number(CodedOutputStream out, int field, long value) throws IOException {
        if (value != 0) {
            out.writeUInt64(field, value);
        }
    }

    private static void bytes(CodedOutputStream out, int field, byte[] value) throws IOException {
        if (value.length > 0) {
            out.writeByteArray(field, value);
        }
    }

    private static byte[] message(Writer writer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            writer.write(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
