package io.fenceline.connect.source.s2;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class EmptyPrefixWatchTest {

    private final EmptyPrefixWatch watch = new EmptyPrefixWatch("my-basin", "ordres/", Duration.ofSeconds(60));
    private long now = -5;

    @Test
    void aPrefixThatNoStreamHasIsToldAtTheStartAndOnceInEachInterval() {
        assertThat(watch.onListed(0, now))
                .hasValueSatisfying(said -> assertThat(said).contains("'my-basin'", "s2.stream.prefix='ordres/'"));
        for (int told = 0; told < 3; told++) {
            now += Duration.ofSeconds(58).toNanos();
            assertThat(watch.onListed(0, now)).isEmpty();
            now += Duration.ofSeconds(2).toNanos();
            assertThat(watch.onListed(0, now)).isPresent();
        }
    }

    @Test
    void onceAStreamIsThereNothingIsTold() {
        assertThat(watch.onListed(1, now)).isEmpty();
        now += Duration.ofSeconds(60).toNanos();
        assertThat(watch.onListed(7, now)).isEmpty();
    }

    @Test
    void whenTheLastStreamIsGoneItIsToldAtOnce() {
        assertThat(watch.onListed(0, now)).isPresent();
        assertThat(watch.onListed(1, now + 1)).isEmpty();
        assertThat(watch.onListed(0, now + 2)).isPresent();
        assertThat(watch.onListed(0, now + 3)).isEmpty();
    }
}
