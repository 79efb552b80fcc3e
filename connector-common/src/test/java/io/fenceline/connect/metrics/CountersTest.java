package io.fenceline.connect.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

class CountersTest {

    private static final class Fruit extends Counters {
        final LongAdder pears = counter("pears-total", "pears eaten");
        final LongAdder apples = counter("apples-total", "apples eaten");
    }

    @Test
    void operatorsSeeEachCounterUnderItsNameWithWhatItHasComeTo() {
        Fruit fruit = new Fruit();
        List<Gauge> gauges = fruit.gauges();
        fruit.pears.increment();
        fruit.apples.add(3);

        assertThat(gauges).extracting(Gauge::name).containsExactly("pears-total", "apples-total");
        assertThat(gauges).extracting(Gauge::description).containsExactly("pears eaten", "apples eaten");
        assertThat(gauges).extracting(gauge -> gauge.value().read()).containsExactly(1L, 3L);
    }
}
