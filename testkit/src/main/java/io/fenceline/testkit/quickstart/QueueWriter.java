package io.fenceline.testkit.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAnswer;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to a FIFO queue as an application would that knows nothing of Kafka, and tells a comparison what is to become of
 * them. The orders of one customer are a message group; lines of a file are spread over some groups.
 */
final class QueueWriter {

    private static final int LARGEST_BATCH = 10;
    private static final int LARGEST_BATCH_BYTES = 512 << 10;
    private static final int GROUPS = 32;

    private final SqsCalls calls;
    private final String queueUrl;
    private final List<byte[]> lines;
    private final boolean keyed;
    private final String topic;
    private final Comparison comparison;
    private final SpreadWriting writing;

    private record Message(SentEntry entry, String group, ByteBuffer content) {}

    private QueueWriter(
            SqsCalls calls,
            String queueUrl,
            List<byte[]> lines,
            boolean keyed,
            long count,
            String topic,
            Comparison comparison) {
        this.calls = calls;
        this.queueUrl = queueUrl;
        this.lines = lines;
        this.keyed = keyed;
        this.topic = topic;
        this.comparison = comparison;
        this.writing = new SpreadWriting("SQS", count, this::send);
    }

    /**
     * @param topic      where the messages have to arrive
     * @param comparison of {@link MessageForm}; in the writing thread's hands until everything is acknowledged
     */
    static QueueWriter of(SqsCalls calls, String queueUrl, Options options, String topic, Comparison comparison) {
        List<byte[]> lines = Records.lines(options);
        return new QueueWriter(
                calls,
                queueUrl,
                lines,
                options.from() == null,
                Records.count(options, lines.size()),
                topic,
                comparison);
    }

    SpreadWriting writing() {
        return writing;
    }

    /** No two of one group in one request: not every server keeps their order. */
    void send(long from, long to) {
        Map<String, Message> batch = new LinkedHashMap<>();
        int bytes = 0;
        for (long i = from; i < to; i++) {
            Message message = message(i);
            int size = message.entry().body().length();
            if (batch.size() == LARGEST_BATCH
                    || batch.containsKey(message.group())
                    || (!batch.isEmpty() && bytes + size > LARGEST_BATCH_BYTES)) {
                send(List.copyOf(batch.values()));
                batch.clear();
                bytes = 0;
            }
            batch.put(message.group(), message);
            bytes += size;
        }
        if (!batch.isEmpty()) {
            send(List.copyOf(batch.values()));
        }
    }

    /** Sent again without an answer, the queue recognises them by their deduplication ids. */
    private void send(List<Message> batch) {
        List<SentEntry> entries = batch.stream().map(Message::entry).toList();
        SqsAnswer answer = QueueDrain.again(() -> calls.send(queueUrl, entries)).orThrow();
        Map<String, String> ids = new HashMap<>();
        for (JsonNode sent : answer.json().path("Successful")) {
            ids.put(sent.path("Id").asText(), sent.path("MessageId").asText());
        }
        for (Message message : batch) {
            String id = ids.get(message.entry().id());
            if (id == null) {
                throw new IllegalStateException("SQS did not take what was sent: " + answer.text());
            }
            comparison.expect(message.group(), topic, id, message.content());
        }
        writing.add(batch.size());
    }

    private Message message(long number) {
        byte[] line = lines.get((int) (number % lines.size()));
        Map<String, SqsAttribute> attributes = new TreeMap<>();
        attributes.put(Comparison.NUMBER, SqsAttribute.number(number));
        String group = "lines-" + number % GROUPS;
        if (keyed) {
            group = new String(Records.key(line), StandardCharsets.UTF_8);
            attributes.put("customer", SqsAttribute.text(group));
        }
        Map<String, byte @Nullable []> headers = new HashMap<>();
        attributes.forEach((name, value) -> headers.put(name, value.bytes()));
        String body = text(line);
        if (line.length == 0) {
            body = "empty";
            attributes.put("kafka.encoding", SqsAttribute.text("empty"));
        } else if (body == null) {
            body = Base64.getEncoder().encodeToString(line);
            attributes.put("kafka.encoding", SqsAttribute.text("base64"));
        }
        return new Message(
                new SentEntry("m" + number, body, attributes, group, "quickstart-" + number),
                group,
                MessageForm.content(group.getBytes(StandardCharsets.UTF_8), line, headers));
    }

    /** Null for bytes that a message takes as base64 alone. */
    private static @Nullable String text(byte[] line) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            return text.codePoints().allMatch(QueueWriter::isTaken) ? text : null;
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /** API reference, {@code SendMessage}. */
    private static boolean isTaken(int character) {
        return character == '\t'
                || character == '\n'
                || character == '\r'
                || (character >= 0x20 && character <= 0xfffd)
                || character >= 0x10000;
    }
}
