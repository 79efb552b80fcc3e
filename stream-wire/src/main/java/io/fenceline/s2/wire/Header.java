package io.fenceline.s2.wire;

import java.util.Arrays;

/** A record header: two byte strings. Names may repeat within a record and order is kept. Not copied: do not modify. */
public record Header(byte[] name, byte[] value) {

    @Override
    public boolean equals(Object other) {
        return other instanceof Header that && Arrays.equals(name, that.name) && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(name) + Arrays.hashCode(value);
    }

    /** Lengths only: header values can be confidential. */
    @Override
    public String toString() {
        return "Header[" + name.length + " bytes: " + value.length + " bytes]";
    }
}
