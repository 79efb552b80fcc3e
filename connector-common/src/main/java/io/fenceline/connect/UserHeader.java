package io.fenceline.connect;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A header of a Kafka record as the user set it; its value can be null, which it cannot be everywhere. Not copied: do not modify. */
public record UserHeader(byte[] name, byte @Nullable [] value) {

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof UserHeader that && Arrays.equals(name, that.name) && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(name) + Arrays.hashCode(value);
    }

    /** Lengths only: header values can be confidential. */
    @Override
    public String toString() {
        return "UserHeader[" + name.length + " bytes: " + (value == null ? "null" : value.length + " bytes") + "]";
    }
}
