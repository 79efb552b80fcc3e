package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.read.ReadCursor.Step;
import io.fenceline.s2.ReadStart;
import org.junit.jupiter.api.Test;

class ReadCursorTest {

    @Test
    void everyNumberFromAStoredPositionOnIsExpected() {
        ReadCursor cursor = ReadCursor.at(5);
        assertThat(cursor.start()).isEqualTo(new ReadStart.At(5));
        assertThat(cursor.onRecord(5)).isEqualTo(Step.CONTINUES);
        assertThat(cursor.onRecord(6)).isEqualTo(Step.CONTINUES);
        assertThat(cursor.start()).isEqualTo(new ReadStart.At(7));
        assertThat(cursor.onRecord(9)).isEqualTo(Step.SKIPS);
        assertThat(cursor.next()).isEqualTo(10);
    }

    @Test
    void theFirstRecordBehindAStoredPositionMayNotSkip() {
        assertThat(ReadCursor.at(5).onRecord(6)).isEqualTo(Step.SKIPS);
    }

    @Test
    void aNumberThatComesAgainDoesNotMoveTheCursor() {
        ReadCursor cursor = ReadCursor.at(5);
        cursor.onRecord(5);
        assertThat(cursor.onRecord(5)).isEqualTo(Step.GOES_BACK);
        assertThat(cursor.onHeartbeat(3)).isEqualTo(Step.GOES_BACK);
        assertThat(cursor.next()).isEqualTo(6);
    }

    @Test
    void withoutAStoredPositionAnyFirstNumberWillDoButOnlyTheFirst() {
        ReadCursor cursor = ReadCursor.from(new ReadStart.At(0));
        assertThat(cursor.onRecord(100)).isEqualTo(Step.CONTINUES);
        assertThat(cursor.onRecord(102)).isEqualTo(Step.SKIPS);
    }

    @Test
    void recordsMissingBelowAHeartbeatAreMissedOnlyIfTheyWereExpected() {
        ReadCursor stored = ReadCursor.at(5);
        assertThat(stored.onHeartbeat(5)).isEqualTo(Step.CONTINUES);
        assertThat(stored.onHeartbeat(8)).isEqualTo(Step.SKIPS);
        assertThat(stored.next()).isEqualTo(8);
        ReadCursor fresh = ReadCursor.from(new ReadStart.At(0));
        assertThat(fresh.onHeartbeat(8)).isEqualTo(Step.CONTINUES);
        assertThat(fresh.onRecord(9)).isEqualTo(Step.SKIPS);
    }

    @Test
    void aRelativeStartBecomesAPositionWithTheFirstHeartbeat() {
        ReadCursor cursor = ReadCursor.from(new ReadStart.Latest());
        assertThat(cursor.isKnown()).isFalse();
        assertThat(cursor.start()).isEqualTo(new ReadStart.Latest());
        cursor.onHeartbeat(7);
        assertThat(cursor.isKnown()).isTrue();
        assertThat(cursor.start()).isEqualTo(new ReadStart.At(7));
        assertThat(cursor.onRecord(8)).isEqualTo(Step.SKIPS);
    }

    @Test
    void anotherStreamIsReadFromItsBeginningWhereverThatIs() {
        ReadCursor cursor = ReadCursor.at(50);
        cursor.restart();
        assertThat(cursor.start()).isEqualTo(new ReadStart.At(0));
        assertThat(cursor.onRecord(3)).isEqualTo(Step.CONTINUES);
        assertThat(cursor.onRecord(5)).isEqualTo(Step.SKIPS);
    }
}
