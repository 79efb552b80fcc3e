package io.fenceline.s2.wire;

/**
 * The service's word that one batch is durable (s2.proto {@code AppendAck}).
 *
 * @param start position of the batch's first record
 * @param end   {@code seqNum} is one past the batch's last record, {@code timestamp} is that of the last record
 * @param tail  the stream's durable tail when the batch became durable; never below {@code end}
 */
public record AppendAck(StreamPosition start, StreamPosition end, StreamPosition tail) {

    /** Number of records the ack speaks of. */
    public long recordCount() {
        return end.seqNum() - start.seqNum();
    }

    /** Whether this can be the ack of a batch of that many records, wherever it went. */
    public boolean isOf(int records) {
        return start.seqNum() >= 0 && end.seqNum() > start.seqNum() && recordCount() == records;
    }

    /** Whether this is the ack of a batch of that many records that had to go to {@code position}. */
    public boolean isOf(int records, long position) {
        return start.seqNum() == position && isOf(records);
    }

    /** The positions it speaks of, for messages. */
    public String span() {
        return "[" + Long.toUnsignedString(start.seqNum()) + ", " + Long.toUnsignedString(end.seqNum()) + ")";
    }
}
