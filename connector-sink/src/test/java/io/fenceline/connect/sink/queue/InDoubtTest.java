package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.sink.queue.OutboxRig.FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.POLICY;
import static io.fenceline.connect.sink.queue.OutboxRig.SPAN;
import static io.fenceline.connect.sink.queue.OutboxRig.STANDARD;
import static io.fenceline.connect.sink.queue.OutboxRig.accepted;
import static io.fenceline.connect.sink.queue.OutboxRig.answered;
import static io.fenceline.connect.sink.queue.OutboxRig.failed;
import static io.fenceline.connect.sink.queue.OutboxRig.not;
import static io.fenceline.connect.sink.queue.OutboxRig.offsets;
import static io.fenceline.connect.sink.queue.OutboxRig.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import io.fenceline.connect.sink.queue.SendStop.Why;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of which it is not known whether SQS has them: how long they are sent again, and what becomes of them then. */
class InDoubtTest {

    private OutboxRig rig = new OutboxRig();
    private OutboxLane lane = rig.lane(FIFO);

    private void with(QueuePolicy policy) {
        rig = new OutboxRig(policy);
        lane = rig.lane(FIFO);
    }

    private SendRequest one(@Nullable String group, long offset) {
        rig.add(lane, group, offset);
        rig.outbox.flush(lane);
        return rig.taken();
    }

    private SendRequest old(long offset, @Nullable Long timestamp) {
        rig.add(lane, "a", offset, 100, timestamp);
        rig.outbox.flush(lane);
        return rig.taken();
    }

    /** The request goes after all that time. */
    private boolean goesAfter(SendRequest request, Duration time) {
        rig.advance(time);
        SendRequest due = rig.take();
        if (due != null) {
            assertThat(due).isSameAs(request);
        }
        return rig.mayGo(request);
    }

    // ------------------------------------------------------------------ the five minutes

    @ParameterizedTest
    @EnumSource(names = {"NO_ANSWER", "SERVER_ERROR", "SENSELESS"})
    void itGoesAgainWhileTheAttemptSurelyEndsWithinTheWindow(QueueAnswer answer) {
        SendRequest request = one("a", 0);
        rig.answer(request, failed(answer));

        assertThat(goesAfter(request, SPAN.minusNanos(1))).isTrue();
    }

