package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Kafka's own code, as its producer calls it, is what has to come out. */
class ProducedSizeTest {

    /** Around them numbers take one byte more. */
    private static final int[] BORDERS = {0, 1, 62, 63, 64, 65, 8190, 8191, 8192, 8193, 1_048_574, 1_048_575, 1_048_576
    };

    @Test
    void shouldCountAsKafkasProducerDoesBeforeItComparesWithMaxRequestSize() {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("ProducedSizeTest -Dseed=" + seed);
        Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            byte[] key = random.nextInt(3) == 0 ? null : bytes(random);
            byte[] value = random.nextInt(5) == 0 ? null : bytes(random);
            RecordHeaders kafka = new RecordHeaders();
            ConnectHeaders connect = new ConnectHeaders();
            for (int left = random.nextInt(run % 10 == 0 ? 200 : 4); left > 0; left--) {
                String name = "größe-" + "x".repeat(random.nextInt(80));
                byte[] content = random.nextInt(4) == 0 ? null : new byte[random.nextInt(200)];
                kafka.add(name, content);
                connect.add(name, content, Schema.OPTIONAL_BYTES_SCHEMA);
            }

            assertThat(ProducedSize.of(record(key, value, connect)).bytes())
                    .hasValue(AbstractRecords.estimateSizeInBytesUpperBound(
                            RecordBatch.CURRENT_MAGIC_VALUE, CompressionType.NONE, key, value, kafka.toArray()));
        }
    }

    @Test
    void shouldCountTextAndBuffersAsTheBytesTheyCameFrom() {
        byte[] bytes = "Đà Nẵng".getBytes(StandardCharsets.UTF_8);
        ConnectHeaders asBytes = new ConnectHeaders();
        asBytes.add("n", "7".getBytes(StandardCharsets.UTF_8), Schema.BYTES_SCHEMA);
        ConnectHeaders typed = new ConnectHeaders();
        typed.addInt("n", 7);

        assertThat(ProducedSize.of(record("Đà Nẵng", ByteBuffer.wrap(bytes), typed))
                        .bytes())
                .isEqualTo(ProducedSize.of(record(bytes, bytes, asBytes)).bytes());
    }

    @Test
    void shouldNotKnowTheSizeOfWhatAConverterMadeOfARecord() {
        assertThat(ProducedSize.of(record(null, 42, new ConnectHeaders())).bytes())
                .isEmpty();
        assertThat(ProducedSize.of(record(42, null, new ConnectHeaders())).bytes())
                .isEmpty();
    }

    private static byte[] bytes(Random random) {
        return new byte[random.nextBoolean() ? BORDERS[random.nextInt(BORDERS.length)] : random.nextInt(20_000)];
    }

    private static SinkRecord record(@Nullable Object key, @Nullable Object value, ConnectHeaders headers) {
        return new SinkRecord("t", 0, null, key, null, value, 0, 1L, null, headers);
    }
}
