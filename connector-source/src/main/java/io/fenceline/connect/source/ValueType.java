package io.fenceline.connect.source;

/** {@code value.type}: the schema of the values a source hands to Connect. */
public enum ValueType {
    /** The body as it is; for {@code ByteArrayConverter}. */
    BYTES,
    /** The body as UTF-8 text; for {@code StringConverter}. */
    STRING
}
