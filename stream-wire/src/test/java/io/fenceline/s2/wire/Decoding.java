package io.fenceline.s2.wire;

import java.nio.ByteBuffer;

/** Decodes as if memory were endless. */
final class Decoding {

    private Decoding() {}

    /** Takes all bytes of {@code source}. */
    static void all(ReadDecoder decoder, ByteBuffer source, ReadDecoder.Sink sink) throws WireFormatException {
        decoder.decode(source, ReadDecoder.ENDLESS_ROOM, Integer.MAX_VALUE, sink);
    }
}
