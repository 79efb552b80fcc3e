package io.fenceline.sqs;

import java.util.Arrays;

/**
 * A message attribute. Immutable: {@link Binary}'s array belongs to it and must not be changed.
 *
 * <p>SQS counts name, type and value of each, in UTF-8 bytes (SQS developer guide, "Message attributes").
 */
public sealed interface MessageAttribute {

    String name();

    /** Bytes of name, type and value as SQS counts them. */
    int size();

    /** Text that {@link MessageText#isAllowed SQS allows}, not empty. */
    record Text(String name, String value) implements MessageAttribute {
        @Override
        public int size() {
            return MessageText.utf8Length(name) + "String".length() + MessageText.utf8Length(value);
        }
    }

    /** A decimal number as text, up to 38 digits. */
    record Number(String name, String value) implements MessageAttribute {
        @Override
        public int size() {
            return MessageText.utf8Length(name) + "Number".length() + MessageText.utf8Length(value);
        }
    }

    /** Bytes, at least one. */
    record Binary(String name, byte[] value) implements MessageAttribute {
        @Override
        public int size() {
            return MessageText.utf8Length(name) + "Binary".length() + value.length;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Binary that && name.equals(that.name) && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * name.hashCode() + Arrays.hashCode(value);
        }
    }
}
