package io.fenceline.s2;

/** How S2S frames are compressed, in both directions. */
public enum Compression {
    NONE,
    GZIP
}
