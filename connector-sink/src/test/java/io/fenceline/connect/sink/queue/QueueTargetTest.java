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
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.sqs.OutgoingMessage;
import io.fenceline.sqs.QueueAnswer;
import io.fenceline.sqs.QueueUrl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A partition whose records go to a queue: real lane, target and outbox; the worker and SQS are the test. */
class QueueTargetTest {

    private static final TopicPartition T0 = new TopicPartition("t", 0);
    private static final TopicPartition T1 = new TopicPartition("t", 1);
    private static final long BUFFER = 64 << 20;

    private long nanos = 5_000_000_000L;
    private long wall = 1_800_000_000_000L;
    private QueueTaskModel task = task(POLICY, FIFO);

    private QueueTaskModel task(QueuePolicy policy, QueueUrl queue) {
        return new QueueTaskModel(policy, queue, "${topic}-${partition}", BUFFER, () -> nanos, () -> wall, () -> 0.5);
    }

    private void advance(Duration time) {
        nanos += time.toNanos();
        wall += time.toMillis();
    }

    private SinkRecord record(TopicPartition of, long offset, @Nullable Object value) {
        return record(of, offset, value, wall - 1_000);
    }

    private static SinkRecord record(TopicPartition of, long offset, @Nullable Object value, @Nullable Long timestamp) {
        return new SinkRecord(
                of.topic(), of.partition(), null, null, null, value, offset, timestamp, TimestampType.CREATE_TIME);
    }

    private void put(TopicPartition of, long... offsets) {
        task.put(Arrays.stream(offsets)
                .mapToObj(offset -> record(of, offset, "v" + offset))
                .toList());
    }

    private void putRange(long from, long to) {
        put(T0, LongStream.range(from, to).toArray());
    }

    /** Everything that is due goes and is accepted, again and again; what was sent. */
    private List<Long> acceptAll() {
        List<Long> sent = new ArrayList<>();
        advance(POLICY.linger());
        for (SendRequest request = task.take(); request != null; request = task.take()) {
            assertThat(task.mayGo(request)).isTrue();
            sent.addAll(offsets(request));
            task.answer(request, accepted(request));
        }
        task.put(List.of());
        return sent;
    }

    /** The worker calls all the while. */
    private void passWithCalls(Duration time) {
        passWithCalls(time, () -> {});
    }

