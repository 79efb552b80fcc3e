package io.fenceline.sqs;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * The MD5 sums by which SQS says what it has taken, and what it gives (API reference, SendMessage; developer guide, "Calculating the MD5 message
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
    boolean isBody(String body, @Nullable String claimed) {
        if (md5 == null) {
            return true;
        }
        byte[] sum = md5.digest(utf8(body));
        return claimed != null && claimed.equalsIgnoreCase(HexFormat.of().formatHex(sum));
    }

    /** Whether {@code claimed} is the attributes' sum; true if nothing is claimed, which a server may leave out. */
    boolean areAttributes(List<MessageAttribute> attributes, @Nullable String claimed) {
        if (md5 == null || claimed == null) {
            return true;
        }
        List<MessageAttribute> sorted = attributes.stream()
                .sorted(Comparator.comparing(MessageAttribute::name))
                .toList();
        for (MessageAttribute attribute : sorted) {
            if (attribute instanceof MessageAttribute.Binary binary) {
                add(md5, binary.name(), "Binary", BINARY, binary.value());
            } else if (attribute instanceof MessageAttribute.Number number) {
                add(md5, number.name(), "Number", TEXT, utf8(number.value()));
            } else if (attribute instanceof MessageAttribute.Text text) {
                add(md5, text.name(), "String", TEXT, utf8(text.value()));
            } else {
                throw new AssertionError(attribute);
            }
        }
        return isSum(md5, sorted.isEmpty(), claimed);
    }

    /** The same of attributes as they came, with the labels of their types. */
    boolean areAttributes(SortedMap<String, MessageAttributeValue> attributes, @Nullable String claimed) {
        if (md5 == null || claimed == null) {
            return true;
        }
        attributes.forEach((name, value) -> {
            boolean binary = value.binaryValue() != null;
            add(
                    md5,
                    name,
                    String.valueOf(value.dataType()),
                    binary ? BINARY : TEXT,
                    binary ? value.binaryValue().asByteArrayUnsafe() : utf8(String.valueOf(value.stringValue())));
        });
        return isSum(md5, attributes.isEmpty(), claimed);
    }

    private static boolean isSum(MessageDigest sum, boolean ofNothing, String claimed) {
        // SQS gives no sum of nothing
        return ofNothing
                ? claimed.isEmpty()
                : claimed.equalsIgnoreCase(HexFormat.of().formatHex(sum.digest()));
    }

    private static void add(MessageDigest sum, String name, String type, byte kind, byte[] value) {
        add(sum, utf8(name));
        add(sum, utf8(type));
        sum.update(kind);
        add(sum, value);
    }

    private static void add(MessageDigest sum, byte[] bytes) {
        sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        sum.update(bytes);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
