package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;

/** A read as S2S frames. */
record SessionForm(boolean gzip) implements ReadCall.Form {

    private static final int MIN_GZIP_BYTES = 1024;

    @Override
    public String contentType() {
        return "s2s/proto";
    }

    @Override
    public byte[] batch(ReadBatch batch, long metered) {
        byte[] message = ServiceMessages.readBatch(batch.records(), batch.tail());
        return gzip && message.length >= MIN_GZIP_BYTES
                ? S2sFrame.encode(Reply.gzip(message), S2sFrame.COMPRESSION_GZIP)
                : S2sFrame.encode(message, 0);
    }

    @Override
    public byte[] heartbeat(StreamPosition tail) {
        return S2sFrame.encode(ServiceMessages.readBatch(List.of(), tail), 0);
    }

    @Override
    public byte[] failure(ServerError error) {
        return S2sFrame.encode(ServiceMessages.terminal(error), S2sFrame.TERMINAL);
    }

    @Override
    public byte[] done() {
        return new byte[0];
    }
}
