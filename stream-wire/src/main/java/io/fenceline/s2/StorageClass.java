package io.fenceline.s2;

/** Where S2 keeps a stream's records; what it promises of each is in S2's own documentation. */
public enum StorageClass {
    /** Acknowledged within 400 ms. */
    STANDARD,
    /** Acknowledged within 40 ms. */
    EXPRESS
}
