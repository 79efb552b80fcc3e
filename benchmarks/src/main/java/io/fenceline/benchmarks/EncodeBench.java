package io.fenceline.benchmarks;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.s2.StreamRecordForm;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.FramePool;
import io.fenceline.s2.wire.RecordDraft;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.Converter;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encoding a batch of 900 records of 1 KiB with the two headers the sink always writes, per record: time, and bytes
 * allocated ({@code gc.alloc.rate.norm}), of which the frame itself is the record's own size. Once from values that are
 * there, and once from Kafka's records, with a key, as a lane does it.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
        value = 1,
        jvmArgs = {"-Xmx512m"})
public class EncodeBench {

    private static final int RECORDS = 900;
    private static final byte[] ID = "kafka.id".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TIMESTAMP = "kafka.ts".getBytes(StandardCharsets.US_ASCII);
    private static final FencingToken TOKEN = new FencingToken("f1.bench-token");

    /** Where the frame's buffer begins: at its final size, or small and grown. */
    @Param({"1048576", "65536"})
    public int capacity;

    private final byte[] body = new byte[1024];
    private final byte[] id = "orders/3/1234567".getBytes(StandardCharsets.US_ASCII);
    private final byte[] timestamp = "1767225600000".getBytes(StandardCharsets.US_ASCII);
    private final RecordDraft draft = new RecordDraft();
    private final FramePool frames = new FramePool(8 << 20, Long.MAX_VALUE);
    private final StreamRecordForm form = new StreamRecordForm();
    private final RecordMapper mapper = new RecordMapper(
            NullValueBehavior.WRITE, ReservedHeaderBehavior.FAIL, new NoConverter(), new NoConverter());
    private final SinkRecord[] plain = new SinkRecord[RECORDS];
    private final SinkRecord[] withHeaders = new SinkRecord[RECORDS];

    @Setup
    public void fillBody() {
        new Random(1).nextBytes(body);
        for (int i = 0; i < RECORDS; i++) {
            plain[i] = record(i, new ConnectHeaders());
            withHeaders[i] =
                    record(i, new ConnectHeaders().addBytes("trace", id).addBytes("source", id));
        }
    }

    private SinkRecord record(int i, Headers headers) {
        return new SinkRecord(
                "orders",
                3,
                null,
                Integer.toString(i).getBytes(StandardCharsets.US_ASCII),
                null,
                body,
                1_234_567L + i,
                1_767_225_600_000L + i,
                TimestampType.CREATE_TIME,
                headers);
    }

    /** Into new memory each time. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public AppendBatch encode() {
        return fill(new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, capacity));
    }

    /** Into memory that was used before, as the sink does. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public AppendBatch encodePooled() {
        AppendBatch batch = fill(new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, capacity, frames));
        batch.release();
        return batch;
    }

    /** From Kafka's records, into memory that was used before. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public AppendBatch mapPooled() {
        return map(plain);
    }

    /** The same with two headers of the user's. */
    @Benchmark
    @OperationsPerInvocation(RECORDS)
    public AppendBatch mapHeadersPooled() {
        return map(withHeaders);
    }

    private AppendBatch map(SinkRecord[] records) {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, capacity, frames);
        for (SinkRecord record : records) {
            if (!mapper.map(record, form) || !batch.tryAdd(form.draft())) {
                throw new AssertionError("900 records of 1 KiB fit in one batch");
            }
        }
        batch.freeze(OptionalLong.of(1), TOKEN);
        batch.release();
        return batch;
    }

    private AppendBatch fill(AppendBatch batch) {
        for (int i = 0; i < RECORDS; i++) {
            draft.reset()
                    .timestamp(1_767_225_600_000L)
                    .header(ID, id)
                    .header(TIMESTAMP, timestamp)
                    .body(body, 0, body.length);
            if (!batch.tryAdd(draft)) {
                throw new AssertionError("900 records of 1 KiB fit in one batch");
            }
        }
        return batch.freeze(OptionalLong.of(1), TOKEN);
    }

    /** For records that are bytes already. */
    private static final class NoConverter implements Converter {

        @Override
        public void configure(Map<String, ?> configs, boolean isKey) {}

        @Override
        public byte[] fromConnectData(String topic, Schema schema, Object value) {
            throw new AssertionError("bytes need no converter");
        }

        @Override
        public SchemaAndValue toConnectData(String topic, byte[] value) {
            throw new AssertionError("nothing is read");
        }
    }
}
