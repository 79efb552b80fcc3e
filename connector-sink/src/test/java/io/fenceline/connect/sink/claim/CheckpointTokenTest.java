package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.wire.FencingToken;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTokenTest {

    /** Every random digit becomes A. */
    private static final RandomGenerator ZEROS = () -> 0L;

    @ParameterizedTest
    @CsvSource({
        "0,          0,         0,      f1.AAAAAAAAAAAAAAAAAAAAAAAAA.A.A.AAA",
        "1,          2,         3,      f1.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
        "63,         64,        262143, f1.AAAAAAAAAAAAAAAAAAAAAAAA._.BA.___",
        "25,         26,        64,     f1.AAAAAAAAAAAAAAAAAAAAAAAAA.Z.a.ABA",
        "51,         52,        4096,   f1.AAAAAAAAAAAAAAAAAAAAAAAAA.z.0.BAA",
        "61,         62,        1,      f1.AAAAAAAAAAAAAAAAAAAAAAAAA.9.-.AAB",
        "4095,       4096,      5,      f1.AAAAAAAAAAAAAAAAAAAAAA.__.BAA.AAF",
        "281474976710655, 281474976710655, 7, f1.AAAAAAAAAAA.________.________.AAH",
        "9223372036854775807, 9223372036854775807, 7, f1.AAAAA.H__________.H__________.AAH",
    })
    void writesNumbersShortestFormMostSignificantDigitFirst(long watermark, long position, int anchor, String golden) {
        Checkpoint checkpoint = Checkpoint.of(watermark, position, Anchor.lowBits(anchor));

        FencingToken token = CheckpointToken.fresh(checkpoint, ZEROS);

        assertThat(token.value()).isEqualTo(golden).hasSize(36);
        assertThat(CheckpointToken.read(token)).isEqualTo(checkpoint);
    }

    @Test
    void emptyIsNotZero() {
        assertThat(CheckpointToken.fresh(Checkpoint.NOTHING, ZEROS).value())
                .isEqualTo("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...");
        assertThat(CheckpointToken.fresh(Checkpoint.groupPositionFrom(0), ZEROS).value())
                .isEqualTo("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAA..A.");
        assertThat(CheckpointToken.fresh(Checkpoint.of(0, 0, Anchor.UNKNOWN), ZEROS)
                        .value())
                .isEqualTo("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.");

        assertThat(CheckpointToken.read(new FencingToken("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...")))
                .isEqualTo(Checkpoint.NOTHING);
        assertThat(CheckpointToken.read(new FencingToken("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAA..A.")))
                .isEqualTo(Checkpoint.groupPositionFrom(0));
        assertThat(CheckpointToken.read(new FencingToken("f1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.")))
                .isEqualTo(Checkpoint.of(0, 0, Anchor.UNKNOWN));
    }

    @Test
    void anchorKeepsTheLowEighteenBitsAndIsEmptyWithoutATimestamp() {
        long timestamp = 1_763_715_600_123L;
        FencingToken with = CheckpointToken.fresh(Checkpoint.of(5, 9, Anchor.exactly(timestamp)), ZEROS);
        FencingToken without = CheckpointToken.fresh(Checkpoint.of(5, 9, Anchor.exactly(null)), ZEROS);

        assertThat(CheckpointToken.read(with).anchor()).isEqualTo(Anchor.lowBits((int) (timestamp % (1 << 18))));
        assertThat(CheckpointToken.read(without).anchor()).isEqualTo(Anchor.UNKNOWN);
    }

    @Test
    void everyTokenIsAnother() {
        Random random = new Random(1);
        Checkpoint checkpoint = Checkpoint.of((1L << 48) - 1, (1L << 48) - 1, Anchor.lowBits(1));
        Set<FencingToken> drawn = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            assertThat(drawn.add(CheckpointToken.fresh(checkpoint, random))).isTrue();
        }
    }

    @Test
    void everyCheckpointComesBackAsItWasWritten() {
        Random random = new Random(2);
        for (int i = 0; i < 100_000; i++) {
            Long position = random.nextInt(8) == 0 ? null : random.nextLong() >>> (1 + random.nextInt(63));
            Long watermark =
                    position == null || random.nextInt(4) == 0 ? null : random.nextLong() >>> (1 + random.nextInt(63));
            Anchor anchor = random.nextBoolean() ? Anchor.UNKNOWN : Anchor.lowBits(random.nextInt());
            Checkpoint checkpoint = new Checkpoint(watermark, position, anchor);

            FencingToken token = CheckpointToken.fresh(checkpoint, random);

            assertThat(token.value().getBytes(StandardCharsets.UTF_8)).hasSize(36);
            assertThat(CheckpointToken.read(token)).isEqualTo(checkpoint);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "someone-else",
                "f1",
                "F1.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "g1.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "f.AAAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "fx.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "f0.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "f1.AAAA",
            })
    void aTokenInAnotherFormSaysNothing(String foreign) {
        assertThat(CheckpointToken.read(new FencingToken(foreign))).isEqualTo(Checkpoint.NOTHING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // too short, and longer or shorter lists of parts
                "f1.AAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.B.CAA",
                "f1.AAAAAAAAAAAAAAAAAAAAAAA.B.C.D.AAD",
                // no random part
                "f1..BBBBBBBBBBBBBBB.CCCCCCCCCCCC.AAD",
                // leading zeros
                "f1.AAAAAAAAAAAAAAAAAAAAAAAA.AB.C.AAD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAA.B.AC.AAD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAA..AC.AAD",
                // above 2^63 - 1
                "f1.AAAAAAAAAAAAAAA.IAAAAAAAAAA.C.AAD",
                "f1.AAAAAAAAAAAAAAA.B.IAAAAAAAAAA.AAD",
                "f1.AAAAAAAAAAAAAA.BAAAAAAAAAAA.C.AAD",
                // a watermark that holds for no known prefix
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAAA.B..AAD",
                // anchors of the wrong length, foreign characters
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAAD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAA.+.C.AAD",
                "f1.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.A=D",
                "f1.AAAAAAAAAAAAAAAAAAAA/AAAA.B.C.AAD",
            })
    void aMalformedTokenSaysNothingRatherThanSomethingWrong(String malformed) {
        assertThat(CheckpointToken.read(new FencingToken(malformed))).isEqualTo(Checkpoint.NOTHING);
    }

    @ParameterizedTest
    @CsvSource({
        "f2.AAAAAAAAAAAAAAAAAAAAAAAAA.B.C.AAD, 2",
        "f10.whatever, 10",
        "f2., 2",
        "f99999999999999999999.x, 99999999999999999999"
    })
    void aNewerVersionIsRefusedWithBothVersionsNamed(String newer, String version) {
        assertThatThrownBy(() -> CheckpointToken.read(new FencingToken(newer)))
                .isInstanceOf(CheckpointToken.NewerTokenException.class)
                .hasMessageContaining("version " + version)
                .hasMessageContaining("up to 1");
    }
}
