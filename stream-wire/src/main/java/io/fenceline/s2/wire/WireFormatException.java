package io.fenceline.s2.wire;

import java.io.IOException;

/** Bytes from the peer are not what the protocol says. What the request behind them did is unknown. */
public final class WireFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    public WireFormatException(String message) {
        super(message);
    }

    public WireFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
