package io.fenceline.append.machine;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.AppendRecord;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A stream as small as it can be and as strict as the service: conditions, commands, trimming. */
final class TargetStream {

    private static final Header COMMAND = new Header(new byte[0], "trim".getBytes(StandardCharsets.US_ASCII));

    /** Every record ever written, also those that can no longer be read. */
    private List<SequencedRecord> log = new ArrayList<>();

    /** What earlier lives of the stream held. */
    private final List<SequencedRecord> buried = new ArrayList<>();

    private long firstReadable;
    private FencingToken token;

    TargetStream(FencingToken token, long tail) {
        this.token = token;
        for (long i = 0; i < tail; i++) {
            command();
        }
    }

    /** Ack or refusal. */
    Object append(AppendBatch batch) {
        if (batch.fencingToken() != null && !batch.fencingToken().equals(token)) {
            return ServerError.tokenMismatch(token);
        }
        if (batch.matchSeqNum().isPresent() && batch.matchSeqNum().getAsLong() != tail()) {
            return ServerError.seqNumMismatch(tail());
        }
        long start = tail();
        for (AppendRecord record : batch.records()) {
            log.add(new SequencedRecord(tail(), 0, record.headers(), record.body()));
        }
        StreamPosition end = new StreamPosition(tail(), 0);
        return new AppendAck(new StreamPosition(start, 0), end, end);
    }

    /** A page, or 416 at or behind the tail. */
    Object read(long from, int count) {
        if (from >= tail()) {
            return new ServerError(416, "", "", null, null, new StreamPosition(tail(), 0), 0);
        }
        List<SequencedRecord> page = new ArrayList<>();
        for (long i = Math.max(from, firstReadable); i < tail() && page.size() < count; i++) {
            page.add(log.get((int) i));
        }
        return new ReadBatch(page, null);
    }

    long tail() {
        return log.size();
    }

    /** One command record that changes nothing. */
    void command() {
        log.add(new SequencedRecord(tail(), 0, List.of(COMMAND), new byte[8]));
    }

    void trimEverything() {
        command();
        firstReadable = tail();
    }

    void foreign() {
        log.add(new SequencedRecord(tail(), 0, List.of(), "foreign".getBytes(StandardCharsets.US_ASCII)));
    }

    /** Position of the fence. */
    long fence(FencingToken newToken) {
        token = newToken;
        command();
        return tail() - 1;
    }

    FencingToken token() {
        return token;
    }

    void recreate() {
        buried.addAll(log);
        log = new ArrayList<>();
        firstReadable = 0;
        token = FencingToken.NONE;
    }

    boolean wasRecreated() {
        return !buried.isEmpty();
    }

    SequencedRecord at(long seqNum) {
        return log.get((int) seqNum);
    }

    boolean readable(long seqNum) {
        return seqNum >= firstReadable;
    }

    /** Data that is not foreign, in stream order, by the number in its body; of every life of the stream. */
    List<Integer> ids() {
        List<Integer> ids = new ArrayList<>();
        for (SequencedRecord record : buried) {
            addId(ids, record);
        }
        for (SequencedRecord record : log) {
            addId(ids, record);
        }
        return ids;
    }

    private static void addId(List<Integer> ids, SequencedRecord record) {
        String body = new String(record.body(), StandardCharsets.US_ASCII);
        if (!record.isCommand() && !body.equals("foreign")) {
            ids.add(Integer.parseInt(body));
        }
    }
}
