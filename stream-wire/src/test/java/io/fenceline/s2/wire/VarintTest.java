package io.fenceline.s2.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import java.nio.ByteBuffer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class VarintTest {

    @Test
    void isWhatProtocolBuffersReadsOnBothSidesOfEveryPowerOfTwo() throws Exception {
        for (long number : aroundPowersOfTwo().toArray()) {
            byte[] bytes = new byte[12];
            int end = Varint.put(bytes, 1, number);
            ByteBuffer buffer = ByteBuffer.allocate(12);
            Varint.put(buffer, number);

            assertThat(CodedInputStream.newInstance(bytes, 1, end - 1).readUInt64())
                    .isEqualTo(number);
            assertThat(CodedInputStream.newInstance(buffer.flip()).readUInt64()).isEqualTo(number);
            assertThat(end - 1).as("size of %d", number).isEqualTo(Varint.size(number));
        }
    }

    @Test
    void hasTheSizeProtocolBuffersComputes() {
        aroundPowersOfTwo().forEach(number -> assertThat(Varint.size(number))
                .as("size of %d", number)
                .isEqualTo(CodedOutputStream.computeUInt64SizeNoTag(number)));
    }

    private static LongStream aroundPowersOfTwo() {
        return LongStream.range(0, 64)
                .map(bit -> 1L << bit)
                .flatMap(power -> LongStream.of(power - 1, power, power + 1));
    }
}
