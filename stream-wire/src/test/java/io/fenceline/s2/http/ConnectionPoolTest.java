package io.fenceline.s2.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ConnectionPoolTest {

    /** One quiet stream cost 0.2 % of a core: every I/O thread looked ten times a second. */
    @Test
    void threadsThatWaitLookForTimeoutsAboutOnceASecondUnlessAShortOneAsksForMore() {
        assertThat(ConnectionPool.lookMillis(Duration.ofSeconds(3))).isEqualTo(600);
        assertThat(ConnectionPool.lookMillis(Duration.ofMinutes(1))).isEqualTo(1_000);
        assertThat(ConnectionPool.lookMillis(Duration.ofMillis(600))).isEqualTo(120);
        assertThat(ConnectionPool.lookMillis(Duration.ofMillis(1))).isEqualTo(50);
    }
}
