package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One read of a stream: what comes next, by the rules of starts, limits and following. Pure, like the stream it reads;
 * guarded by the same lock.
 */
final class ServedRead {

    /** What to do next. */
    sealed interface Step {}

    /** Deliver these. Batches found while following say where the tail is, others do not. */
    record Deliver(ReadBatch batch, long metered) implements Step {}

    /** The tail is reached for the first time; from here on the read follows. */
    record CaughtUp(StreamPosition tail) implements Step {}

    /** Nothing to deliver now. */
    record Wait(StreamPosition tail) implements Step {}

    /** The read is over, in good order. */
    record Done() implements Step {}

    private static final long UNLIMITED = Long.MAX_VALUE;

    private final StreamModel stream;
    private final ReadQuery query;
    private final @Nullable String key;

    private long next;
    private long countLeft;
    private long bytesLeft;
    private boolean following;

    /** @throws Refused with 416 if there is nothing at this position and the read may not wait for it */
    ServedRead(StreamModel stream, ReadQuery query, @Nullable String key) throws Refused {
        this.stream = stream;
        this.query = query;
        this.key = key;
        this.countLeft = limit(query.count());
        this.bytesLeft = limit(query.bytes());
        this.next = start(stream, query);
    }

    /** @throws Refused if the stream is gone, or a record does not open with this key */
    Step next() throws Refused {
        if (countLeft == 0 || bytesLeft == 0) {
            return new Done();
        }
        StreamPosition tail = stream.durableTail();
        if (next < tail.seqNum() && stream.at(next) != null) {
            return deliver();
        }
        next = Math.max(next, tail.seqNum());
        if (stream.isDeleted()) {
            throw Refused.streamGone();
        }
        if (!query.mayFollow()) {
            return new Done();
        }
        if (!following) {
            following = true;
            return new CaughtUp(tail);
        }
        return new Wait(tail);
    }

    /** Nothing is left to deliver before more is appended. */
    boolean isAtTail() {
        return following && next >= stream.durableTail().seqNum();
    }

    private Step deliver() throws Refused {
        List<SequencedRecord> records = new ArrayList<>();
        long metered = 0;
        for (StreamModel.Entry entry = stream.at(next); entry != null; entry = stream.at(next)) {
            SequencedRecord record = entry.record();
            long size = entry.metered();
            boolean denied = records.size() + 1 > countLeft
                    || metered + size > bytesLeft
                    || query.until() != null && Long.compareUnsigned(record.timestamp(), query.until()) >= 0;
            if (denied && records.isEmpty()) {
                return new Done();
            }
            boolean full = records.size() == AppendBatch.MAX_RECORDS || metered + size > AppendBatch.MAX_METERED_BYTES;
            if (denied || full) {
                break;
            }
            if (entry.key() != null && !entry.key().equals(key)) {
                throw Refused.of(400, "decryption_failed", "record decryption failed");
            }
            records.add(record);
            metered += size;
            next = record.seqNum() + 1;
        }
        countLeft -= countLeft == UNLIMITED ? 0 : records.size();
        bytesLeft -= bytesLeft == UNLIMITED ? 0 : metered;
        SequencedRecord last = records.get(records.size() - 1);
        StreamPosition tail = following ? new StreamPosition(last.seqNum() + 1, last.timestamp()) : null;
        return new Deliver(new ReadBatch(records, tail), metered);
    }

    private static long start(StreamModel stream, ReadQuery query) throws Refused {
        StreamPosition tail = stream.durableTail();
        long start;
        if (query.timestamp() != null) {
            if (Long.compareUnsigned(query.timestamp(), tail.timestamp()) > 0 && !query.clamp()) {
                throw atTail(tail);
            }
            start = stream.find(query.timestamp());
        } else if (query.seqNum() != null) {
            if (Long.compareUnsigned(query.seqNum(), tail.seqNum()) > 0 && !query.clamp()) {
                throw atTail(tail);
            }
            start = Long.compareUnsigned(query.seqNum(), tail.seqNum()) > 0 ? tail.seqNum() : query.seqNum();
        } else {
            long offset = query.tailOffset() == null ? 0 : query.tailOffset();
            start = Long.compareUnsigned(offset, tail.seqNum()) > 0 ? 0 : tail.seqNum() - offset;
        }
        if (start == tail.seqNum() && !query.mayFollow()) {
            throw atTail(tail);
        }
        return start;
    }

    private static Refused atTail(StreamPosition tail) {
        return new Refused(new ServerError(416, "", "the position is not below the tail", null, null, tail, 0));
    }

    private static long limit(@Nullable Long said) {
        return said == null || said < 0 ? UNLIMITED : said;
    }
}
