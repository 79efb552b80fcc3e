package io.fenceline.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecentLatenciesTest {

    private static final long MILLI = 1_000_000;

    private final RecentLatencies appends = new RecentLatencies("append-latency", "time from submit to ack", "appends");

    @Test
    void showNothingBeforeTheFirstAppend() {
        assertThat(figure("append-latency-p50-ms")).isNull();
        assertThat(figure("append-latency-p99-ms")).isNull();
    }

    @Test
    void halfOfTheAppendsAndNinetyNineInAHundredTookNoLongerThanIsShown() {
        long seed = System.nanoTime();
        List<Integer> millis = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            millis.add(i);
        }
        Collections.shuffle(millis, new Random(seed));

        millis.forEach(each -> appends.add(each * MILLI));

        assertThat(figure("append-latency-p50-ms")).as("seed %s", seed).isEqualTo(100.0);
        assertThat(figure("append-latency-p99-ms")).as("seed %s", seed).isEqualTo(198.0);
    }

    @Test
    void oneAppendIsAllOfThem() {
        appends.add(1_500_000);

        assertThat(figure("append-latency-p50-ms")).isEqualTo(1.5);
        assertThat(figure("append-latency-p99-ms")).isEqualTo(1.5);
    }

    @Test
    void whatIsOlderThanTheLastThousandOrSoIsForgotten() {
        for (int i = 0; i < RecentLatencies.KEPT; i++) {
            appends.add(900 * MILLI);
        }
        // eleven old ones are left, which is more than one in a hundred
        for (int i = 0; i < RecentLatencies.KEPT - 11; i++) {
            appends.add(2 * MILLI);
        }
        assertThat(figure("append-latency-p99-ms")).isEqualTo(900.0);

        appends.add(2 * MILLI);

        assertThat(figure("append-latency-p99-ms")).isEqualTo(2.0);
    }

    @Test
    void appendsQuickerThanAMicrosecondAndLongerThanHalfAnHourCountToo() {
        appends.add(0);
        assertThat(figure("append-latency-p50-ms")).isEqualTo(0.001);

        appends.add(Long.MAX_VALUE);
        assertThat(figure("append-latency-p99-ms")).isEqualTo(Integer.MAX_VALUE / 1e3);
    }

    private @Nullable Object figure(String name) {
        for (Gauge gauge : appends.gauges()) {
            if (gauge.name().equals(name)) {
                return gauge.value().read();
            }
        }
        throw new AssertionError("no figure " + name);
    }
}
