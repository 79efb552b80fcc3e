package io.fenceline.connect.sink.s2;

import io.fenceline.connect.s2.RecordOrigin;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One stream by S2's rules: conditions, fences, trims, and holes wherever a test wants them. */
final class ModelStream {

    private final List<SequencedRecord> records = new ArrayList<>();
    private final Set<Long> gone = new HashSet<>();
    private FencingToken token = FencingToken.NONE;
    private long timestamp;
    private boolean timestampsRequired;

    AppendAck append(AppendBatch batch) {
        if (batch.fencingToken() != null && !batch.fencingToken().equals(token)) {
            throw new S2Exception(ServerError.tokenMismatch(token));
        }
        if (batch.matchSeqNum().isPresent() && batch.matchSeqNum().getAsLong() != tail()) {
            throw new S2Exception(ServerError.seqNumMismatch(tail()));
        }
        List<AppendRecord> appended = batch.records();
        for (AppendRecord record : appended) {
            if (timestampsRequired && record.timestamp() == null) {
                throw new S2Exception(ServerError.of(422, "invalid", "a record has no timestamp"));
            }
        }
        long start = tail();
        for (AppendRecord record : appended) {
            add(record);
        }
        StreamPosition end = new StreamPosition(tail(), timestamp);
        return new AppendAck(new StreamPosition(start, records.get((int) start).timestamp()), end, end);
    }

    private void add(AppendRecord record) {
        timestamp = Math.max(timestamp, record.timestamp() == null ? 0 : record.timestamp());
        records.add(new SequencedRecord(tail(), timestamp, record.headers(), record.body()));
        if (record.isCommand()) {
            String command = new String(record.headers().get(0).value(), StandardCharsets.UTF_8);
            if (command.equals("fence")) {
                token = new FencingToken(new String(record.body(), StandardCharsets.UTF_8));
            } else {
                long keep = Math.min(ByteBuffer.wrap(record.body()).getLong(), tail());
                for (long at = 0; at < keep; at++) {
                    gone.add(at);
                }
            }
        }
    }

    ReadBatch read(long from, int count, int bytes) {
        if (from >= tail()) {
            throw new S2Exception(new ServerError(
                    416, "", "not below the tail", null, null, new StreamPosition(tail(), timestamp), 0));
        }
        List<SequencedRecord> page = new ArrayList<>();
        int metered = 0;
        for (long at = from; at < tail() && page.size() < count; at++) {
            if (!gone.contains(at)) {
                SequencedRecord record = records.get((int) at);
                metered += 8 + record.body().length;
                if (metered > bytes) {
                    break;
                }
                page.add(record);
            }
        }
        return new ReadBatch(page, null);
    }

    long tail() {
        return records.size();
    }

    FencingToken token() {
        return token;
    }

    // ------------------------------------------------------------------ what others do to it

    /** An operator trims, without any token. */
    void trim(long keepFrom) {
        add(new AppendRecord(
                0L,
                List.of(new Header(new byte[0], "trim".getBytes(StandardCharsets.UTF_8))),
                ByteBuffer.allocate(8).putLong(keepFrom).array()));
    }

    /** Somebody fences without looking. */
    void fence(String anotherToken) {
        add(new AppendRecord(
                0L,
                List.of(new Header(new byte[0], "fence".getBytes(StandardCharsets.UTF_8))),
                anotherToken.getBytes(StandardCharsets.UTF_8)));
    }

    /** Somebody appends without looking. */
    void scribble(String text) {
        add(new AppendRecord(0L, List.of(), text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Retention takes one record. */
    void expire(long position) {
        gone.add(position);
    }

    /** Whether anything was removed from it. */
    boolean hasHoles() {
        return !gone.isEmpty();
    }

    boolean timestampsRequired() {
        return timestampsRequired;
    }

    void requireTimestamps() {
        timestampsRequired = true;
    }

    // ------------------------------------------------------------------ what it holds and has held

    /** Kafka offsets of all data records ever appended, in stream order. */
    List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        for (SequencedRecord record : records) {
            RecordOrigin origin = record.isCommand() ? null : RecordOrigin.of(record.headers());
            if (origin != null) {
                offsets.add(origin.id().offset());
            }
        }
        return offsets;
    }

    /** Bodies of all data records ever appended, in stream order. */
    List<String> bodies() {
        List<String> bodies = new ArrayList<>();
        for (SequencedRecord record : records) {
            if (!record.isCommand()) {
                bodies.add(new String(record.body(), StandardCharsets.UTF_8));
            }
        }
        return bodies;
    }

    List<SequencedRecord> everything() {
        return List.copyOf(records);
    }

    int commands() {
        return (int) records.stream().filter(SequencedRecord::isCommand).count();
    }
}
