package io.fenceline.connect.sink.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PositionTrustTest {

    private static final String KAFKAS = "org.apache.kafka.connect.transforms.RegexRouter";

    @Test
    void withoutTransformsAndWithTheDefaultResetAPositionCanBeCompared() {
        assertThat(PositionTrust.of(Map.of())).isEqualTo(new PositionTrust(false, true));
        assertThat(PositionTrust.of(Map.of("transforms", " "))).isEqualTo(new PositionTrust(false, true));
    }

    @Test
    void kafkasOwnTransformsKeepTimestampsAndOthersMayNot() {
        assertThat(PositionTrust.of(Map.of("transforms", "a", "transforms.a.type", KAFKAS))
                        .canBeCompared())
                .isTrue();
        assertThat(PositionTrust.of(Map.of(
                                "transforms", "a, b",
                                "transforms.a.type", KAFKAS,
                                "transforms.b.type", "com.example.Now"))
                        .canBeCompared())
                .isFalse();
        assertThat(PositionTrust.of(Map.of("transforms", "a")).canBeCompared()).isFalse();
    }

    @Test
    void anotherResetThanEarliestMayJumpExceptNoneWhichFails() {
        assertThat(PositionTrust.of(Map.of("consumer.override.auto.offset.reset", "latest")))
                .isEqualTo(new PositionTrust(true, false));
        assertThat(PositionTrust.of(Map.of("consumer.override.auto.offset.reset", "by_duration:PT1H")))
                .isEqualTo(new PositionTrust(true, false));
        assertThat(PositionTrust.of(Map.of("consumer.override.auto.offset.reset", "none")))
                .isEqualTo(new PositionTrust(false, false));
        assertThat(PositionTrust.of(Map.of("consumer.override.auto.offset.reset", "earliest")))
                .isEqualTo(new PositionTrust(false, true));
    }
}
