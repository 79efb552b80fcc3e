package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SourceOffsetTest {

    @Test
    void shouldComeBackFromItsStoredForm() {
        var known = new SourceOffset(Long.MAX_VALUE, Instant.parse("2026-11-21T10:00:00.123456789Z"));
        var unknown = new SourceOffset(0, null);

        assertThat(known.toMap())
                .isEqualTo(Map.of("seq_num", Long.MAX_VALUE, "created_at", "2026-11-21T10:00:00.123456789Z"));
        assertThat(SourceOffset.decode(known.toMap())).isEqualTo(known);
        assertThat(unknown.toMap()).isEqualTo(Map.of("seq_num", 0L));
        assertThat(SourceOffset.decode(unknown.toMap())).isEqualTo(unknown);
    }

    @Test
    void shouldTakeTheNumberAsAnyJsonIntegerAndTheTimeInAnyZone() {
        assertThat(SourceOffset.decode(Map.of("seq_num", 42))).isEqualTo(new SourceOffset(42, null));
        assertThat(SourceOffset.decode(Map.of("seq_num", 42L))).isEqualTo(new SourceOffset(42, null));
        assertThat(SourceOffset.decode(Map.of("seq_num", 42, "created_at", "2026-11-21T11:00:00+01:00")))
                .isEqualTo(new SourceOffset(42, Instant.parse("2026-11-21T10:00:00Z")));
        var nullTime = new HashMap<String, Object>(Map.of("seq_num", 42));
        nullTime.put("created_at", null);
        assertThat(SourceOffset.decode(nullTime)).isEqualTo(new SourceOffset(42, null));
    }

    static Stream<Map<String, ?>> wrongForms() {
        return Stream.of(
                Map.of(),
                Map.of("seq_num", "42"),
                Map.of("seq_num", 42.0),
                Map.of("seq_num", -1),
                Map.of("seq_num", Long.MIN_VALUE),
                Map.of("seq_num", BigInteger.ONE.shiftLeft(63)),
                Map.of("position", 42),
                Map.of("seq_num", 42, "seqnum", 42),
                Map.of("created_at", "2026-11-21T10:00:00Z"),
                Map.of("seq_num", 42, "created_at", "yesterday"),
                Map.of("seq_num", 42, "created_at", "2026-11-21T10:00:00"),
                Map.of("seq_num", 42, "created_at", 1763719200000L));
    }

    @ParameterizedTest
    @MethodSource("wrongForms")
    void shouldRefuseAnythingElseAndShowTheForm(Map<String, ?> form) {
        assertThatThrownBy(() -> SourceOffset.decode(form))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("{\"seq_num\":<next number, 0 to 2^63-1>}");
    }

    @Test
    void shouldNotExistForNumbersConnectCannotStore() {
        assertThatThrownBy(() -> new SourceOffset(-1, null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("18446744073709551615");
    }
}
