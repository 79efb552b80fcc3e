package io.fenceline.connect.sink.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.sink.lane.Anchor;
import io.fenceline.s2.wire.FencingToken;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StopMarkTest {

    /** Every random digit becomes A. */
    private static final RandomGenerator ZEROS = () -> 0L;

    private static final List<TerminalCode> CODES = List.of(
            TerminalCode.FOREIGN_WRITER,
            TerminalCode.STREAM_RESET,
            TerminalCode.TARGET_MISSING,
            TerminalCode.TOPIC_RECREATED);

    @ParameterizedTest
    @CsvSource({
        "FOREIGN_WRITER,  0,    0,    s1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
        "STREAM_RESET,    1,    2,    s1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.B.C.R",
        "TARGET_MISSING,  63,   64,   s1.AAAAAAAAAAAAAAAAAAAAAAAAAA._.BA.M",
        "TOPIC_RECREATED, 4095, 4096, s1.AAAAAAAAAAAAAAAAAAAAAAAA.__.BAA.T",
        "FOREIGN_WRITER,  9223372036854775807, 9223372036854775807, s1.AAAAAAA.H__________.H__________.F",
    })
    void isWrittenAsTheContractSays(TerminalCode code, long watermark, long position, String golden) {
        StopMark mark = new StopMark(code, Checkpoint.of(watermark, position, Anchor.UNKNOWN));

        FencingToken token = mark.fresh(ZEROS);

        assertThat(token.value()).isEqualTo(golden).hasSize(36);
        assertThat(StopMark.read(token)).isEqualTo(mark);
    }

    @Test
    void emptyIsNotZero() {
        StopMark nothing = new StopMark(TerminalCode.TARGET_MISSING, Checkpoint.NOTHING);
        StopMark start = new StopMark(TerminalCode.TARGET_MISSING, Checkpoint.groupPositionFrom(0));

        assertThat(nothing.fresh(ZEROS).value()).isEqualTo("s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAA...M");
        assertThat(start.fresh(ZEROS).value()).isEqualTo("s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA..A.M");
        assertThat(StopMark.read(nothing.fresh(ZEROS))).isEqualTo(nothing);
        assertThat(StopMark.read(start.fresh(ZEROS))).isEqualTo(start);
    }

    @Test
    void everyMarkComesBackAsItWasLeftAndEveryTokenIsAnother() {
        Random random = new Random(3);
        Set<FencingToken> drawn = new HashSet<>();
        for (int i = 0; i < 100_000; i++) {
            Long position = random.nextInt(8) == 0 ? null : random.nextLong() >>> (1 + random.nextInt(63));
            Long watermark =
                    position == null || random.nextInt(4) == 0 ? null : random.nextLong() >>> (1 + random.nextInt(63));
            StopMark mark = new StopMark(
                    CODES.get(random.nextInt(CODES.size())), new Checkpoint(watermark, position, Anchor.UNKNOWN));

            FencingToken token = mark.fresh(random);

            assertThat(token.value().getBytes(StandardCharsets.UTF_8)).hasSize(36);
            assertThat(StopMark.read(token)).isEqualTo(mark);
            assertThat(drawn.add(token)).isTrue();
        }
    }

    @Test
    void noAnchorFitsIn() {
        StopMark mark =
                new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.of(5, 9, Anchor.exactly(1_763_715_600_123L)));

        assertThat(mark.fact()).isEqualTo(Checkpoint.of(5, 9, Anchor.UNKNOWN));
    }

    @ParameterizedTest
    @EnumSource(TerminalCode.class)
    void onlyWhatTheTargetDoesNotShowByItselfHasAMark(TerminalCode code) {
        assertThat(StopMark.isFor(code)).isEqualTo(EnumSet.copyOf(CODES).contains(code));
        if (!StopMark.isFor(code)) {
            assertThatThrownBy(() -> new StopMark(code, Checkpoint.NOTHING))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anEmptiedFenceAndTokensOfOwnersAreNoMarks() {
        assertThat(StopMark.read(FencingToken.NONE)).isNull();
        assertThat(StopMark.read(CheckpointToken.fresh(Checkpoint.NOTHING, ZEROS)))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "someone-else",
                "s1",
                "s1.my-application",
                "S1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
                "s.AAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
                "sx.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
                "s0.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
                // too short, no random part, more or fewer parts
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F",
                "s1..AAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.F",
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAA.A.A.A.F",
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.F",
                // no code
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.",
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.f",
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.+.F",
            })
    void aTokenThatOnlyBeginsLikeAMarkIsSomebodyElses(String foreign) {
        assertThat(StopMark.read(new FencingToken(foreign))).isNull();
        assertThat(CheckpointToken.read(new FencingToken(foreign))).isEqualTo(Checkpoint.NOTHING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // leading zeros, above 2^63 - 1, a watermark that holds for no known prefix
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAA.B.AC.F",
                "s1.AAAAAAAAAAAAAAAAA.B.IAAAAAAAAAA.F",
                "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAAA.B..F",
            })
    void aMarkWhoseOffsetsCannotBeReadIsAMarkAllTheSame(String malformed) {
        assertThat(StopMark.read(new FencingToken(malformed)))
                .isEqualTo(new StopMark(TerminalCode.FOREIGN_WRITER, Checkpoint.NOTHING));
    }

    @ParameterizedTest
    @CsvSource({
        "s2.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.F, 2",
        "s10.whatever, 10",
        "s2., 2",
        "s1.AAAAAAAAAAAAAAAAAAAAAAAAAAA.A.A.X, 1 with code X"
    })
    void aNewerMarkIsRefusedWithBothVersionsNamed(String newer, String version) {
        assertThatThrownBy(() -> StopMark.read(new FencingToken(newer)))
                .isInstanceOf(CheckpointToken.NewerTokenException.class)
                .hasMessageContaining("stop mark has version " + version)
                .hasMessageContaining("up to 1");
    }
}
