package io.fenceline.systemtests;

import io.fenceline.testkit.S2Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records whose value is the number they were produced with, and what of them stands in a stream. */
final class Numbered {

    private Numbered() {}

    /** Numbers {@code from} up to and without {@code to}. */
    static void produce(Cluster cluster, String topic, int partition, long from, long to) {
        produce(cluster.bootstrapServers(), topic, partition, from, to);
    }

    static void produce(String bootstrapServers, String topic, int partition, long from, long to) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(bootstrapServers)) {
            for (long i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(
                        topic, partition, null, Long.toString(i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    /** The Kafka offsets in a stream, in its order. */
    static List<Long> offsets(S2Reader reader, String stream) {
        return reader.readAll(stream).stream()
                .filter(record -> !record.isCommand())
                .map(record -> String.valueOf(record.text("kafka.id")))
                .map(id -> Long.parseLong(id.substring(id.lastIndexOf('/') + 1)))
                .toList();
    }

    static List<Long> range(long from, long to) {
        return LongStream.range(from, to).boxed().toList();
    }
}
