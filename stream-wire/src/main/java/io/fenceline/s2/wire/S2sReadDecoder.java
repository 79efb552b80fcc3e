package io.fenceline.s2.wire;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decodes the frames of an S2S read session. The payload of a frame that is not compressed is never collected: any run of
 * whole protobuf fields of a {@code ReadBatch} is a {@code ReadBatch} itself, so what has arrived is decoded where it lies
 * in the network buffer, and only a record that is cut by the buffer's end is copied together first.
 */
public final class S2sReadDecoder implements ReadDecoder {

    private static final byte[] NOTHING = new byte[0];
    /** The largest prefix of a field before its content: tag and length. */
    private static final int MAX_PREFIX = 10;
    /** The largest number in a field: ten times seven bits. */
    private static final int MAX_NUMBER = 10;

    private final byte[] header = new byte[S2sFrame.HEADER_BYTES];
    private int headerFilled;
    private int flags;
    /** Bytes of the current payload; meaningful once the header is complete. */
    private int payloadLength;
    /** Bytes of the current payload still to come; meaningful once the header is complete. */
    private int payloadLeft;
    /** Nothing of the current frame but positions was seen. */
    private boolean withoutRecords;

    private boolean tailSeen;
    private StreamPosition tail = new StreamPosition(0, 0);

    /** A field, or a whole payload, of which some bytes have arrived. */
    private byte[] carry = NOTHING;

    private int carried;
    /** Of the field that is carried; -1 while its length is not known. */
    private int missing;

    private boolean over;

    /** What is left of it; negative if the record before took more. */
    private long room;

    /** Bytes that can arrive behind the current source without another grant. */
    private int reach;

    private long lackingRoom;
    private long handedOver;
    /** What a frame that was held up takes once it is decoded, as far as is known. */
    private long heldUpFrame;

    @Override
    public void decode(ByteBuffer source, long roomNow, int reachBehind, Sink sink) throws WireFormatException {
        room = roomNow;
        reach = reachBehind;
        lackingRoom = 0;
        if (isWhole() && isCollected()) {
            endFrame(sink);
        }
        while (source.hasRemaining() && !over && lackingRoom == 0) {
            if (headerFilled < header.length) {
                readHeader(source, sink);
                continue;
            }
            int length = Math.min(payloadLeft, source.remaining());
            if (isCollected()) {
                payloadLeft -= length;
                carry(source, length);
            } else {
                int taken;
                if (source.hasArray()) {
                    taken = takeFields(source.array(), source.arrayOffset() + source.position(), length, sink);
                } else {
                    byte[] copy = new byte[length];
                    source.get(source.position(), copy);
                    taken = takeFields(copy, 0, length, sink);
                }
                payloadLeft -= taken;
                source.position(source.position() + taken);
            }
            if (payloadLeft == 0) {
                endFrame(sink);
            }
        }
    }

    /** All bytes of the current frame are there, and it was held up. */
    private boolean isWhole() {
        return headerFilled == header.length && payloadLeft == 0;
    }

    @Override
    public long lackingRoom() {
        return lackingRoom;
    }

    @Override
    public long handedOverBytes() {
        long bytes = handedOver;
        handedOver = 0;
        return bytes;
    }

    @Override
    public int missingBytes() {
        if (isCollected() && headerFilled == header.length) {
            return payloadLeft;
        }
        return carried == 0 ? 0 : missing;
    }

    /** Bytes of memory held for what is not complete. */
    int heldCapacity() {
        return carry.length;
    }

    @Override
    public boolean mayExpand() {
        return headerFilled == header.length && (flags & S2sFrame.COMPRESSION_MASK) != 0;
    }

    @Override
    public int pendingBytes() {
        return carried;
    }

    @Override
    public boolean isComplete() {
        return headerFilled == 0;
    }

    private void readHeader(ByteBuffer source, Sink sink) throws WireFormatException {
        int n = Math.min(header.length - headerFilled, source.remaining());
        source.get(header, headerFilled, n);
        headerFilled += n;
        if (headerFilled < header.length) {
            return;
        }
        int length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
        if (length == 0 || length > S2sFrame.MAX_LENGTH) {
            throw new WireFormatException("frame length " + length + " is outside 1.." + S2sFrame.MAX_LENGTH);
        }
        flags = header[3] & 0xff;
        payloadLength = length - 1;
        payloadLeft = payloadLength;
        withoutRecords = true;
        tailSeen = false;
        if (payloadLeft == 0) {
            endFrame(sink);
        }
    }

