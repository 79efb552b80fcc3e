package io.fenceline.testkit.sqs;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** The digests SQS answers with (developer guide, "Calculating the MD5 message digest for message attributes"). */
final class SqsMd5 {

    private SqsMd5() {}

    static String ofText(String text) {
        return hex(text.getBytes(StandardCharsets.UTF_8));
    }

    static String ofAttributes(Map<String, SqsAttribute> attributes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new TreeMap<>(attributes).forEach((name, attribute) -> {
            field(bytes, name.getBytes(StandardCharsets.UTF_8));
            field(bytes, attribute.type().getBytes(StandardCharsets.UTF_8));
            bytes.write(attribute.isBinary() ? 2 : 1);
            field(bytes, attribute.bytes());
        });
        return hex(bytes.toByteArray());
    }

    private static void field(ByteArrayOutputStream to, byte[] value) {
        to.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value.length).array());
        to.writeBytes(value);
    }

    private static String hex(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has MD5", e);
        }
    }
}
