package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.Messages.AppendInput;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a stream is, by the service's rules: records, tail, fencing token, trim point, timestamps, age. No I/O, and no
 * time but the clock it is given. Guarded by its server's lock.
 *
 * <pre>
 *   first kept        durable            end
 *   |  readable       |  sequenced only  |
 * </pre>
 */
final class StreamModel {

    /**
     * A record and what only the service knows about it.
     *
     * @param arrivedAt clock at its append; retention counts from here
     * @param key       names the encryption key it was written under; null on plain streams and for commands
     */
    record Entry(
            SequencedRecord record,
            long arrivedAt,
            @Nullable String key) {

        long metered() {
            return StreamModel.metered(record.headers(), record.body());
        }
    }

    /** An admitted batch: sequenced, not durable yet. */
    record Admitted(AppendAck ack, List<Entry> entries) {}

    private static final String FENCE = "fence";
    private static final String TRIM = "trim";

    private final LongSupplier clockMillis;
    private StreamSettings settings;

    private final ArrayList<Entry> entries = new ArrayList<>();
    /** Sequence number of the first of them. */
    private long firstKept;

    private FencingToken token = FencingToken.NONE;
    private long lastTimestamp;
    private long lastWriteAt;
    private long trimPoint;
    private StreamPosition durable = new StreamPosition(0, 0);
    private boolean deleted;

    StreamModel(LongSupplier clockMillis, StreamSettings settings) {
        this.clockMillis = clockMillis;
        this.settings = settings;
        this.lastWriteAt = clockMillis.getAsLong();
    }

    FencingToken token() {
        return token;
    }

    StreamSettings settings() {
        return settings;
    }

    void reconfigure(StreamSettings resolved) {
        settings = resolved;
    }

    /** All records not trimmed away, durable or not. */
    List<SequencedRecord> everything() {
        return entries.stream().map(Entry::record).toList();
    }

    /** The sequence number the next record gets. */
    long end() {
        return firstKept + entries.size();
    }

    StreamPosition durableTail() {
        return durable;
    }

    boolean isDeleted() {
        return deleted;
    }

    /** Admits the batch, conditions first: the token, then the position. */
    Admitted append(AppendInput input, @Nullable String key) throws Refused {
        validate(input);
        if (deleted) {
            throw Refused.streamGone();
        }
        if (input.fencingToken() != null && !input.fencingToken().equals(token)) {
            throw new Refused(ServerError.tokenMismatch(token));
        }
        if (input.matchSeqNum() != null && input.matchSeqNum() != end()) {
            throw new Refused(ServerError.seqNumMismatch(end()));
        }
        long now = clockMillis.getAsLong();
        List<Long> timestamps = timestamps(input.records(), now);
        List<Entry> admitted = new ArrayList<>(input.records().size());
        for (int i = 0; i < input.records().size(); i++) {
            AppendRecord record = input.records().get(i);
            admitted.add(new Entry(
                    new SequencedRecord(end() + i, timestamps.get(i), record.headers(), record.body()),
                    now,
                    record.isCommand() ? null : key));
        }
        take(admitted);
        StreamPosition start = position(admitted.get(0));
        StreamPosition end = new StreamPosition(end(), lastTimestamp);
        return new Admitted(new AppendAck(start, end, end), admitted);
    }

    /** Puts back what a log says was durable. */
    void restore(List<Entry> batch) {
        firstKept = entries.isEmpty() ? batch.get(0).record().seqNum() : firstKept;
        take(batch);
        makeDurable(new StreamPosition(end(), lastTimestamp));
    }

    /** Records below are durable from now on: only those are read. */
    void makeDurable(StreamPosition tail) {
        if (tail.seqNum() > durable.seqNum()) {
            durable = tail;
        }
        dropWhile(entry -> entry.record().seqNum() < Math.min(trimPoint, durable.seqNum()));
    }

    /** Ends the stream: whoever follows it sees one last trim, and then nothing any more. */
    void delete() {
        if (deleted) {
            return;
        }
        long now = clockMillis.getAsLong();
        lastTimestamp = max(lastTimestamp, now);
        Header trim = new Header(new byte[0], TRIM.getBytes(StandardCharsets.UTF_8));
        byte[] everything = ByteBuffer.allocate(Long.BYTES).putLong(-1L).array();
        entries.add(new Entry(new SequencedRecord(end(), lastTimestamp, List.of(trim), everything), now, null));
        durable = new StreamPosition(end(), lastTimestamp);
        deleted = true;
    }

    /** Drops what is older than retention allows; from the front, as far as it goes. */
    void dropExpired() {
        long age = settings.ageSeconds() == null ? 0 : settings.ageSeconds();
        if (age > 0) {
            long now = clockMillis.getAsLong();
            dropWhile(entry -> entry.record().seqNum() < durable.seqNum() && now - entry.arrivedAt() > age * 1000);
        }
    }

    /** True when delete-on-empty says that this stream has been empty long enough. */
    boolean isForgotten() {
        Long minAge = settings.minAgeSeconds();
        return minAge != null
                && minAge > 0
                && entries.isEmpty()
                && clockMillis.getAsLong() - lastWriteAt > minAge * 1000;
    }

