package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.sink.claim.Checkpoint;
import org.junit.jupiter.api.Test;

class AnchorTest {

    @Test
    void anExactAnchorMatchesOnlyItsTimestamp() {
        assertThat(Anchor.exactly(1000L).matches(1000L)).isTrue();
        assertThat(Anchor.exactly(1000L).matches(1000L + (1 << 18))).isFalse();
        assertThat(Anchor.exactly(1000L).matches(null)).isFalse();
        assertThat(Anchor.exactly(null).matches(null)).isTrue();
        assertThat(Anchor.exactly(null).matches(0L)).isFalse();
    }

    @Test
    void lowBitsMatchEveryTimestampThatEndsInThem() {
        Anchor anchor = Anchor.lowBits((1 << 18) + 77);

        assertThat(anchor.matches(77L)).isTrue();
        assertThat(anchor.matches((5L << 18) + 77)).isTrue();
        assertThat(anchor.matches(78L)).isFalse();
        assertThat(anchor.matches(null)).isFalse();
    }

    @Test
    void anUnknownAnchorMatchesEverything() {
        assertThat(Anchor.UNKNOWN.matches(null)).isTrue();
        assertThat(Anchor.UNKNOWN.matches(1L)).isTrue();
        assertThat(Anchor.UNKNOWN.tokenBits()).isEqualTo(-1);
        assertThat(Anchor.exactly(null).tokenBits()).isEqualTo(-1);
    }

    @Test
    void aCheckpointHoldsOnlyWhatCanBeTrue() {
        assertThatThrownBy(() -> new Checkpoint(5L, null, Anchor.UNKNOWN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Checkpoint(-1L, 3L, Anchor.UNKNOWN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Checkpoint(null, -3L, Anchor.UNKNOWN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Checkpoint(null, 3L, Anchor.lowBits(1)).anchor()).isEqualTo(Anchor.UNKNOWN);
    }

    @Test
    void ofTwoFactsTheOneAboutTheLongerPrefixCountsAndATieGoesToTheToken() {
        Checkpoint token = Checkpoint.groupPositionFrom(7);
        Checkpoint known = Checkpoint.of(41, 7, Anchor.UNKNOWN);
        Checkpoint later = Checkpoint.of(41, 8, Anchor.UNKNOWN);

        assertThat(token.longer(known)).isEqualTo(token);
        assertThat(token.longer(later)).isEqualTo(later);
        assertThat(Checkpoint.NOTHING.longer(token)).isEqualTo(token);
        assertThat(Checkpoint.NOTHING.floor()).isZero();
    }
}
