package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.history.QueueHistoryCheck;
import io.fenceline.testkit.history.TopicHistory;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAttribute;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Kafka to SQS to Kafka, and on to SQS and to S2: what comes out is what went in, with the ids it got on its way. */
final class SqsChainIT {

    private static final int RECORDS = 300;

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @Test
    void recordsOfEveryKindGoThroughAQueueAndOnToAQueueAndAStream() {
        Random random = new Random(Cluster.seed("SqsChainIT"));
        String topic = cluster.createTopic("chain", 1);
        QueueFeed through = QueueFeed.fifo(cluster, "chained");
        String copy = through.name();
        String target = through.calls().createFifoQueue(copy.replace(".fifo", "-on.fifo"));
        produce(topic, random);
        String into = "sink-" + topic;
        String onward = "onward-" + copy;
        try (QueueSource source = QueueSource.of(cluster, cluster.exactlyOnceWorker(), through)) {
            rest.put(into, Cluster.sinkToQueue(cluster.sqs().endpoint(), through.queueUrl(), topic, 1));
            source.start();
            Await.until(
                    "all records are in " + copy,
                    QueueSource.PATIENCE,
                    () -> {
                        source.requireNoFailure();
                        return through.committed() >= RECORDS;
                    },
                    () -> "So far " + through.committed() + ", left in the queue " + through.left());
            assertThat(forms(copy, record -> form(record, null)))
                    .isEqualTo(forms(topic, record -> form(record, topic + "-0")));

            rest.put(onward, Cluster.sinkToQueue(cluster.sqs().endpoint(), target, copy, 1));
            Sink stream = Sink.start(cluster, rest, copy, 1, cluster.reader(), cluster.sink(copy, 1));
            // markers of transactions have offsets, too
            Await.until(
                    "all records are in the stream",
                    QueueSource.PATIENCE,
                    () -> stream.check().inS2() >= RECORDS);
            assertThat(stream.check().requirePerfect().inS2()).isEqualTo(RECORDS);
            List<QueuedMessage> messages = new ArrayList<>();
            Await.until("all records are in " + target, QueueSource.PATIENCE, () -> {
                messages.addAll(through.calls().drain(target));
                return messages.size() >= RECORDS;
            });
            QueueHistoryCheck.Result result = new QueueHistoryCheck()
                    .expect(cluster.bootstrapServers(), copy)
                    .compare(messages);
            Cluster.say("SqsChainIT: " + result);
            result.requirePerfect();
            stream.delete();
        } finally {
            rest.delete(into);
            rest.delete(onward);
            through.calls().deleteQueue(target);
        }
    }

    @Test
    void aMessageOfAnotherSenderBringsItsAttributesGroupAndIdsAlong() {
        QueueFeed fifo = QueueFeed.fifo(cluster, "foreign");
        QueueFeed standard = QueueFeed.standard(cluster, "foreign");
        try (QueueSource source = QueueSource.of(cluster, cluster.exactlyOnceWorker(), fifo, standard)) {
            byte[] bytes = {0, (byte) 0xff, 7};
            Map<String, SqsAttribute> attributes = Map.of(
                    "text", SqsAttribute.text("täxt"),
                    "number", SqsAttribute.number(42),
                    "bytes", SqsAttribute.binary(bytes));
            long before = System.currentTimeMillis();
            String inFifo = fifo.send("böday", attributes);
            String inStandard = standard.send("böday", attributes);

            source.start().requirePerfect();

            for (QueueFeed feed : List.of(fifo, standard)) {
                List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
                TopicHistory.forEach(cluster.bootstrapServers(), feed.name(), records::add);
                assertThat(records).hasSize(1);
                ConsumerRecord<byte[], byte[]> record = records.get(0);
                assertThat(record.value()).isEqualTo("böday".getBytes(StandardCharsets.UTF_8));
                assertThat(header(record, "text")).isEqualTo("täxt".getBytes(StandardCharsets.UTF_8));
                assertThat(header(record, "number")).isEqualTo("42".getBytes(StandardCharsets.UTF_8));
                assertThat(header(record, "bytes")).isEqualTo(bytes);
                assertThat(header(record, "sqs.message.id"))
                        .isEqualTo((feed == fifo ? inFifo : inStandard).getBytes(StandardCharsets.UTF_8));
                // the clock of the server may be ahead, never behind
                assertThat(record.timestamp()).isGreaterThanOrEqualTo(before);
                if (feed == fifo) {
                    assertThat(record.key()).isEqualTo("g0".getBytes(StandardCharsets.UTF_8));
                } else {
                    assertThat(record.key()).isNull();
                }
            }
        }
    }

    private static byte[] header(ConsumerRecord<byte[], byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        assertThat(header).as(name).isNotNull();
        return header.value();
    }

    private void produce(String topic, Random random) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < RECORDS; i++) {
                RecordHeaders headers = new RecordHeaders();
                for (int h = random.nextInt(4); h > 0; h--) {
                    headers.add("h" + h, random.nextBoolean() ? text("header " + i) : new byte[] {0, (byte) i});
                }
                producer.send(new ProducerRecord<>(
                        topic,
                        0,
                        1_700_000_000_000L + random.nextInt(1_000_000),
                        content(i, random),
                        content(i, random),
                        headers));
            }
        }
    }

    private static byte @Nullable [] content(int number, Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> new byte[] {0, (byte) number, (byte) 0xff};
            case 3 -> text(random.nextBoolean() ? "null" : "empty");
            default -> text("täxt " + number);
        };
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private interface Form {
        String of(ConsumerRecord<byte[], byte[]> record);
    }

    private List<String> forms(String topic, Form form) {
        List<String> forms = new ArrayList<>();
        TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> forms.add(form.of(record)));
        return forms;
    }

    /** Everything of a record but its offset and the queue's ids. A record without a key gets the message group as one. */
    private static String form(ConsumerRecord<byte[], byte[]> record, @Nullable String keyIfNone) {
        Map<String, String> headers = new TreeMap<>();
        record.headers().forEach(header -> headers.put(header.key(), Arrays.toString(header.value())));
        headers.keySet().removeIf(name -> name.startsWith("sqs."));
        byte[] key = record.key() == null && keyIfNone != null ? text(keyIfNone) : record.key();
        return record.timestamp() + " " + Arrays.toString(key) + " " + Arrays.toString(record.value()) + " " + headers;
    }
}
