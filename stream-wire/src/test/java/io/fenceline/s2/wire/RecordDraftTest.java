package io.fenceline.s2.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordDraftTest {

    private final RecordDraft draft = new RecordDraft();

    @Test
    void writesAsManyBytesAsItSaidForEveryMixOfPartsOnBothSidesOfEachLengthsLimit() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] lengths = {0, 1, 100, 127, 128, 255, 256, 257, 1000, 16_383, 16_384, 70_000};
        for (int round = 0; round < 300; round++) {
            byte[] body = bytes(random, lengths[random.nextInt(lengths.length)]);
            List<Header> headers = new ArrayList<>();
            draft.reset().body(body, 0, body.length);
            for (int i = random.nextInt(4); i > 0; i--) {
                Header header = new Header(
                        bytes(random, random.nextInt(300)), bytes(random, lengths[random.nextInt(lengths.length)]));
                headers.add(header);
                draft.header(header.name(), header.value());
            }
            Long timestamp = random.nextBoolean() ? random.nextLong() >> random.nextInt(64) : null;
            if (timestamp != null) {
                draft.timestamp(timestamp);
            }
            int encoded = draft.encodedSize();
            ByteBuffer out = ByteBuffer.allocate(encoded + 20);
            draft.writeTo(out, encoded);

            assertThat((long) out.position()).as("seed %d", seed).isEqualTo(Varint.lengthDelimited(encoded));
            assertThat(Messages.appendRecords(Arrays.copyOf(out.array(), out.position())))
                    .as("seed %d", seed)
                    .containsExactly(new AppendRecord(timestamp, headers, body));
        }
    }

    @Test
    void isTheSameBytesEachTimeItIsWritten() {
        byte[] body = "body".getBytes();
        draft.timestamp(5).header(body, body).body(body, 0, body.length);

        assertThat(written()).isEqualTo(written());
    }

    @Test
    void keepsCountingHeadersThatNoBatchTakesWithoutKeepingTheirBytes() {
        byte[] value = new byte[1 << 20];
        for (int i = 0; i < 3000; i++) {
            draft.header(value, value);
        }

        assertThat(draft.encodedSize()).isEqualTo(Integer.MAX_VALUE);
        assertThat(draft.meteredSize()).isEqualTo(Integer.MAX_VALUE);
        assertThat(draft.fitsInOneBatch()).isFalse();
        assertThat(draft.reset().fitsInOneBatch()).isTrue();
        assertThat(draft.encodedSize()).isZero();
    }

    @Test
    void letsGoOfTheMemoryOneHugeRecordTookAndKeepsWhatUsualOnesNeed() {
        byte[] name = {'n'};
        draft.header(name, new byte[40_000]);
        int usual = draft.capacity();
        assertThat(usual).isGreaterThan(40_000);
        draft.reset();
        assertThat(draft.capacity()).as("not made anew for each record").isEqualTo(usual);

        draft.header(name, new byte[100_000]);
        assertThat(draft.capacity()).isGreaterThan(100_000);
        draft.reset();
        assertThat(draft.capacity()).isEqualTo(1024);
        assertThat(draft.encodedSize()).isZero();
    }

    private byte[] written() {
        ByteBuffer out = ByteBuffer.allocate(100);
        draft.writeTo(out, draft.encodedSize());
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