    @Test
    void itIsHeldBackWhenTheAttemptMightEndAfterTheWindowAndTheLaneStopsWithItsOffset() {
        SendRequest request = one("a", 7);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));

        assertThat(goesAfter(request, SPAN)).isFalse();

        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK)))
                .extracting(message -> message.stop)
                .extracting(SendStop::why)
                .containsExactly(Why.WINDOW_EXPIRED);
        assertThat(lane.inDoubtAtStop).containsExactly(7);
        assertThat(rig.counters.requests.sum()).isEqualTo(1);
    }

    @Test
    void theTimeRunsFromTheFirstAttemptNotFromTheLast() {
        SendRequest request = one("a", 0);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(request, SPAN.dividedBy(2))).isTrue();
        rig.come(request, failed(QueueAnswer.NO_ANSWER));

        assertThat(goesAfter(request, SPAN.dividedBy(2))).isFalse();
    }

    @Test
    void theTimeRunsFromBeforeTheAttemptNotFromItsAnswer() {
        SendRequest request = one("a", 0);
        assertThat(rig.mayGo(request)).isTrue();
        rig.advance(Duration.ofSeconds(10));
        rig.come(request, failed(QueueAnswer.NO_ANSWER));

        assertThat(goesAfter(request, SPAN.minusSeconds(10))).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"UNREACHABLE", "THROTTLED", "OVER_LIMIT", "DENIED", "HELD_BACK"})
    void anAttemptThatHadNoEffectDoesNotStartTheTime(QueueAnswer answer) {
        SendRequest request = one("a", 0);
        rig.answer(request, failed(answer));

        assertThat(goesAfter(request, Duration.ofHours(1))).isTrue();
        rig.come(request, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(request, SPAN.minusNanos(1))).isTrue();
    }

    @Test
    void anAttemptThatHadNoEffectDoesNotEndTheDoubtOfTheOneBefore() {
        SendRequest request = one("a", 0);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(request, Duration.ofMinutes(1))).isTrue();
        rig.come(request, failed(QueueAnswer.UNREACHABLE));

        assertThat(goesAfter(request, SPAN.minusMinutes(1))).isFalse();
    }

    @Test
    void aMessageThatWasNeverInDoubtGoesOnWithoutTheOneThatWas() {
        rig.add(lane, "a", 0);
        OutboxLane other = rig.lane(FIFO);
        rig.add(other, "b", 100);
        rig.outbox.flush(lane);
        SendRequest request = rig.taken();
        rig.answer(request, answered(not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.THROTTLED)));
        assertThat(goesAfter(request, SPAN)).isFalse();

        List<OutboxMessage> done = rig.come(request, failed(QueueAnswer.HELD_BACK));

        assertThat(offsets(done)).containsExactly(0L);
        assertThat(offsets(rig.taken())).containsExactly(100L);
        assertThat(rig.mayGo(request)).isTrue();
    }

    @Test
    void aStopNamesAllThatIsInDoubtInTheLane() {
        SendRequest first = one("a", 0);
        SendRequest second = one("b", 1);
        SendRequest fine = one("c", 2);
        rig.answer(first, failed(QueueAnswer.NO_ANSWER));
        rig.answer(second, failed(QueueAnswer.NO_ANSWER));
        rig.answer(fine, failed(QueueAnswer.UNREACHABLE));
        assertThat(lane.inDoubtCount).isEqualTo(2);
        rig.advance(SPAN);
        SendRequest due = rig.taken();
        assertThat(rig.mayGo(due)).isFalse();

        rig.come(due, failed(QueueAnswer.HELD_BACK));

        assertThat(lane.inDoubtAtStop).containsExactly(0, 1);
        rig.advance(Duration.ofDays(1));
        assertThat(rig.take()).as("nothing more of the lane").isNull();
    }

    /** Pauses are of ten seconds by then: the last of them would end behind the deadline. */
    @Test
    void whateverThePausesAreItIsSentOnceMoreShortlyBeforeTheDeadline() {
        SendRequest request = one("a", 0);
        long first = rig.now();
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        long last = first;
        for (long due = nextDue(); due < first + SPAN.toNanos(); due = nextDue()) {
            last = due;
            rig.answer(rig.again(), failed(QueueAnswer.UNREACHABLE));
        }

        assertThat(Duration.ofNanos(last - first)).isEqualTo(SPAN.minus(SendDeadline.LAST_CALL));
        SendRequest tooLate = rig.again();
        assertThat(Duration.ofNanos(rig.now() - first))
                .as("it is decided at once")
                .isEqualTo(SPAN);
        assertThat(rig.mayGo(tooLate)).isFalse();
        assertThat(rig.come(tooLate, failed(QueueAnswer.HELD_BACK)))
                .extracting(message -> message.stop)
                .extracting(SendStop::why)
                .containsExactly(Why.WINDOW_EXPIRED);
    }

    private long nextDue() {
        return rig.now() + rig.outbox.wakeWithin(rig.now());
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVER_ERROR", "THROTTLED", "UNREACHABLE"})
    void theEarliestDeadlineInARequestEndsThePauseOfAll(QueueAnswer answer) {
        rig.add(lane, "a", 0);
        rig.add(lane, "b", 1);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        long first = rig.now();
        rig.answer(request, answered(not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.THROTTLED)));
        for (int i = 0; i < 8; i++) {
            rig.answer(rig.again(), failed(QueueAnswer.UNREACHABLE));
        }
        rig.advance(Duration.ofNanos(first - rig.now()).plus(SPAN).minusSeconds(5));
        rig.answer(rig.taken(), failed(answer));

        assertThat(Duration.ofNanos(nextDue() - first)).isEqualTo(SPAN.minus(SendDeadline.LAST_CALL));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPauseIsNotCutForWhatHasNoDeadline(boolean standard) {
        with(OutboxRig.with(InDoubtPolicy.RESEND));
        lane = rig.lane(standard ? STANDARD : FIFO);
        SendRequest request = one(standard ? null : "a", 0);
        for (int i = 0; i < 9; i++) {
            rig.answer(request, failed(standard ? QueueAnswer.NO_ANSWER : QueueAnswer.UNREACHABLE));
            request = rig.again();
        }
        rig.advance(SPAN.minusSeconds(5));
        rig.answer(request, failed(standard ? QueueAnswer.NO_ANSWER : QueueAnswer.UNREACHABLE));

        assertThat(Duration.ofNanos(rig.outbox.wakeWithin(rig.now()))).isEqualTo(Duration.ofMillis(7500));
    }

    // ------------------------------------------------------------------ by policy

    @Test
    void resendSendsItAgainWithAWindowOfItsOwn() {
        with(OutboxRig.with(InDoubtPolicy.RESEND));
        SendRequest request = one("a", 0);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(request, SPAN)).isFalse();

        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK))).isEmpty();

        assertThat(rig.counters.inDoubtResent.sum()).isEqualTo(1);
        SendRequest again = rig.again();
        rig.answer(again, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(again, SPAN.minusNanos(1))).isTrue();
        assertThat(rig.come(again, accepted(again)))
                .extracting(message -> message.fate)
                .containsExactly(Fate.ACCEPTED);
        assertThat(lane.inDoubtCount).isZero();
    }

    @Test
    void skipCountsItAsSent() {
        with(OutboxRig.with(InDoubtPolicy.SKIP));
        SendRequest request = one("a", 0);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        assertThat(goesAfter(request, SPAN)).isFalse();

        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK)))
                .extracting(message -> message.fate)
                .containsExactly(Fate.SKIPPED);

        assertThat(rig.counters.inDoubtSkipped.sum()).isEqualTo(1);
        assertThat(rig.take()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"FAIL, STOPS", "SKIP, SKIPPED", "RESEND, REFUSED"})
    void aRefusalSaysNothingOfTheAttemptBefore(InDoubtPolicy policy, Fate fate) {
        with(OutboxRig.with(policy));
        SendRequest request = one("a", 0);
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        SendRequest again = rig.again();

        List<OutboxMessage> done = rig.answer(again, answered(not(QueueAnswer.REFUSED)));

        assertThat(done).extracting(message -> message.fate).containsExactly(fate);
        if (fate == Fate.STOPS) {
            assertThat(done.get(0).stop).isEqualTo(new SendStop(Why.REFUSED_IN_DOUBT, "REFUSED", "as scripted"));
        }
    }

    @Test
    void aStandardQueueNoticesNothingSoThePolicyDecidesAtOnce() {
        SendRequest failing = standard(InDoubtPolicy.FAIL);
        assertThat(rig.answer(failing, failed(QueueAnswer.NO_ANSWER)))
                .extracting(message -> message.stop)
                .extracting(SendStop::why)
                .containsExactly(Why.IN_DOUBT);

        SendRequest skipping = standard(InDoubtPolicy.SKIP);
        assertThat(rig.answer(skipping, failed(QueueAnswer.NO_ANSWER)))
                .extracting(message -> message.fate)
                .containsExactly(Fate.SKIPPED);

        SendRequest resending = standard(InDoubtPolicy.RESEND);
        for (int hour = 0; hour < 3; hour++) {
            assertThat(rig.answer(resending, failed(QueueAnswer.NO_ANSWER))).isEmpty();
            rig.advance(Duration.ofHours(1));
            assertThat(rig.taken()).isSameAs(resending);
        }
        assertThat(rig.counters.inDoubtResent.sum()).isEqualTo(3);
    }

    private SendRequest standard(InDoubtPolicy policy) {
        with(OutboxRig.with(policy));
        lane = rig.lane(STANDARD);
        rig.add(lane, null, 0);
        rig.outbox.flush(lane);
        return rig.taken();
    }

    // ------------------------------------------------------------------ after a start

    @Test
    void oldRecordsOfTheFirstOffsetsAreNamedOnceAndSentAgain() {
        lane.doubtRange.handedOver(100);
        long minutes = Duration.ofMinutes(10).toMillis();

        for (long offset : new long[] {100, 101, 2_099}) {
            SendRequest request = old(offset, rig.wallNow() - minutes);
            rig.answer(request, accepted(request));
        }

        assertThat(rig.warnings).singleElement().asString().startsWith("t-0: offsets 100 to 2099 may have been sent");
        assertThat(rig.counters.restartRepeatsPossible.sum()).isEqualTo(3);
    }

    @Test
    void oldRecordsBehindTheRangeWereNeverSent() {
        lane.doubtRange.handedOver(100);

        SendRequest request = old(2_100, rig.wallNow() - Duration.ofDays(1).toMillis());
        rig.answer(request, accepted(request));

        assertThat(rig.warnings).isEmpty();
        assertThat(rig.counters.restartRepeatsPossible.sum()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"none", "future"})
    void recordsWhoseAgeIsNotKnownCountAsOld(String age) {
        lane.doubtRange.handedOver(0);

        assertThat(rig.mayGo(old(0, age.equals("none") ? null : rig.wallNow() + 1)))
                .isTrue();

        assertThat(rig.warnings).hasSize(1);
    }

    @Test
    void youngRecordsAreNotNamed() {
        lane.doubtRange.handedOver(0);

        SendRequest request = old(0, rig.wallNow() - SPAN.toMillis() + 1);
        rig.answer(request, accepted(request));

        assertThat(rig.warnings).isEmpty();
    }

    @Test
    void aRecordThatGrowsOldBeforeItIsFirstSentIsNamed() {
        lane.doubtRange.handedOver(0);
        SendRequest request = old(0, rig.wallNow() - 1_000);
        rig.answer(request, failed(QueueAnswer.UNREACHABLE));
        assertThat(rig.warnings).isEmpty();

        assertThat(goesAfter(request, SPAN)).isTrue();

        assertThat(rig.warnings).hasSize(1);
    }

    /** An earlier task may have sent it when it was written: its window is over before that of our own attempt. */
    @Test
    void theTimeOfARecordThatMayHaveBeenSentBeforeRunsFromItsTimestamp() {
        lane.doubtRange.handedOver(0);
        SendRequest request = old(0, rig.wallNow() - Duration.ofMinutes(2).toMillis());
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));

        assertThat(goesAfter(request, SPAN.minusMinutes(2))).isFalse();
    }

    @Test
    void withFailNothingOldIsSentAndTheLaneStops() {
        with(OutboxRig.with(InDoubtOnRestart.FAIL));
        lane.doubtRange.handedOver(0);
        SendRequest request = old(0, rig.wallNow() - Duration.ofHours(1).toMillis());

        assertThat(rig.mayGo(request)).isFalse();

        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK)))
                .extracting(message -> message.stop)
                .extracting(SendStop::why)
                .containsExactly(Why.OLD_AT_START);
        assertThat(rig.warnings).isEmpty();
        assertThat(rig.counters.requests.sum()).isZero();
    }

    /** Which request has its connection first is chance. */
    @Test
    void theWarningCoversWhatIsSentLaterFromTheBeginningOfTheRange() {
        lane.doubtRange.handedOver(0);
        long old = rig.wallNow() - Duration.ofHours(1).toMillis();
        rig.add(lane, "a", 0, 100, old);
        rig.advance(POLICY.linger());
        SendRequest first = rig.taken();
        rig.add(lane, "b", 150, 100, old);
        rig.advance(POLICY.linger());
        SendRequest second = rig.taken();

        assertThat(rig.mayGo(second)).isTrue();
        assertThat(rig.mayGo(first)).isTrue();

        assertThat(rig.warnings).singleElement().asString().contains("offsets 0 to 1999");
    }

    @Test
    void standardQueuesHaveNoRangeInDoubt() {
        lane = rig.lane(STANDARD);
        lane.doubtRange.handedOver(0);
        rig.add(lane, null, 0, 100, 1L);
        rig.advance(POLICY.linger());

        assertThat(rig.mayGo(rig.taken())).isTrue();

        assertThat(rig.warnings).isEmpty();
    }
}