    private void passWithCalls(Duration time, Runnable between) {
        for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plusSeconds(10)) {
            advance(Duration.ofSeconds(10));
            task.put(List.of());
            between.run();
        }
        task.put(List.of());
    }

    private SendRequest request() {
        advance(POLICY.linger());
        SendRequest request = task.take();
        assertThat(request).isNotNull();
        assertThat(task.mayGo(request)).isTrue();
        return request;
    }

    private TerminalException stopped() {
        return catchThrowableOfType(TerminalException.class, () -> task.put(List.of()));
    }

    // ------------------------------------------------------------------ what is sent and settled

    @Test
    void recordsAreSentInTheirGroupWithTheirIdentityAndAreCommittedWhenSqsHasThem() {
        task.open(T0);
        put(T0, 7, 8);
        SendRequest request = request();

        assertThat(request.messages())
                .extracting(OutgoingMessage::body, OutgoingMessage::groupId)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("v7", "t-0"),
                        org.assertj.core.groups.Tuple.tuple("v8", "t-0"));
        assertThat(request.messages())
                .extracting(OutgoingMessage::deduplicationId)
                .doesNotHaveDuplicates();
        assertThat(task.preCommit(T0, 9)).isEqualTo(7);
        task.answer(request, answered(not(QueueAnswer.THROTTLED), accepted()));
        assertThat(task.preCommit(T0, 9)).isEqualTo(7);
        assertThat(acceptAllAfter(Duration.ofSeconds(1))).containsExactly(7L);
        assertThat(task.preCommit(T0, 9)).isEqualTo(9);
    }

    private List<Long> acceptAllAfter(Duration time) {
        advance(time);
        return acceptAll();
    }

    @Test
    void theSameRecordIsTheSameMessageInAnotherTask() {
        task.open(T0);
        SinkRecord record = record(T0, 7, "v");
        task.put(List.of(record));
        List<OutgoingMessage> sent = request().messages();

        task = task(POLICY, FIFO);
        task.open(T0);
        task.put(List.of(record));

        assertThat(request().messages()).isEqualTo(sent);
    }

    @Test
    void aTopicThatWasMadeAgainHasOtherIdentities() {
        task.open(T0);
        task.put(List.of(record(T0, 7, "v", wall)));
        String id = request().messages().get(0).deduplicationId();
        task = task(POLICY, FIFO);
        task.open(T0);

        task.put(List.of(record(T0, 7, "v", wall + 1)));

        assertThat(request().messages().get(0).deduplicationId()).isNotEqualTo(id);
    }

    @Test
    void aRecordThatIsIgnoredCountsAsSettled() {
        task.open(T0);
        task.put(List.of(record(T0, 0, "v"), record(T0, 1, null)));
        assertThat(acceptAll()).containsExactly(0L);

        assertThat(task.preCommit(T0, 2)).isEqualTo(2);
    }

    @Test
    void aStandardQueueGetsNoDeduplicationId() {
        task = task(OutboxRig.with(InDoubtPolicy.RESEND), STANDARD);
        task.open(T0);
        put(T0, 0);

        assertThat(request().messages().get(0).deduplicationId()).isNull();
    }

    // ------------------------------------------------------------------ what is known of the queue

    @Test
    void thePartitionIsHeldBackUntilItIsKnownHowTheQueueIsSetUp() {
        task.knowsQueues = false;
        task.open(T0, T1);
        assertThat(task.paused).containsExactlyInAnyOrder(T0, T1);
        task.askers.forEach(asker -> asker.onWaiting("connection refused"));
        task.put(List.of());
        assertThat(task.gauge(T0, "state")).isEqualTo("UNREACHED");

        task.askers.forEach(asker -> asker.onKnown(QueueTaskModel.SETTINGS));
        task.put(List.of());

        assertThat(task.paused).isEmpty();
        assertThat(task.gauge(T0, "state")).isEqualTo("OPEN");
        putRange(0, 3);
        assertThat(acceptAll()).containsExactly(0L, 1L, 2L);
    }

    @ParameterizedTest
    @CsvSource({
        "MISSING, TARGET_MISSING, does not exist",
        "DENIED, AUTH, sqs:GetQueueAttributes",
        "SENSELESS, PROTOCOL, not SQS",
        "EXHAUSTED, RETRIES_EXHAUSTED, retry.timeout.ms"
    })
    void aQueueThatCannotBeUsedStopsTheLane(SendStop.Why why, TerminalCode code, String text) {
        task.knowsQueues = false;
        task.open(T0);
        task.askers.get(0).onUnusable(new SendStop(why, null, "as scripted"));

        assertThat(stopped()).hasMessageContaining(text).hasMessageContaining("t-0");
        assertThat(stopped().code()).isEqualTo(code);
    }

    @Test
    void whatIsLearnedAfterThePartitionWentAwayChangesNothing() {
        task.knowsQueues = false;
        task.open(T0);
        task.close(T0);

        task.askers.forEach(asker -> asker.onKnown(QueueTaskModel.SETTINGS));
        task.askers.forEach(asker -> asker.onWaiting("late"));
        task.askers.forEach(asker -> asker.onUnusable(new SendStop(SendStop.Why.MISSING, null, "late")));

        task.put(List.of());
    }

    // ------------------------------------------------------------------ the bound

    @Test
    void noOffsetIsSentAThousandAboveTheLastOneGivenToPreCommit() {
        task.open(T0);
        putRange(100, 2_600);

        assertThat(acceptAll()).hasSize(1_000).contains(100L, 1_099L);
        assertThat(task.commitRequested).isTrue();
        assertThat(task.gauge(T0, "messages-awaiting-commit")).isEqualTo(1_500);
        assertThat(task.preCommit(T0, 2_600)).isEqualTo(1_100);
        assertThat(acceptAll()).hasSize(1_000).contains(1_100L, 2_099L);
        assertThat(task.preCommit(T0, 2_600)).isEqualTo(2_100);
        assertThat(acceptAll()).hasSize(500).contains(2_599L);
        assertThat(task.preCommit(T0, 2_600)).isEqualTo(2_600);
    }

    @Test
    void aCommitIsAskedForOnceASecondWhileLittleIsSent() {
        task.open(T0);
        put(T0, 0);
        acceptAll();
        assertThat(task.commitRequested).isFalse();

        advance(Duration.ofSeconds(1));
        task.put(List.of());

        assertThat(task.commitRequested).isTrue();
    }

    // ------------------------------------------------------------------ errant records

    @Test
    void aRecordThatSqsRefusesGoesToTheDeadLetterQueue() {
        task.deadLetters = new ArrayList<>();
        task.open(T0);
        put(T0, 0, 1, 2);
        SendRequest request = request();

        task.answer(request, answered(accepted(), not(QueueAnswer.REFUSED), accepted()));
        task.put(List.of());

        assertThat(task.deadLetters).extracting(SinkRecord::originalKafkaOffset).containsExactly(1L);
        assertThat(task.preCommit(T0, 3)).isEqualTo(3);
        assertThat(task.lanes.wakeWithinMillis(nanos)).isEqualTo(500);
    }

    @Test
    void withoutToleranceTheLaneStopsAtItOnceEverythingBeforeIsSettled() {
        task.open(T0);
        put(T0, 0, 1, 2);
        task.answer(request(), answered(not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.REFUSED), accepted()));
        task.put(List.of());
        advance(Duration.ofSeconds(1));
        SendRequest again = request();
        task.answer(again, accepted(again));

        assertThat(stopped())
                .hasMessageContaining("t-0@1")
                .hasMessageContaining("SQS refuses it: REFUSED: as scripted")
                .hasMessageNotContaining("in doubt");
    }

    /** Sent again it would be refused for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void withResendARecordInDoubtThatIsRefusedIsDivertedOrStopsByNameAndSaysThatTheQueueMayHaveIt(boolean diverts) {
        task = task(OutboxRig.with(InDoubtPolicy.RESEND), FIFO);
        task.deadLetters = diverts ? new ArrayList<>() : null;
        task.open(T0);
        put(T0, 0, 1);
        task.answer(request(), answered(accepted(), not(QueueAnswer.SERVER_ERROR)));
        advance(Duration.ofSeconds(1));
        task.answer(request(), answered(not(QueueAnswer.REFUSED)));

        if (diverts) {
            task.put(List.of());
            assertThat(task.deadLetters)
                    .extracting(SinkRecord::originalKafkaOffset)
                    .containsExactly(1L);
            assertThat(task.preCommit(T0, 2)).isEqualTo(2);
        } else {
            assertThat(stopped())
                    .hasMessageContaining("t-0@1")
                    .hasMessageContaining(
                            "SQS refuses it: REFUSED: as scripted; it was in doubt before, so the queue may");
        }
        assertThat(task.takeAll()).as("sent again").isEmpty();
    }

    // ------------------------------------------------------------------ stops

    @Test
    void pastTheWindowTheTaskStopsWithTheExactOffsetsAndSendsNothing() {
        task.open(T0);
        putRange(0, 3);
        task.answer(request(), answered(accepted(), not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.SERVER_ERROR)));
        passWithCalls(SPAN);
        SendRequest due = task.take();
        assertThat(due).isNotNull();
        assertThat(task.mayGo(due)).isFalse();
        task.answer(due, failed(QueueAnswer.HELD_BACK));

        TerminalException stop = stopped();

        assertThat(stop.code()).isEqualTo(TerminalCode.DEDUP_WINDOW_EXPIRED);
        assertThat(stop)
                .hasMessageContaining("offsets 1-2")
                .hasMessageContaining("t-0")
                .hasMessageContaining("offsets up to 0 are settled");
        assertThat(task.preCommit(T0, 3)).isEqualTo(1);
        assertThat(task.takeAll()).isEmpty();
    }

    @Test
    void deniedTwiceNamesTheAction() {
        task.open(T0);
        putRange(0, 1);
        task.answer(request(), failed(QueueAnswer.DENIED));
        advance(Duration.ofSeconds(1));
        task.answer(request(), failed(QueueAnswer.DENIED));

        TerminalException stop = stopped();

        assertThat(stop.code()).isEqualTo(TerminalCode.AUTH);
        assertThat(stop).hasMessageContaining("sqs:SendMessage");
    }

    @Test
    void withFailAnOldRecordAfterAStartStopsTheLaneBeforeItIsSent() {
        task = task(OutboxRig.with(InDoubtOnRestart.FAIL), FIFO);
        task.open(T0);
        task.put(List.of(record(T0, 40, "v", wall - Duration.ofMinutes(10).toMillis())));
        advance(POLICY.linger());
        SendRequest request = task.take();
        assertThat(request).isNotNull();
        assertThat(task.mayGo(request)).isFalse();
        task.answer(request, failed(QueueAnswer.HELD_BACK));

        assertThat(stopped())
                .hasMessageContaining("in.doubt.on.restart=fail")
                .hasMessageContaining("offset 40 on, up to 2039");
    }

    @Test
    void aStopIsToldOnceHoweverManyRequestsStopTheLane() {
        task = new QueueTaskModel(POLICY, FIFO, "${key}", BUFFER, () -> nanos, () -> wall, () -> 0.5);
        task.open(T0);
        List<SinkRecord> records = new ArrayList<>();
        for (int offset = 0; offset < 20; offset++) {
            records.add(new SinkRecord("t", 0, null, "k" + offset / 10, null, "v", offset));
        }
        task.put(records);
        SendRequest first = request();
        SendRequest second = request();
        task.answer(first, failed(QueueAnswer.MISSING));
        task.answer(second, failed(QueueAnswer.MISSING));

        assertThat(stopped().code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(task.takeAll()).isEmpty();
    }

    @Test
    void anAnswerThatWasOnItsWayWhenTheLaneDroppedWhatItHeldChangesNothing() {
        task.open(T0);
        put(T0, 0);
        SendRequest request = request();
        OutboxMessage message = request.members.get(0);
        task.outbox.answered(request, accepted(request), nanos);
        QueueTarget target = task.targets.get(T0);

        target.drop();
        target.onDone(message);

        assertThat(target.heldBytes()).isZero();
    }

    @Test
    void whatIsAnsweredBehindAStopSettlesTheOtherPartitionsOnly() {
        task.open(T0);
        task.put(List.of(record(T0, 0, "v")));
        SendRequest first = request();
        task.open(T1);
        put(T1, 0);
        put(T0, 1);
        SendRequest second = request();
        task.answer(first, failed(QueueAnswer.MISSING));
        task.answer(second, accepted(second));

        assertThat(stopped().code()).isEqualTo(TerminalCode.TARGET_MISSING);

        assertThat(task.preCommit(T0, 2)).isZero();
        assertThat(task.preCommit(T1, 1)).isEqualTo(1);
    }

    @Test
    void aTaskWhoseSendersHaveDiedFailsWithItsNextPut() {
        task.open(T0);
        task.dead = new ConnectException("a thread has ended");

        assertThatThrownBy(() -> task.put(List.of())).isSameAs(task.dead);
    }

    // ------------------------------------------------------------------ lanes that go

    @Test
    void aClosedLaneSendsNothingAndTheOthersGoOn() {
        task.open(T0, T1);
        put(T0, 0, 1);
        put(T1, 0, 1);
        put(T0, 2);

        task.close(T0);

        assertThat(acceptAll()).containsExactly(0L, 1L);
        assertThat(task.preCommit(T1, 2)).isEqualTo(2);
        assertThat(task.gauges).containsOnlyKeys(T1);
    }

    @Test
    void whatIsAnsweredAfterTheLaneIsClosedSettlesNothingInTheNextOne() {
        task.open(T0);
        put(T0, 0);
        SendRequest request = request();
        task.answer(request, accepted(request));

        task.close(T0);
        task.open(T0);
        put(T0, 0);

        assertThat(task.preCommit(T0, 1)).isZero();
        assertThat(acceptAll()).containsExactly(0L);
        assertThat(task.preCommit(T0, 1)).isEqualTo(1);
    }

    // ------------------------------------------------------------------ memory

    /** One poll brings what it brings; behind it the partition is held back. */
    @Test
    void aQueueThatTakesNothingHoldsNoMoreThanTheBufferAndOnePoll() {
        task = new QueueTaskModel(POLICY, FIFO, "${key}", 16 << 20, () -> nanos, () -> wall, () -> 0.5);
        task.open(T0, T1);
        String large = "x".repeat(1_000_000);
        long offset = 0;
        int polls = 0;
        for (int minute = 0; minute < 600; minute++) {
            List<SinkRecord> poll = new ArrayList<>();
            for (TopicPartition partition : List.of(T0, T1)) {
                if (!task.paused.contains(partition)) {
                    poll.add(record(partition, offset++, large));
                }
            }
            polls += poll.isEmpty() ? 0 : 1;
            task.put(poll);
            for (SendRequest request : task.takeAll()) {
                assertThat(task.mayGo(request)).isTrue();
                task.answer(request, failed(QueueAnswer.UNREACHABLE));
            }
            advance(Duration.ofSeconds(1));
        }

        long held = (long) task.gauge(T0, "bytes-held") + (long) task.gauge(T1, "bytes-held");
        assertThat(held).isBetween(8L << 20, (16L << 20) + 2 * 3_100_000);
        assertThat(polls).isLessThan(10);
        assertThat(task.paused).containsExactlyInAnyOrder(T0, T1);
        assertThat(task.gauge(T0, "messages-in-doubt")).isEqualTo(0);
    }

    @Test
    void whatIsSettledIsHeldNoLonger() {
        task.open(T0);
        putRange(0, 25);
        assertThat((long) task.gauge(T0, "bytes-held")).isGreaterThan(25 * 600);
        assertThat(task.gauge(T0, "messages-held")).isEqualTo(25);

        acceptAll();

        assertThat(task.gauge(T0, "bytes-held")).isEqualTo(0L);
        assertThat(task.gauge(T0, "messages-held")).isEqualTo(0);
        assertThat(task.gauge(T0, "watermark")).isEqualTo(24L);
        assertThat(task.gauge(T0, "lag")).isEqualTo(0L);
        assertThat(task.outbox.figures().groups()).isZero();
    }

    // ------------------------------------------------------------------ pauses of the worker

    @Test
    void aTaskThatWakesFromALongPauseSendsNothingBeforeTheWorkerCanHaveHeardOfALoss() {
        task.open(T0);
        putRange(0, 30);
        SendRequest under = request();
        task.answer(under, accepted(under));

        advance(Duration.ofMinutes(6));
        put(T0, 30);
        assertThat(task.takeAll()).isEmpty();
        advance(Duration.ofSeconds(9));
        task.put(List.of());
        assertThat(task.takeAll()).isEmpty();
        assertThat(task.preCommit(T0, 31)).isEqualTo(10);

        advance(Duration.ofSeconds(1));
        task.put(List.of());
        assertThat(acceptAll())
                .containsExactlyElementsOf(LongStream.range(10, 31).boxed().toList());
        assertThat(task.preCommit(T0, 31)).isEqualTo(31);
    }

    @Test
    void aPartitionThatIsLostInALongPauseIsNotSentAfterIt() {
        task.open(T0, T1);
        putRange(0, 5);
        advance(Duration.ofMinutes(6));
        task.put(List.of());
        task.close(T0);
        put(T1, 0);
        advance(Duration.ofSeconds(10));
        task.put(List.of());

        assertThat(acceptAll()).containsExactly(0L);
    }

    /** Offsets far above the range in doubt of the start, held before the pause and fetched before it. */
    @Test
    void whatWasFetchedBeforeAPauseIsCountedAsPossiblyRepeatedIfItIsOlderThanTheWindow() {
        afterTheRangeOfTheStart();
        SinkRecord held = record(T0, 2_500, "held");
        SinkRecord fetched = record(T0, 2_501, "fetched");
        task.put(List.of(held));
        advance(Duration.ofMinutes(6));
        task.put(List.of(fetched));
        advance(Duration.ofSeconds(10));
        SinkRecord fresh = record(T0, 2_502, "fresh", wall - Duration.ofHours(1).toMillis());
        task.put(List.of(fresh));

        assertThat(acceptAll()).containsExactly(2_500L, 2_501L, 2_502L);
        assertThat(task.counters.restartRepeatsPossible.sum()).isEqualTo(2);
    }

    @Test
    void withFailWhatWasHeldThroughAPauseStopsThePartitionIfItIsOlderThanTheWindow() {
        task = task(OutboxRig.with(InDoubtOnRestart.FAIL), FIFO);
        afterTheRangeOfTheStart();
        put(T0, 2_500);
        advance(Duration.ofMinutes(6));
        task.put(List.of());
        advance(Duration.ofSeconds(10));
        task.put(List.of());
        SendRequest due = task.take();
        assertThat(due).isNotNull();
        assertThat(task.mayGo(due)).isFalse();
        task.answer(due, failed(QueueAnswer.HELD_BACK));

        assertThat(stopped()).hasMessageContaining("from offset 2500 on");
    }

    /** So far that nothing is in doubt because of the start. */
    private void afterTheRangeOfTheStart() {
        task.open(T0);
        put(T0, 0);
        acceptAll();
        // twice, since one commit may fail
        task.preCommit(T0, 2_400);
        task.preCommit(T0, 2_400);
        put(T0, 2_400);
        acceptAll();
        task.preCommit(T0, 2_401);
    }

    @Test
    void aTaskThatSleptPastTheWindowWithARequestInDoubtStopsAndSendsNothing() {
        task.open(T0);
        putRange(0, 15);
        task.answer(request(), failed(QueueAnswer.NO_ANSWER));
        task.put(List.of());
        advance(Duration.ofMinutes(6));
        stopsAfterThePause();
    }

    @Test
    void aTaskThatSleptPastTheWindowWithARequestUnderWayStopsAndSendsNothing() {
        task.open(T0);
        putRange(0, 15);
        SendRequest under = request();
        advance(Duration.ofMinutes(6));
        task.put(List.of());
        task.answer(under, failed(QueueAnswer.NO_ANSWER));
        stopsAfterThePause();
    }

    private void stopsAfterThePause() {
        assertThat(task.takeAll()).isEmpty();
        assertThatThrownBy(() -> passWithCalls(Duration.ofSeconds(20), () -> {
                    for (SendRequest due = task.take(); due != null; due = task.take()) {
                        assertThat(task.mayGo(due)).isFalse();
                        task.answer(due, failed(QueueAnswer.HELD_BACK));
                    }
                }))
                .isInstanceOfSatisfying(TerminalException.class, stop -> {
                    assertThat(stop.code()).isEqualTo(TerminalCode.DEDUP_WINDOW_EXPIRED);
                    assertThat(stop).hasMessageContaining("offsets 0-9");
                });
        assertThat(task.takeAll()).isEmpty();
        assertThat(task.preCommit(T0, 15)).isZero();
    }

    @Test
    void aWorkerThatCallsOnlyEvery35SecondsGetsItsRecordsThrough() {
        task.open(T0);
        List<Long> sent = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            put(T0, 10L * round, 10L * round + 1);
            advance(Duration.ofSeconds(15));
            for (SendRequest due = task.take(); due != null; due = task.take()) {
                assertThat(task.mayGo(due)).isTrue();
                sent.addAll(offsets(due));
                task.answer(due, accepted(due));
            }
            advance(Duration.ofSeconds(20));
        }

        assertThat(sent).containsExactly(0L, 1L, 10L, 11L, 20L, 21L);
    }

    // ------------------------------------------------------------------ what a dropped lane shows

    @Test
    void whatWasHandedOverAndDroppedDoesNotCountAsSettled() {
        task.open(T0);
        putRange(0, 20);
        SendRequest first = request();
        task.answer(first, accepted(first));
        task.put(List.of());
        assertThat(task.gauge(T0, "watermark")).isEqualTo(9L);

        assertThatThrownBy(() -> put(T0, 0))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[TOPIC_RECREATED]")
                .hasMessageContaining("offsets up to 9 of the topic before are settled");
    }

    @Test
    void aTopicThatWasMadeAgainStoppedItsPartitionsOneAfterTheOther() {
        task.open(T0);
        task.open(T1);
        put(T1, 0, 1, 2);
        acceptAll();
        putRange(0, 20);
        acceptAll();
        task.put(List.of());

        assertThatThrownBy(() -> put(T0, 0))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("\nto send the topic from its beginning: PATCH")
                .hasMessageContaining("{\"offsets\":[" + entry(0, 0) + "," + entry(1, 0) + "]}\n")
                .hasMessageContaining("{\"offsets\":[" + entry(0, 20) + "," + entry(1, 3) + "]}");
    }

    private static String entry(int partition, long offset) {
        return "{\"partition\":{\"kafka_topic\":\"t\",\"kafka_partition\":" + partition
                + "},\"offset\":{\"kafka_offset\":" + offset + "}}";
    }
}
