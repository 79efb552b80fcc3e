package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A read as server-sent events. Batches carry an id to go on from: last position, records and bytes so far. */
final class EventForm implements ReadCall.Form {

    /** What a client says it has already. */
    record LastEventId(long seqNum, long count, long bytes) {

        static LastEventId parse(String header) throws Refused {
            String[] parts = header.split(",", -1);
            try {
                return new LastEventId(
                        Long.parseUnsignedLong(parts[0].strip()),
                        Long.parseUnsignedLong(parts[1]),
                        Long.parseUnsignedLong(parts[2]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw Refused.badHeader("last-event-id", "expected seq_num,count,bytes");
            }
        }
    }

    private final boolean base64;
    private final LongSupplier clockMillis;
    private long count;
    private long bytes;

    EventForm(boolean base64, LongSupplier clockMillis, @Nullable LastEventId before) {
        this.base64 = base64;
        this.clockMillis = clockMillis;
        this.count = before == null ? 0 : before.count();
        this.bytes = before == null ? 0 : before.bytes();
    }

    @Override
    public String contentType() {
        return "text/event-stream";
    }

    @Override
    public byte[] batch(ReadBatch batch, long metered) {
        count += batch.records().size();
        bytes += metered;
        long last = batch.records().get(batch.records().size() - 1).seqNum();
        return event("event: batch\nid: " + Long.toUnsignedString(last) + "," + count + "," + bytes + "\ndata: "
                + JsonRecords.readBatch(batch, base64));
    }

    @Override
    public byte[] heartbeat(StreamPosition tail) {
        ObjectNode data = Json.object().put("timestamp", clockMillis.getAsLong());
        data.set("tail", ServiceMessages.json(tail));
        return event("event: ping\ndata: " + data);
    }

    @Override
    public byte[] failure(ServerError error) {
        return event("event: error\ndata: " + new String(ServiceMessages.error(error), StandardCharsets.UTF_8));
    }

    @Override
    public byte[] done() {
        return event("data: [DONE]");
    }

    private static byte[] event(String fields) {
        return (fields + "\n\n").getBytes(StandardCharsets.UTF_8);
    }
}
