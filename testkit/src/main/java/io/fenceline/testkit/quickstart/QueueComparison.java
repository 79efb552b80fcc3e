package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Compares a topic with what was taken out of a queue, twice over: by the id the connector gave to each message
 * ({@code kafka.id}), and by everything else that was in the record, which no two have in common ({@link Comparison#NUMBER}).
 * What is kept of a record is a hash. Not thread-safe.
 */
final class QueueComparison {

    private static final String ID = "kafka.id";

    private final View<String> byId = new View<>();
    private final View<ByteBuffer> byContent = new View<>();
    private final Map<String, ByteBuffer> contents = new HashMap<>();
    private long given;
    private long found;
    private long altered;

    void expect(ConsumerRecord<byte[], byte[]> record) {
        given++;
        String id = record.topic() + "/" + record.partition() + "/" + record.offset();
        ByteBuffer content = content(record);
        Place place = new Place(record.partition(), record.offset());
        byId.expect(id, place);
        byContent.expect(content, place);
        contents.put(id, content);
    }

    /** In the order in which the queue gave them out, within each group. */
    void found(QueuedMessage message) {
        found++;
        String id = String.valueOf(message.attribute(ID));
        ByteBuffer content = content(message);
        byId.found(id);
        byContent.found(content);
        ByteBuffer wanted = contents.get(id);
        if (wanted != null && !wanted.equals(content)) {
            altered++;
        }
    }

    /** @param produced how many records were put in */
    Route.Balance verdict(long produced) {
        List<Comparison.Line> defects = List.of(
                new Comparison.Line("duplicates", byId.duplicates),
                new Comparison.Line("missing", byId.missing()),
                new Comparison.Line("out of order", byId.outOfOrder),
                new Comparison.Line("altered", altered),
                new Comparison.Line("foreign", byId.foreign),
                new Comparison.Line("by content: duplicates", byContent.duplicates),
                new Comparison.Line("by content: missing", byContent.missing()),
                new Comparison.Line("by content: out of order", byContent.outOfOrder));
        String text = new Comparison.Line("records in Kafka", given).text()
                + new Comparison.Line("messages in the queue", found).text()
                + String.join("", defects.stream().map(Comparison.Line::text).toList());
        boolean complete =
                given > 0 && given == produced && byId.places.size() == given && byContent.places.size() == given;
        boolean right = complete && found == given && defects.stream().allMatch(line -> line.count() == 0);
        if (!complete) {
            text += String.format("but %,d records were produced%n", produced);
        }
        return new Route.Balance(right, text.stripTrailing());
    }

    private record Place(int partition, long offset) {}

    /** One way of telling records apart. */
    private static final class View<K> {

        private final Map<K, Place> places = new HashMap<>();
        private final Set<K> seen = new HashSet<>();
        /** Of each partition the greatest offset that was found. */
        private final Map<Integer, Long> reached = new HashMap<>();

        private long duplicates;
        private long outOfOrder;
        private long foreign;

        private void expect(K key, Place place) {
            places.put(key, place);
        }

        private void found(K key) {
            Place place = places.get(key);
            if (place == null) {
                foreign++;
            } else if (!seen.add(key)) {
                duplicates++;
            } else if (place.offset() < reached.getOrDefault(place.partition(), -1L)) {
                outOfOrder++;
            } else {
                reached.put(place.partition(), place.offset());
            }
        }

        private long missing() {
            return places.size() - seen.size();
        }
    }

    private static ByteBuffer content(ConsumerRecord<byte[], byte[]> record) {
        Map<String, byte[]> headers = new TreeMap<>();
        for (Header header : record.headers()) {
            headers.put(header.key(), header.value());
        }
        return content(record.key(), record.value(), record.timestamp(), headers);
    }

    /** What a consumer makes of a message by docs/sqs-records.md, written down here a second time. */
    private static ByteBuffer content(QueuedMessage message) {
        Map<String, SqsAttribute> attributes = new TreeMap<>(message.attributes());
        attributes.remove(ID);
        SqsAttribute timestamp = attributes.remove("kafka.ts");
        SqsAttribute key = attributes.remove("kafka.key");
        SqsAttribute nothing = attributes.remove("kafka.null");
        SqsAttribute encoding = attributes.remove("kafka.encoding");
        Map<String, byte[]> headers = new TreeMap<>();
        attributes.forEach((name, value) -> headers.put(name, value.bytes()));
        return content(
                key == null ? null : key.isBinary() ? key.bytes() : new byte[0],
                nothing == null ? body(message.body(), encoding == null ? "" : encoding.value()) : null,
                timestamp == null ? -1 : Long.parseLong(timestamp.value()),
                headers);
    }

    private static byte[] body(String text, String encoding) {
        return switch (encoding) {
            case "base64" -> Base64.getDecoder().decode(text);
            case "empty" -> new byte[0];
            default -> (encoding + text).getBytes(StandardCharsets.UTF_8);
        };
    }

    private static ByteBuffer content(
            byte @Nullable [] key, byte @Nullable [] value, long timestamp, Map<String, byte[]> headers) {
        Comparison.Content content =
                new Comparison.Content().key(key).value(value).timestamp(timestamp);
        headers.forEach((name, bytes) -> content.header(name.getBytes(StandardCharsets.UTF_8), bytes));
        return content.end();
    }
}
