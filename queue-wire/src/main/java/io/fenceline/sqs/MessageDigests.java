package io.fenceline.sqs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The MD5 sums by which SQS says what it has taken (API reference, SendMessage; developer guide, "Calculating the MD5 message
 * digest for message attributes"). Not thread-safe; cheap to make.
 */
final class MessageDigests {

    private static final byte TEXT = 1;
    private static final byte BINARY = 2;

    /** Null on a JVM that has no MD5, as one that keeps to FIPS. */
    private final @Nullable MessageDigest md5;

    private MessageDigests(@Nullable MessageDigest md5) {
        this.md5 = md5;
    }

    static MessageDigests create() {
        try {
            return new MessageDigests(MessageDigest.getInstance("MD5"));
        } catch (NoSuchAlgorithmException e) {
            return new MessageDigests(null);
        }
    }

    /** Whether {@code claimed} is the body's sum; true where there is no MD5 to compare with. */
    boolean isBody(OutgoingMessage message, @Nullable String claimed) {
        if (md5 == null) {
            return true;
        }
        byte[] sum = md5.digest(message.body().getBytes(StandardCharsets.UTF_8));
        return claimed != null && claimed.equalsIgnoreCase(HexFormat.of().formatHex(sum));
    }

    /** Whether {@code claimed} is the attributes' sum; true if nothing is claimed, which a server may leave out. */
    boolean areAttributes(OutgoingMessage message, @Nullable String claimed) {
        if (md5 == null || claimed == null) {
            return true;
        }
        if (message.attributes().isEmpty()) {
            // SQS gives no sum of nothing
            return claimed.isEmpty();
        }
        List<MessageAttribute> sorted = message.attributes().stream()
                .sorted(Comparator.comparing(MessageAttribute::name))
                .toList();
        for (MessageAttribute attribute : sorted) {
            add(md5, utf8(attribute.name()));
            if (attribute instanceof MessageAttribute.Binary binary) {
                add(md5, utf8("Binary"));
                md5.update(BINARY);
                add(md5, binary.value());
            } else if (attribute instanceof MessageAttribute.Number number) {
                add(md5, utf8("Number"));
                md5.update(TEXT);
                add(md5, utf8(number.value()));
            } else if (attribute instanceof MessageAttribute.Text text) {
                add(md5, utf8("String"));
                md5.update(TEXT);
                add(md5, utf8(text.value()));
            } else {
                throw new AssertionError(attribute);
            }
        }
        return claimed.equalsIgnoreCase(HexFormat.of().formatHex(md5.digest()));
    }

    private static void add(MessageDigest sum, byte[] bytes) {
        sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        sum.update(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