    /** The first kept record at or above this position and below the durable tail; null if there is none. */
    @Nullable
    Entry at(long seqNum) {
        long index = max(seqNum, firstKept) - firstKept;
        return index < durable.seqNum() - firstKept ? entries.get((int) index) : null;
    }

    /** Position of the first kept durable record with at least this timestamp; the tail if there is none. */
    long find(long timestamp) {
        for (Entry entry = at(0); entry != null; entry = at(entry.record().seqNum() + 1)) {
            if (Long.compareUnsigned(entry.record().timestamp(), timestamp) >= 0) {
                return entry.record().seqNum();
            }
        }
        return durable.seqNum();
    }

    static long metered(List<Header> headers, byte[] body) {
        long bytes = 8 + 2L * headers.size() + body.length;
        for (Header header : headers) {
            bytes += header.name().length + header.value().length;
        }
        return bytes;
    }

    private void take(List<Entry> batch) {
        for (Entry entry : batch) {
            entries.add(entry);
            lastTimestamp = entry.record().timestamp();
            lastWriteAt = entry.arrivedAt();
            if (entry.record().isCommand()) {
                apply(entry.record());
            }
        }
    }

    private void apply(SequencedRecord command) {
        if (op(command.headers()).equals(FENCE)) {
            token = new FencingToken(new String(command.body(), StandardCharsets.UTF_8));
        } else {
            long upTo = ByteBuffer.wrap(command.body()).getLong();
            long mostItMay = command.seqNum() + 1;
            trimPoint = Math.max(trimPoint, Long.compareUnsigned(upTo, mostItMay) < 0 ? upTo : mostItMay);
        }
    }

    /** What the service makes of the writer's timestamps: by mode, then capped by arrival, then never going back. */
    private List<Long> timestamps(List<AppendRecord> records, long now) throws Refused {
        List<Long> result = new ArrayList<>(records.size());
        long last = lastTimestamp;
        for (AppendRecord record : records) {
            Long wanted = StreamSettings.ARRIVAL.equals(settings.mode()) ? null : record.timestamp();
            if (wanted == null && StreamSettings.CLIENT_REQUIRE.equals(settings.mode())) {
                throw Refused.invalid("record timestamp was required but was missing");
            }
            long timestamp = wanted == null ? now : wanted;
            if (!Boolean.TRUE.equals(settings.uncapped()) && Long.compareUnsigned(timestamp, now) > 0) {
                timestamp = now;
            }
            last = max(last, timestamp);
            result.add(last);
        }
        return result;
    }

    private interface Doomed {
        boolean test(Entry entry);
    }

    private void dropWhile(Doomed doomed) {
        int count = 0;
        while (count < entries.size() && doomed.test(entries.get(count))) {
            count++;
        }
        if (count > 0) {
            entries.subList(0, count).clear();
            firstKept += count;
        }
    }

    private static StreamPosition position(Entry entry) {
        return new StreamPosition(entry.record().seqNum(), entry.record().timestamp());
    }

    private static long max(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? b : a;
    }

    static void validate(AppendInput input) throws Refused {
        List<AppendRecord> batch = input.records();
        if (batch.isEmpty()) {
            throw Refused.invalid("record batch must not be empty");
        }
        if (batch.size() > AppendBatch.MAX_RECORDS) {
            throw Refused.invalid("record batch must not exceed " + AppendBatch.MAX_RECORDS + " records");
        }
        long total = 0;
        for (AppendRecord record : batch) {
            long metered = metered(record.headers(), record.body());
            if (metered > AppendBatch.MAX_METERED_BYTES) {
                throw Refused.invalid("a record must not exceed a metered size of 1 MiB, this one has " + metered);
            }
            total += metered;
            validate(record);
        }
        if (total > AppendBatch.MAX_METERED_BYTES) {
            throw Refused.invalid("record batch must not exceed a metered size of 1 MiB, this one has " + total);
        }
    }

    private static void validate(AppendRecord record) throws Refused {
        boolean unnamed = record.headers().stream().anyMatch(header -> header.name().length == 0);
        if (unnamed && !record.isCommand()) {
            throw Refused.invalid("invalid header: empty name");
        }
        if (!record.isCommand()) {
            return;
        }
        switch (op(record.headers())) {
            case FENCE -> {
                if (record.body().length > FencingToken.MAX_BYTES) {
                    throw Refused.invalid("invalid `fence` command: the token exceeds 36 bytes");
                }
                if (!isUtf8(record.body())) {
                    throw Refused.invalid("invalid `fence` command: the token is not UTF-8");
                }
            }
            case TRIM -> {
                if (record.body().length != Long.BYTES) {
                    throw Refused.invalid(
                            "invalid `trim` command: the body has " + record.body().length + " bytes, it must have 8");
                }
            }
            default -> throw Refused.invalid("unknown command");
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static String op(List<Header> headers) {
        return new String(headers.get(0).value(), StandardCharsets.UTF_8);
    }
}
