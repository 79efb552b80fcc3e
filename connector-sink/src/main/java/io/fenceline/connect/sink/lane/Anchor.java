package io.fenceline.connect.sink.lane;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the Kafka timestamp of the record at the watermark. When that record comes back from Kafka with
 * another timestamp, the topic is not the one the target was written from.
 */
public sealed interface Anchor {

    /** Nothing is known; every record passes. */
    Anchor UNKNOWN = new Unknown();

    /** Number of low bits of a timestamp that fit into a token. */
    int TOKEN_BITS = 18;

    int TOKEN_MASK = (1 << TOKEN_BITS) - 1;

    /** Whether a Kafka record with this timestamp (null: none) can be the record the anchor was taken from. */
    boolean matches(@Nullable Long timestamp);

    /** The low 18 bits for a token, or -1 if there is nothing to put there. */
    int tokenBits();

    /** The whole timestamp is known, or known to be absent: read from the record itself. */
    static Anchor exactly(@Nullable Long timestamp) {
        return new Exact(timestamp);
    }

    /** Only the low bits are known: read from a token. */
    static Anchor lowBits(int bits) {
        return new LowBits(bits & TOKEN_MASK);
    }

    /** See {@link #exactly}. */
    record Exact(@Nullable Long timestamp) implements Anchor {
        @Override
        public boolean matches(@Nullable Long other) {
            return timestamp == null ? other == null : timestamp.equals(other);
        }

        @Override
        public int tokenBits() {
            return timestamp == null ? -1 : (int) (timestamp & TOKEN_MASK);
        }
    }

    /** See {@link #lowBits}. */
    record LowBits(int bits) implements Anchor {
        @Override
        public boolean matches(@Nullable Long other) {
            return other != null && (int) (other & TOKEN_MASK) == bits;
        }

        @Override
        public int tokenBits() {
            return bits;
        }
    }

    /** See {@link #UNKNOWN}. */
    record Unknown() implements Anchor {
        @Override
        public boolean matches(@Nullable Long other) {
            return true;
        }

        @Override
        public int tokenBits() {
            return -1;
        }
    }
}
