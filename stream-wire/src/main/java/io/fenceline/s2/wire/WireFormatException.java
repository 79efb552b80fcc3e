package io.fenceline.s2.wire;

import java.io.IOException;

/** Bytes from the peer are not what the protocol says. What the request behind them did is unknown. */
public final class WireFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** @param message cut if it is long: it may quote the peer */
    public WireFormatException(String message) {
        super(PeerText.brief(message));
    }

    /** As above; the cause must not quote the peer, it is not cut. */
    public WireFormatException(String message, Throwable cause) {
        super(PeerText.brief(message), cause);
    }
}
