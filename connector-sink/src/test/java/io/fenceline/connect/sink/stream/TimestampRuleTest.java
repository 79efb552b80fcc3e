package io.fenceline.connect.sink.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.s2.wire.ServerError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimestampRuleTest {

    private static final ServerError REFUSED = ServerError.of(422, "invalid", "no");
    /** A timestamp of 0: its tag and one byte. */
    private static final int TWO_BYTES = 2;

    private final TimestampRule rule = new TimestampRule();

    @Test
    void aRecordWithoutATimestampStaysWithoutUntilTheStreamIsKnownToAskForOne() {
        assertThat(timestampBytes(null)).isZero();
        assertThat(timestampBytes(-1L)).isZero();
        rule.learn(config("client-require"));
        assertThat(timestampBytes(null)).isEqualTo(TWO_BYTES);
        assertThat(timestampBytes(-1L)).isEqualTo(TWO_BYTES);
        assertThat(timestampBytes(0L)).as("it has its own").isZero();
    }

    @Test
    void aRefusalMayComeOfTimestampsOnlyIfARecordHadNone() {
        rule.applyTo(new RecordDraft(), 0L);
        assertThat(rule.mayExplain(REFUSED)).isFalse();
        rule.applyTo(new RecordDraft(), null);
        assertThat(rule.mayExplain(REFUSED)).isTrue();
        assertThat(rule.mayExplain(ServerError.of(400, "invalid", "no"))).isFalse();
    }

    @Test
    void aRefusalIsNotExplainedTwice() {
        rule.applyTo(new RecordDraft(), null);
        rule.learn(config("client-require"));
        assertThat(rule.isRequired()).isTrue();
        assertThat(rule.mayExplain(REFUSED)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"client-prefer", "arrival"})
    void otherModesAskForNothing(String mode) {
        rule.learn(config("client-require"));
        rule.learn(config(mode));
        assertThat(rule.isRequired()).isFalse();
    }

    private int timestampBytes(@Nullable Long timestamp) {
        RecordDraft draft = new RecordDraft();
        rule.applyTo(draft, timestamp);
        return draft.encodedSize();
    }

    private static StreamConfig config(String timestampingMode) {
        return new StreamConfig(null, timestampingMode, null);
    }
}
