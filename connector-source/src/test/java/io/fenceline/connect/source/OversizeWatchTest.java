package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class OversizeWatchTest {

    @Test
    void aRecordIsNamedIfItComesNearWhatTheProducerTakes() {
        OversizeWatch watch = OversizeWatch.of(Map.of("producer.override.max.request.size", " 2000 "));

        assertThat(watch.mayBeRefused(2000 - 512)).isFalse();
        assertThat(watch.mayBeRefused(2000 - 511)).isTrue();
    }

    @Test
    void withoutALimitOfItsOwnTheProducersDefaultCounts() {
        for (Map<String, String> properties : Map.of(
                        "none",
                        Map.<String, String>of(),
                        "unreadable",
                        Map.of("producer.override.max.request.size", "x"))
                .values()) {
            OversizeWatch watch = OversizeWatch.of(properties);
            assertThat(watch.mayBeRefused(1_048_576 - 512)).isFalse();
            assertThat(watch.mayBeRefused(1_048_576 - 511)).isTrue();
        }
    }

    @Test
    void aRefusalIsSureOnlyWhereTheLimitIsTheConnectorsOwnAndNothingMakesRecordsSmaller() {
        String key = "producer.override.max.request.size";
        String bytes = "org.apache.kafka.connect.converters.ByteArrayConverter";

        assertThat(OversizeWatch.of(Map.of(key, "2000")).isCertain()).isTrue();
        assertThat(OversizeWatch.of(Map.of(key, "2000")).limit()).isEqualTo(2000);
        assertThat(OversizeWatch.of(Map.of(key, "2000", "value.converter", bytes, "transforms", " "))
                        .isCertain())
                .isTrue();
        assertThat(OversizeWatch.of(Map.of()).isCertain()).isFalse();
        assertThat(OversizeWatch.of(Map.of(key, "x")).isCertain()).isFalse();
        assertThat(OversizeWatch.of(Map.of(key, "2000", "transforms", "drop")).isCertain())
                .isFalse();
        assertThat(OversizeWatch.of(Map.of(key, "2000", "value.converter", "com.acme.Packing"))
                        .isCertain())
                .isFalse();
    }
}
