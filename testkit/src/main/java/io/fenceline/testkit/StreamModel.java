package io.fenceline.testkit;

import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What a stream is, by the service's rules: records, tail, fencing token, trim point. Guarded by its server's lock.
 */
final class StreamModel {

    /** A batch the rules do not admit; nothing was changed. */
    static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;

        private final transient ServerError error;

        Refused(ServerError error) {
            super(error.describe());
            this.error = error;
        }

        ServerError error() {
            return error;
        }
    }

    private static final int MAX_RECORDS = 1000;
    private static final long MAX_METERED_BYTES = 1 << 20;

    private final LongSupplier clockMillis;
    private final Instant createdAt;
    private final List<SequencedRecord> records = new ArrayList<>();
    private FencingToken token = FencingToken.NONE;
    private long lastTimestamp;
    private long trimPoint;
    /** Records below are durable, and only those are read. */
    private long durable;

    StreamModel(LongSupplier clockMillis) {
        this.clockMillis = clockMillis;
        this.createdAt = Instant.ofEpochMilli(clockMillis.getAsLong());
    }

    Instant createdAt() {
        return createdAt;
    }

    FencingToken token() {
        return token;
    }

    /** Everything appended, durable or not, trimmed or not. */
    List<SequencedRecord> everything() {
        return List.copyOf(records);
    }

    long end() {
        return records.size();
    }

    StreamPosition durableTail() {
        return new StreamPosition(
                durable, durable == 0 ? 0 : records.get((int) durable - 1).timestamp());
    }

    void makeDurable(long end) {
        durable = Math.max(durable, end);
    }

    /** Admits the batch, conditions first: the token, then the position. */
    AppendAck append(AppendInput input) throws Refused {
        validate(input);
        if (input.fencingToken() != null && !input.fencingToken().equals(token)) {
            throw new Refused(ServerError.tokenMismatch(token));
        }
        if (input.matchSeqNum() != null && input.matchSeqNum() != end()) {
            throw new Refused(ServerError.seqNumMismatch(end()));
        }
        long first = end();
        long now = clockMillis.getAsLong();
        for (AppendRecord record : input.records()) {
            long wanted = record.timestamp() == null ? now : record.timestamp();
            long capped = Long.compareUnsigned(wanted, now) > 0 ? now : wanted;
            lastTimestamp = Math.max(lastTimestamp, capped);
            records.add(new SequencedRecord(end(), lastTimestamp, record.headers(), record.body()));
        }
        for (AppendRecord record : input.records()) {
            if (record.isCommand()) {
                apply(record);
            }
        }
        StreamPosition tail = new StreamPosition(end(), lastTimestamp);
        return new AppendAck(new StreamPosition(first, records.get((int) first).timestamp()), tail, tail);
    }

    /** Durable records from a position on, as far as both limits allow. */
    List<SequencedRecord> read(long seqNum, int count, long bytes) throws Refused {
        if (seqNum < 0 || seqNum >= durable) {
            StreamPosition tail = durableTail();
            throw new Refused(new ServerError(416, "", "the position is not below the tail", null, null, tail, 0));
        }
        List<SequencedRecord> found = new ArrayList<>();
        long metered = 0;
        for (long at = Math.max(seqNum, trimPoint); at < durable && found.size() < Math.min(count, MAX_RECORDS); at++) {
            SequencedRecord record = records.get((int) at);
            metered += metered(record.headers(), record.body());
            if (metered > Math.min(bytes, MAX_METERED_BYTES)) {
                break;
            }
            found.add(record);
        }
        return found;
    }

    private void apply(AppendRecord command) {
        if (op(command).equals("fence")) {
            token = new FencingToken(new String(command.body(), StandardCharsets.UTF_8));
        } else {
            trimPoint =
                    Math.max(trimPoint, Math.min(ByteBuffer.wrap(command.body()).getLong(), end()));
        }
    }

    private static void validate(AppendInput input) throws Refused {
        List<AppendRecord> batch = input.records();
        if (batch.isEmpty() || batch.size() > MAX_RECORDS) {
            throw invalid(batch.size() + " records in a batch");
        }
        long metered = 0;
        for (AppendRecord record : batch) {
            metered += metered(record.headers(), record.body());
            boolean unnamed = record.headers().stream().anyMatch(header -> header.name().length == 0);
            if (unnamed && !record.isCommand()) {
                throw invalid("a header without a name");
            }
            if (record.isCommand() && !valid(record)) {
                throw invalid("not a command");
            }
        }
        if (metered > MAX_METERED_BYTES) {
            throw invalid(metered + " metered bytes in a batch");
        }
    }

    private static boolean valid(AppendRecord command) {
        return switch (op(command)) {
            case "fence" -> command.body().length <= FencingToken.MAX_BYTES;
            case "trim" -> command.body().length == Long.BYTES;
            default -> false;
        };
    }

    private static String op(AppendRecord command) {
        return new String(command.headers().get(0).value(), StandardCharsets.UTF_8);
    }

    private static Refused invalid(String what) {
        return new Refused(ServerError.of(422, "invalid", what));
    }

    private static long metered(List<Header> headers, byte[] body) {
        long bytes = 8 + 2L * headers.size() + body.length;
        for (Header header : headers) {
            bytes += header.name().length + header.value().length;
        }
        return bytes;
    }
}
