package io.fenceline.s2.wire;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * Takes the body of a read session apart as it arrives, however it was cut on the way: a record is handed over as soon as
 * its last byte is there. Owned by one thread.
 */
public interface ReadDecoder {

    /** More than can be used up; half of what there is, so that nothing added to it overflows. */
    long ENDLESS_ROOM = Long.MAX_VALUE / 2;

    /** What was found, in the order of the body. */
    interface Sink {

        /** Records in stream order, commands among them; at least one. */
        void onRecords(List<SequencedRecord> records);

        /** The stream's tail, as the service knew it when it sent the records before. */
        void onTail(StreamPosition tail);

        /** Nothing below {@code tail} will come any more: it was delivered, or it is gone. */
        void onHeartbeat(StreamPosition tail);

        /** The service asks to move to a new connection. */
        void onReconnectAdvised();

        /** The service ended the session with an error; nothing follows. */
        void onError(ServerError error);
    }

    /**
     * Takes bytes of {@code source}: all of them, or those up to a place where {@link #lackingRoom} says that memory lacks.
     * Then it is called again with more room, and with what is left of {@code source}, if anything is.
     *
     * @param room  by how much what is handed over may take more memory than its bytes took on the wire; a single record may
     *              pass it by what it takes beside its bytes
     * @param reach bytes that can arrive behind {@code source} before anybody grants more: for more than that no memory is
     *              taken in advance
     */
    void decode(ByteBuffer source, long room, int reach, Sink sink) throws WireFormatException;

    /** How much more room is needed to go on than there was; 0 if nothing is held up. */
    long lackingRoom();

    /** Bytes of memory that what was handed over since the last call takes. */
    long handedOverBytes();

    /** Bytes kept because what they belong to is not complete or was held up. */
    int pendingBytes();

    /** Bytes of the body until what was begun is complete; 0 if nothing was begun, -1 if that is not known yet. */
    int missingBytes();

    /** Whether what was begun can take more room than its bytes, once it is complete. */
    boolean mayExpand();

    /** Whether the body may end here and the session count as ended by the service. */
    boolean isComplete();
}
