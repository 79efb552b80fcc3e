package io.fenceline.s2.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AppendBatchTest {

    private static final FencingToken TOKEN = new FencingToken("t1");

    private final RecordDraft draft = new RecordDraft();

    @Test
    void encodesTheExampleOfTheProtocolDescription() {
        AppendBatch batch = batch();
        assertThat(batch.tryAdd(draft.body(bytes("hi"), 0, 2))).isTrue();
        batch.freeze(OptionalLong.of(0), TOKEN);

        assertThat(hex(batch)).isEqualTo("00000d" + "00" + "0a041a026869" + "1000" + "1a027431");
        assertThat(batch.meteredBytes()).isEqualTo(10);
        assertThat(batch.recordCount()).isEqualTo(1);
        assertThat(batch.matchSeqNum()).hasValue(0);
    }

    @Test
    void writesNoConditionWhereNoneIsGiven() throws WireFormatException {
        AppendBatch batch = batch();
        batch.tryAdd(draft.body(bytes("hi"), 0, 2));
        batch.freeze(OptionalLong.empty(), null);

        assertThat(hex(batch)).isEqualTo("000007" + "00" + "0a041a026869");
        assertThat(input(batch).matchSeqNum()).isNull();
        assertThat(input(batch).fencingToken()).isNull();
    }

    @Test
    void writesAnEmptyTokenAsAConditionOfItsOwn() throws WireFormatException {
        AppendBatch batch = batch();
        batch.tryAdd(draft.body(bytes("hi"), 0, 2));
        batch.freeze(OptionalLong.empty(), FencingToken.NONE);

        assertThat(hex(batch)).endsWith("1a00");
        assertThat(input(batch).fencingToken()).isEqualTo(FencingToken.NONE);
    }

    @Test
    void writesPositionsAndTimestampsAboveTheSignedRange() throws WireFormatException {
        AppendBatch batch = batch();
        batch.tryAdd(draft.timestamp(-1).body(bytes("x"), 0, 1));
        batch.freeze(OptionalLong.of(-2), new FencingToken("a".repeat(FencingToken.MAX_BYTES)));

        assertThat(input(batch).matchSeqNum()).isEqualTo(-2L);
        assertThat(input(batch).records().get(0).timestamp()).isEqualTo(-1L);
        assertThat(input(batch).fencingToken()).isEqualTo(new FencingToken("a".repeat(36)));
    }

    @Test
    void decodesBackWhatWasAdded() {
        Random random = new Random(42);
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 0);
        List<AppendRecord> expected = new ArrayList<>();
        int metered = 0;
        for (int i = 0; i < 200; i++) {
            byte[] body = randomBytes(random, i == 50 ? 100_000 : random.nextInt(300));
            byte[] name = randomBytes(random, 1 + random.nextInt(20));
            byte[] value = randomBytes(random, random.nextInt(200));
            draft.reset().header(name, value).header(name, new byte[0]);
            if (i % 3 != 0) {
                draft.timestamp(i);
            }
            draft.body(body, 0, body.length);
            assertThat(batch.tryAdd(draft)).isTrue();
            expected.add(new AppendRecord(
                    i % 3 == 0 ? null : (long) i,
                    List.of(new Header(name, value), new Header(name, new byte[0])),
                    body));
            metered += 8 + 4 + 2 * name.length + value.length + body.length;
        }
        batch.freeze(OptionalLong.of(7), TOKEN);

        assertThat(batch.records()).isEqualTo(expected);
        assertThat(batch.meteredBytes()).isEqualTo(metered);
        assertThat(batch.gzip().records()).isEqualTo(expected);
    }

    @Test
    void takesSlicesOfLargerBuffers() {
        AppendBatch batch = batch();
        byte[] buffer = bytes("..name=value..body..");
        batch.tryAdd(draft.header(bytes("n"), buffer, 7, 5).body(buffer, 14, 4));
        batch.freeze(OptionalLong.empty(), null);

        AppendRecord record = batch.records().get(0);
        assertThat(new String(record.body(), UTF_8)).isEqualTo("body");
        assertThat(new String(record.headers().get(0).value(), UTF_8)).isEqualTo("value");
    }

    @Test
    void refusesTheRecordBehindTheLast() {
        AppendBatch batch = new AppendBatch(2, AppendBatch.MAX_METERED_BYTES, 0);
        assertThat(batch.tryAdd(draft)).isTrue();
        assertThat(batch.tryAdd(draft)).isTrue();
        assertThat(batch.tryAdd(draft)).isFalse();
        assertThat(batch.recordCount()).isEqualTo(2);

        AppendBatch full = new AppendBatch(5000, AppendBatch.MAX_METERED_BYTES, 0);
        for (int i = 0; i < 1000; i++) {
            assertThat(full.tryAdd(draft)).isTrue();
        }
        assertThat(full.tryAdd(draft)).isFalse();
    }

    @Test
    void fillsUpToTheMeteredLimitAndNotAByteMore() {
        AppendBatch batch = new AppendBatch(1000, 100, 0);
        assertThat(batch.tryAdd(draft.body(new byte[52], 0, 52))).isTrue();
        assertThat(batch.tryAdd(draft.reset().body(new byte[33], 0, 33))).isFalse();
        assertThat(batch.tryAdd(draft.reset().body(new byte[32], 0, 32))).isTrue();
        assertThat(batch.meteredBytes()).isEqualTo(100);
    }

    @Test
    void letsOneBigRecordExceedTheBatchSizeButNotTheServices() {
        AppendBatch batch = new AppendBatch(1000, 100, 0);
        int largest = AppendBatch.MAX_METERED_BYTES - 8;
        assertThat(draft.body(new byte[largest + 1], 0, largest + 1).fitsInOneBatch())
                .isFalse();
        assertThat(batch.tryAdd(draft)).isFalse();
        assertThat(draft.reset().body(new byte[largest], 0, largest).fitsInOneBatch())
                .isTrue();
        assertThat(batch.tryAdd(draft)).isTrue();
        assertThat(batch.tryAdd(draft.reset())).isFalse();
        assertThat(batch.freeze(OptionalLong.of(-1), TOKEN).records().get(0).body())
                .hasSize(largest);
    }

    @Test
    void keepsTheFrameWithinTwoMebibytesWhenHeadersAreTinyAndMany() {
        byte[] name = bytes("n");
        for (int i = 0; i < 300_000; i++) {
            draft.header(name, new byte[0]);
        }
        assertThat(draft.meteredSize()).isLessThan(AppendBatch.MAX_METERED_BYTES);
        assertThat(draft.fitsInOneBatch()).isTrue();
        AppendBatch batch = batch();
        assertThat(batch.tryAdd(draft)).isTrue();

        byte[] value = new byte[1];
        draft.reset();
        for (int i = 0; i < 262_142; i++) {
            draft.header(name, value);
        }
        assertThat(draft.meteredSize()).isLessThanOrEqualTo(AppendBatch.MAX_METERED_BYTES);
        assertThat(draft.encodedSize()).isEqualTo(262_142 * 8);
        assertThat(draft.fitsInOneBatch()).isFalse();
        assertThat(batch().tryAdd(draft)).isFalse();
    }

    @Test
    void everyFrameThatIsFullByCountOrSizeStaysWithinTheLimit() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 30; round++) {
            AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, random.nextInt(100));
            do {
                draft.reset();
                int headers = random.nextInt(2000);
                for (int i = 0; i < headers; i++) {
                    draft.header(bytes("n"), randomBytes(random, random.nextInt(3)));
                }
                int body = random.nextInt(1000);
                draft.body(new byte[body], 0, body);
            } while (batch.tryAdd(draft));
            batch.freeze(OptionalLong.of(-1), new FencingToken("x".repeat(36)));
            assertThat(batch.frameLength() - 3).as("seed %d", seed).isLessThanOrEqualTo(S2sFrame.MAX_LENGTH);
            assertThat(batch.meteredBytes()).as("seed %d", seed).isLessThanOrEqualTo(AppendBatch.MAX_METERED_BYTES);
            assertThat(batch.records()).as("seed %d", seed).hasSize(batch.recordCount());
        }
    }

    @Test
    void aBigRecordGetsAPieceThatFitsAndNoMore() {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 64);
        batch.tryAdd(draft.body(new byte[500_000], 0, 500_000));
        batch.freeze(OptionalLong.of(-1), new FencingToken("x".repeat(36)));
        assertThat(batch.segments()).hasSize(2);
        ByteBuffer piece = batch.segments().get(1);
        assertThat(piece.array().length).isEqualTo(piece.limit());
    }

    @Test
    void theFrameIsKeptInPiecesThatACollectorTakesForOrdinaryArrays() throws WireFormatException {
        AppendBatch batch = batch();
        byte[] body = randomBytes(new Random(1), 1024);
        int records = 0;
        while (batch.tryAdd(draft.reset().timestamp(records).body(body, 0, body.length))) {
            records++;
        }
        batch.freeze(OptionalLong.of(7), TOKEN);

        assertThat(batch.segments()).allMatch(piece -> piece.array().length <= FrameSegments.LARGEST);
        assertThat(batch.segments().stream().mapToInt(ByteBuffer::remaining).sum())
                .isEqualTo(batch.frameLength())
                .isEqualTo(batch.frame().length);
        assertThat(batch.segments()).isEqualTo(batch.segments());
        S2sFrameReader reader = new S2sFrameReader();
        S2sFrame frame = null;
        for (ByteBuffer piece : batch.segments()) {
            assertThat(frame).isNull();
            frame = reader.read(piece);
        }
        assertThat(frame).isNotNull();
        Messages.AppendInput input = Messages.appendInput(frame.payload());
        assertThat(input.records()).hasSize(records).last().satisfies(last -> {
            assertThat(last.timestamp()).isEqualTo(batch.recordCount() - 1L);
            assertThat(last.body()).isEqualTo(body);
        });
        assertThat(input.matchSeqNum()).isEqualTo(7L);
        assertThat(input.fencingToken()).isEqualTo(TOKEN);
    }

    @Test
    void addsRecordsWithoutAllocating() {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] name = bytes("kafka.id");
        byte[] value = bytes("orders/3/1234567");
        // small enough for all of them to fit in the first piece
        byte[] body = new byte[50];
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 3; round++) {
            AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 1 << 20);
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 1000; i++) {
                draft.reset().timestamp(i).header(name, value).body(body, 0, body.length);
                batch.tryAdd(draft);
            }
            allocated = Math.min(allocated, threads.getCurrentThreadAllocatedBytes() - before);
            assertThat(batch.recordCount()).isEqualTo(1000);
        }
        assertThat(allocated).isLessThan(1000);
    }

    @Test
    void isTheSameBytesInMemoryThatWasUsedBefore() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        FramePool pool = new FramePool(8 << 20, 1);
        for (int round = 0; round < 20; round++) {
            int capacity = random.nextBoolean() ? 1 << 20 : random.nextInt(1 << 17);
            AppendBatch plain = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, capacity);
            AppendBatch pooled = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, capacity, pool);
            do {
                byte[] body = randomBytes(random, random.nextInt(10) == 0 ? 200_000 : random.nextInt(3000));
                draft.reset().body(body, 0, body.length);
                for (int i = random.nextInt(4); i > 0; i--) {
                    draft.header(randomBytes(random, random.nextInt(20)), randomBytes(random, random.nextInt(2000)));
                }
                if (random.nextBoolean()) {
                    draft.timestamp(random.nextLong());
                }
                assertThat(pooled.tryAdd(draft)).as("seed %d", seed).isEqualTo(plain.tryAdd(draft));
            } while (random.nextInt(1000) != 0 && plain.meteredBytes() < 900_000);
            plain.freeze(OptionalLong.of(round), TOKEN);
            pooled.freeze(OptionalLong.of(round), TOKEN);
            assertThat(pooled.frame()).as("seed %d", seed).isEqualTo(plain.frame());
            assertThat(pooled.records()).as("seed %d", seed).hasSize(plain.recordCount());
            pooled.release();
        }
        assertThat(pool.made()).as("seed %d", seed).isLessThanOrEqualTo(9);
    }

    @Test
    void givesItsMemoryBackWhenTheLastHolderIsDone() {
        FramePool pool = new FramePool(8 << 20, 1);
        AppendBatch batch = full(pool);
        batch.hold();
        batch.hold();

        batch.release();
        batch.release();
        assertThat(pool.freeBytes()).isZero();
        assertThat(batch.segments()).isNotEmpty();

        batch.release();
        assertThat(pool.freeBytes()).isEqualTo(pool.made() * (long) FrameSegments.LARGEST);
        assertThatIllegalStateException().isThrownBy(batch::segments);
        assertThatIllegalStateException().isThrownBy(batch::records);
        assertThatIllegalStateException().isThrownBy(batch::hold);
        assertThatIllegalStateException().isThrownBy(batch::release);
        assertThat(batch.recordCount()).isEqualTo(1);
    }

    @Test
    void givesBackAtOnceWhatIsNotNeededOnceCompressed() {
        FramePool pool = new FramePool(8 << 20, 1);
        AppendBatch batch = full(pool);
        List<AppendRecord> records = batch.records();
        batch.gzip();
        assertThat(batch.isCompressed()).isTrue();
        assertThat(pool.freeBytes()).isEqualTo(pool.made() * (long) FrameSegments.LARGEST);
        assertThat(batch.records()).isEqualTo(records);
        batch.release();

        AppendBatch held = full(pool);
        held.hold();
        held.gzip();
        assertThat(pool.freeBytes())
                .as("somebody may still be writing the old frame")
                .isZero();
    }

    private static AppendBatch full(FramePool pool) {
        AppendBatch batch = new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 1 << 20, pool);
        batch.tryAdd(new RecordDraft().body(new byte[100_000], 0, 100_000));
        return batch.freeze(OptionalLong.of(0), TOKEN);
    }

    @Test
    void freezesOnceAndNotEmpty() {
        AppendBatch batch = batch();
        assertThatIllegalStateException().isThrownBy(() -> batch.freeze(OptionalLong.empty(), null));
        assertThatIllegalStateException().isThrownBy(batch::frame);
        batch.tryAdd(draft);
        batch.freeze(OptionalLong.empty(), null);
        assertThat(batch.isFrozen()).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> batch.freeze(OptionalLong.empty(), null));
        assertThatIllegalStateException().isThrownBy(() -> batch.tryAdd(draft));
    }

    @Test
    void fencesWithOneCommandRecord() throws WireFormatException {
        AppendBatch fence = AppendBatch.fence(TOKEN, 0).freeze(OptionalLong.of(3), FencingToken.NONE);

        AppendRecord record = input(fence).records().get(0);
        assertThat(record.isCommand()).isTrue();
        assertThat(record.timestamp()).isEqualTo(0L);
        assertThat(new String(record.headers().get(0).value(), UTF_8)).isEqualTo("fence");
        assertThat(new String(record.body(), UTF_8)).isEqualTo("t1");
        assertThat(fence.meteredBytes()).isEqualTo(8 + 2 + 5 + 2);
        assertThat(hex(fence))
                .isEqualTo("000016" + "00" + "0a0f" + "0800" + "1207" + "1205" + "66656e6365" + "1a027431" + "1003"
                        + "1a00");
    }

    @Test
    void compressesWhereItPays() throws WireFormatException {
        AppendBatch small = batch();
        small.tryAdd(draft.body(new byte[900], 0, 900));
        small.freeze(OptionalLong.of(0), TOKEN);
        assertThat(small.gzip().isCompressed()).isFalse();

        byte[] noise = randomBytes(new Random(1), 5000);
        AppendBatch incompressible = batch();
        incompressible.tryAdd(draft.reset().body(noise, 0, noise.length));
        incompressible.freeze(OptionalLong.of(0), TOKEN);
        assertThat(incompressible.gzip().isCompressed()).isFalse();

        AppendBatch large = batch();
        large.tryAdd(draft.reset().body(new byte[5000], 0, 5000));
        large.freeze(OptionalLong.of(0), TOKEN);
        byte[] before = large.frame();
        int length = large.frameLength();
        large.gzip();
        assertThat(large.isCompressed()).isTrue();
        assertThat(large.frameLength()).isLessThan(200);
        assertThat(large.frame()[3]).isEqualTo((byte) 0x40);
        S2sFrame frame = new S2sFrameReader().read(ByteBuffer.wrap(large.frame()));
        assertThat(frame).isNotNull();
        assertThat(frame.payload()).isEqualTo(Arrays.copyOfRange(before, 4, length));
        assertThat(large.gzip().frameLength()).isEqualTo(large.frameLength());
    }

    private static AppendBatch batch() {
        return new AppendBatch(1000, AppendBatch.MAX_METERED_BYTES, 0);
    }

    private static Messages.AppendInput input(AppendBatch batch) throws WireFormatException {
        return Messages.appendInput(Arrays.copyOfRange(batch.frame(), 4, batch.frameLength()));
    }

    private static String hex(AppendBatch batch) {
        return HexFormat.of().formatHex(batch.frame());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static byte[] randomBytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
