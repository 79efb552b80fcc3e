package io.fenceline.s2;

/** How a read session travels. */
public enum ReadTransport {
    /** S2S frames with protobuf, optionally compressed. */
    SESSION,
    /** Server-sent events with JSON. */
    SSE
}
