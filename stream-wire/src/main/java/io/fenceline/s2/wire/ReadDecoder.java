package io.fenceline.s2.wire;

import io.fenceline.s2.ServerError;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Takes the body of a read session apart as it arrives, however it was cut on the way: a record is handed over as soon as
 * its last byte is there. Owned by one thread.
 */
public interface ReadDecoder {

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

    /** Takes all bytes of {@code source}. */
    void decode(ByteBuffer source, Sink sink) throws WireFormatException;

    /** Bytes kept because the record they belong to is not complete. */
    int pendingBytes();

    /** Whether the body may end here and the session count as ended by the service. */
    boolean isComplete();
}
