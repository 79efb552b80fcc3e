package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TaskLoadTest {

    private final TaskLoad load = new TaskLoad();
    private long now = Long.MAX_VALUE - 5;

    @Test
    void isLowUntilAPutBringsMuchInRecordsOrInBytes() {
        put(249, (256 << 10) - 1);
        assertThat(load.isHigh()).isFalse();
        put(250, 0);
        assertThat(load.isHigh()).isTrue();

        TaskLoad fewButLarge = new TaskLoad();
        fewButLarge.onPut(1, 256 << 10, now);
        assertThat(fewButLarge.isHigh()).isTrue();
    }

    @Test
    void isNotOverWithAnEmptyPollBetweenTwoFetches() {
        put(500, 0);
        now += TaskLoad.LASTS_NANOS - 1;
        put(0, 0);
        assertThat(load.isHigh()).isTrue();
        now++;
        put(0, 0);
        assertThat(load.isHigh()).isFalse();
    }

    @Test
    void lastsFromItsLastSignOnwards() {
        put(500, 0);
        now += TaskLoad.LASTS_NANOS - 1;
        put(500, 0);
        now += TaskLoad.LASTS_NANOS - 1;
        put(0, 0);
        assertThat(load.isHigh()).isTrue();
    }

    private void put(int records, long bytes) {
        load.onPut(records, bytes, now);
    }
}
