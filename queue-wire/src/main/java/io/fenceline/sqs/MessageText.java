package io.fenceline.sqs;

/**
 * Which characters SQS takes in bodies and in the values of text attributes: tab, line feed, carriage return, and U+0020 to
 * U+D7FF, U+E000 to U+FFFD, U+10000 to U+10FFFF (API reference, SendMessage).
 */
public final class MessageText {

    private MessageText() {}

    /** Whether SQS takes the text as it is; it does not take an empty one. */
    public static boolean isAllowed(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x20 && c < Character.MIN_SURROGATE) {
                continue;
            }
            if (Character.isHighSurrogate(c)) {
                i++;
                if (i == length || !Character.isLowSurrogate(text.charAt(i))) {
                    return false;
                }
            } else if (Character.isLowSurrogate(c) || c > 0xFFFD || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) {
                return false;
            }
        }
        return length > 0;
    }

    /** Bytes of the UTF-8 form, an unpaired surrogate being one, as {@link String#getBytes} has it. */
    public static int utf8Length(String text) {
        int length = text.length();
        int bytes = length;
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                if (c < 0x800) {
                    bytes++;
                } else if (!Character.isSurrogate(c)) {
                    bytes += 2;
                } else if (Character.isHighSurrogate(c)
                        && i + 1 < length
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    // two chars for four bytes
                    bytes += 2;
                    i++;
                }
            }
        }
        return bytes;
    }
}
