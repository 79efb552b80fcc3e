package io.fenceline.s2.wire;

import java.nio.charset.StandardCharsets;

/**
 * The token that cooperating writers must present to append; at most 36 bytes of UTF-8, empty means "no fence set".
 */
public record FencingToken(String value) {

    public static final int MAX_BYTES = 36;
    public static final FencingToken NONE = new FencingToken("");

    public FencingToken {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "fencing token has " + bytes + " bytes, at most " + MAX_BYTES + " are allowed");
        }
    }

    public boolean isNone() {
        return value.isEmpty();
    }
}