    /** Errors are small, and what is compressed has to be whole. */
    private boolean isCollected() {
        return (flags & (S2sFrame.TERMINAL | S2sFrame.COMPRESSION_MASK)) != 0;
    }

    private void endFrame(Sink sink) throws WireFormatException {
        if (isCollected()) {
            boolean compressed = (flags & S2sFrame.COMPRESSION_MASK) != 0;
            if (compressed && isHeldUp(Math.max(heldUpFrame, expectedSize()))) {
                return;
            }
            S2sFrame frame = S2sFrame.decode(flags, Arrays.copyOf(carry, carried));
            if (frame.terminal()) {
                dropCarry();
                over = true;
                headerFilled = 0;
                sink.onError(frame.error());
                return;
            }
            List<SequencedRecord> records = new ArrayList<>();
            Messages.ReadFields fields =
                    Messages.readFields(frame.payload(), 0, frame.payload().length, ENDLESS_ROOM, records);
            long size = Math.max(expectedSize(), fields.retained());
            if (isHeldUp(size)) {
                heldUpFrame = size;
                return;
            }
            heldUpFrame = 0;
            room += carried - size;
            dropCarry();
            deliver(new ReadBatch(records, fields.tail()), size, sink);
        } else if (carried > 0) {
            throw new WireFormatException("ReadBatch ends inside a field");
        }
        headerFilled = 0;
        if (tailSeen && withoutRecords) {
            sink.onHeartbeat(tail);
        } else if (tailSeen) {
            sink.onTail(tail);
        }
        if ((flags & S2sFrame.RECONNECT_ADVISED) != 0) {
            sink.onReconnectAdvised();
        }
    }

    /** Notes that a whole frame does not fit yet. */
    private boolean isHeldUp(long size) {
        lackingRoom = Math.max(0, size - carried - room);
        return lackingRoom > 0;
    }

    /**
     * What a compressed frame is expected to take at least, from the length that ends it (RFC 1952 ISIZE): asked for at
     * once, because to decode it only to see that it does not fit costs as much as to decode it.
     */
    private long expectedSize() {
        if (carried < Integer.BYTES) {
            return 0;
        }
        long size = 0;
        for (int i = 1; i <= Integer.BYTES; i++) {
            size = size << 8 | carry[carried - i] & 0xff;
        }
        return size > S2sFrame.MAX_PAYLOAD_BYTES ? 0 : size + size / 4;
    }

    /** Decodes the fields that end within these bytes and keeps the rest, as far as there is room; returns how many it took. */
    private int takeFields(byte[] bytes, int from, int length, Sink sink) throws WireFormatException {
        int at = from;
        int end = from + length;
        if (room < 0) {
            lackingRoom = -room;
            return 0;
        }
        if (carried > 0) {
            at += completeCarry(bytes, at, end - at);
            if (carried == 0 || fieldSize(carry, 0, carried) != carried) {
                return at - from;
            }
            deliver(carry, 0, carried, sink);
            dropCarry();
        }
        int whole = at;
        for (long size = fieldSize(bytes, whole, end - whole);
                size >= 0 && size <= end - whole;
                size = fieldSize(bytes, whole, end - whole)) {
            whole += (int) size;
        }
        if (whole > at) {
            int taken = deliver(bytes, at, whole - at, sink);
            if (at + taken < whole) {
                lackingRoom = -room;
                return at + taken - from;
            }
        }
        if (whole < end) {
            keep(bytes, whole, end - whole, 0);
        }
        return length;
    }

    /** Adds what the field that was begun still lacks; returns how many bytes were taken. */
    private int completeCarry(byte[] bytes, int from, int available) throws WireFormatException {
        int taken = 0;
        while (taken < available) {
            long size = fieldSize(carry, 0, carried);
            // as long as the size is not known, byte by byte
            int lacking = size < 0 ? 1 : (int) (size - carried);
            if (lacking == 0) {
                break;
            }
            int n = Math.min(lacking, available - taken);
            taken += n;
            keep(bytes, from + taken - n, n, available - taken);
        }
        return taken;
    }

