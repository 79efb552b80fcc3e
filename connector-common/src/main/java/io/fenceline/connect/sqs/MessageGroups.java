package io.fenceline.connect.sqs;

import io.fenceline.connect.config.GroupTemplate;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The message groups of one topic-partition's records. What does not fit SQS's form, 1 to 128 letters, digits and ASCII
 * punctuation, is hashed: SHA-256 over the bytes of what the template gives, in base64url without padding, 43 characters.
 *
 * <p>A pure function of topic, partition and key. Any thread.
 */
public final class MessageGroups {

    /** In characters (API reference, SendMessage). */
    static final int MAX_LENGTH = 128;

    /** What stands around the keys; a single text if there are none. */
    private final byte[][] around;

    private final int aroundLength;

    /** The group of records without a key, or with one of zero bytes, and of all records if the template has no key. */
    private final String withoutKey;

    /** @param topic as records are read from Kafka, before any transform; so is the partition */
    public MessageGroups(GroupTemplate template, String topic, int partition) {
        List<String> texts = template.aroundKeys(topic, partition);
        this.around = texts.stream()
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        int length = 0;
        for (byte[] text : around) {
            length += text.length;
        }
        this.aroundLength = length;
        byte[] ownKey = (topic + '-' + partition).getBytes(StandardCharsets.UTF_8);
        this.withoutKey = fill(ownKey, 0, ownKey.length);
    }

    /** @param key the record's key as bytes, null if it has none; not kept, and not changed */
    public String of(byte @Nullable [] key, int offset, int length) {
        return key == null || length == 0 || around.length == 1 ? withoutKey : fill(key, offset, length);
    }

    private String fill(byte[] key, int offset, int length) {
        ByteArrayOutputStream group = new ByteArrayOutputStream(aroundLength + (around.length - 1) * length);
        group.writeBytes(around[0]);
        for (int i = 1; i < around.length; i++) {
            group.write(key, offset, length);
            group.writeBytes(around[i]);
        }
        byte[] bytes = group.toByteArray();
        return fits(bytes) ? new String(bytes, StandardCharsets.ISO_8859_1) : DeduplicationId.hash(bytes);
    }

    private static boolean fits(byte[] group) {
        if (group.length == 0 || group.length > MAX_LENGTH) {
            return false;
        }
        for (byte b : group) {
            if (b <= ' ' || b > '~') {
                return false;
            }
        }
        return true;
    }
}
