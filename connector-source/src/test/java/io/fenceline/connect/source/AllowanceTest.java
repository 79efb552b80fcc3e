package io.fenceline.connect.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AllowanceTest {

    @Test
    void oneRecordIsAdmittedHoweverLargeItIs() {
        Allowance allowance = new Allowance(10, 100);
        assertThat(allowance.isSpent()).isFalse();
        assertThat(allowance.admits(1_000_000)).isTrue();
        allowance.use(1_000_000);
        assertThat(allowance.isSpent()).isTrue();
    }

    @Test
    void laterOnesAreAdmittedAsFarAsTheirBytesFit() {
        Allowance allowance = new Allowance(10, 100);
        allowance.use(60);
        assertThat(allowance.isSpent()).isFalse();
        assertThat(allowance.admits(41)).isFalse();
        assertThat(allowance.admits(40)).isTrue();
        allowance.use(40);
        assertThat(allowance.isSpent()).isTrue();
        assertThat(allowance.records()).isEqualTo(2);
        assertThat(allowance.bytes()).isEqualTo(100);
    }

    @Test
    void recordsWithoutBytesAreCountedToo() {
        Allowance allowance = new Allowance(2, Long.MAX_VALUE);
        allowance.use(0);
        assertThat(allowance.isSpent()).isFalse();
        allowance.use(0);
        assertThat(allowance.isSpent()).isTrue();
    }

    @Test
    void whereNoBytesAreAskedForTheFirstRecordIsTheLast() {
        Allowance allowance = new Allowance(10, 0);
        assertThat(allowance.isSpent()).isFalse();
        allowance.use(0);
        assertThat(allowance.isSpent()).isTrue();
    }
}
