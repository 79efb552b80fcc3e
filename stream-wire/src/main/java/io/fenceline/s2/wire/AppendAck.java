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
}
