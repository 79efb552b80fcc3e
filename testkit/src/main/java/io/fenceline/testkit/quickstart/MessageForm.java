package io.fenceline.testkit.quickstart;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What the SQS source makes of a message: told from others by SQS's MessageId; key, value and all headers are its content. Its time
 * is not, for whoever sends a message is not told it. Stateless.
 */
final class MessageForm implements Comparison.Form {

    private static final String MESSAGE_ID = "sqs.message.id";
    /** SQS's own, which not every server gives. */
    private static final String SEQUENCE_NUMBER = "sqs.sequence.number";

    @Override
    public @Nullable String identity(ConsumerRecord<byte[], byte[]> record) {
        return Comparison.text(record, MESSAGE_ID);
    }

    @Override
    public ByteBuffer content(ConsumerRecord<byte[], byte[]> record) {
        Map<String, byte @Nullable []> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            String name = header.key();
            if (!name.equals(MESSAGE_ID) && !name.equals(SEQUENCE_NUMBER)) {
                // one that came twice is not what was sent
                headers.put(headers.containsKey(name) ? name + " again" : name, header.value());
            }
        }
        return content(record.key(), record.value(), headers);
    }

    /** Of what was sent: without the MessageId, which SQS chooses. */
    static ByteBuffer content(byte @Nullable [] key, byte @Nullable [] value, Map<String, byte @Nullable []> headers) {
        Comparison.Content content = new Comparison.Content().key(key).value(value);
        new TreeMap<String, byte @Nullable []>(headers)
                .forEach((name, bytes) -> content.header(name.getBytes(StandardCharsets.UTF_8), bytes));
        return content.end();
    }
}