    private void carry(ByteBuffer source, int length) {
        ensureCarry(carried + length, carried + length + within(payloadLeft, source.remaining() - length));
        source.get(carry, carried, length);
        carried += length;
    }

    /** @param behind bytes there are behind these */
    private void keep(byte[] bytes, int from, int length, int behind) throws WireFormatException {
        ensureCarry(carried + length, MAX_PREFIX + MAX_NUMBER);
        System.arraycopy(bytes, from, carry, carried, length);
        carried += length;
        long size = fieldSize(carry, 0, carried);
        if (size > payloadLength) {
            // found before there is room made for it
            throw new WireFormatException(
                    "ReadBatch ends inside a field: it has " + payloadLength + " bytes, the field " + size);
        }
        missing = size < 0 ? -1 : (int) (size - carried);
        // in one go as far as it can arrive; what cannot is not memory that anybody has given us
        int likely = carried + within(missing, behind);
        if (likely > carry.length) {
            carry = Arrays.copyOf(carry, likely);
        }
    }

    /** How many of so many bytes are here or can arrive. */
    private int within(int bytes, int here) {
        return (int) Math.min(bytes, (long) here + reach);
    }

    private void ensureCarry(int needed, int likely) {
        if (needed > carry.length) {
            carry = Arrays.copyOf(carry, Math.max(needed, likely));
        }
    }

    private void dropCarry() {
        carried = 0;
        carry = NOTHING;
    }

    /**
     * Bytes of the protobuf field at {@code at} with its tag, -1 if there are too few to tell.
     *
     * @param available bytes there are
     */
    private static long fieldSize(byte[] bytes, int at, int available) throws WireFormatException {
        int prefix = 0;
        long tag = 0;
        for (int shift = 0; ; shift += 7) {
            if (prefix == available) {
                return -1;
            }
            if (shift > 28) {
                throw new WireFormatException("ReadBatch has a field tag that is too long");
            }
            byte b = bytes[at + prefix++];
            tag |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                break;
            }
        }
        int wireType = (int) (tag & 7);
        switch (wireType) {
            case 0 -> {
                for (int digits = 1; prefix < available; digits++) {
                    if (bytes[at + prefix++] >= 0) {
                        return prefix;
                    }
                    if (digits == MAX_NUMBER) {
                        throw new WireFormatException("ReadBatch has a number that is too long");
                    }
                }
                return -1;
            }
            case 1 -> {
                return prefix + 8L;
            }
            case 5 -> {
                return prefix + 4L;
            }
            case 2 -> {
                long length = 0;
                for (int shift = 0; ; shift += 7) {
                    if (prefix == available) {
                        return -1;
                    }
                    if (shift > 28) {
                        throw new WireFormatException("ReadBatch has a field length that is too long");
                    }
                    byte b = bytes[at + prefix++];
                    length |= (long) (b & 0x7f) << shift;
                    if (b >= 0) {
                        break;
                    }
                }
                if (length > S2sFrame.MAX_PAYLOAD_BYTES) {
                    throw new WireFormatException("ReadBatch has a field of " + length + " bytes");
                }
                return prefix + length;
            }
            default -> throw new WireFormatException("ReadBatch has a field of wire type " + wireType);
        }
    }

    /** Hands over records of these whole fields for as long as there is room; returns how many bytes it took. */
    private int deliver(byte[] bytes, int from, int length, Sink sink) throws WireFormatException {
        List<SequencedRecord> records = new ArrayList<>();
        Messages.ReadFields fields = Messages.readFields(bytes, from, length, room, records);
        room = fields.room();
        deliver(new ReadBatch(records, fields.tail()), fields.retained(), sink);
        return fields.length();
    }

    private void deliver(ReadBatch batch, long size, Sink sink) {
        handedOver += size;
        if (!batch.records().isEmpty()) {
            withoutRecords = false;
            sink.onRecords(batch.records());
        }
        StreamPosition position = batch.tail();
        if (position != null) {
            tailSeen = true;
            tail = position;
        }
    }
}
