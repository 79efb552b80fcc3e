package io.fenceline.connect.sink.queue;

import static io.fenceline.connect.sink.queue.OutboxRig.FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.OTHER_FIFO;
import static io.fenceline.connect.sink.queue.OutboxRig.POLICY;
import static io.fenceline.connect.sink.queue.OutboxRig.STANDARD;
import static io.fenceline.connect.sink.queue.OutboxRig.accepted;
import static io.fenceline.connect.sink.queue.OutboxRig.answered;
import static io.fenceline.connect.sink.queue.OutboxRig.failed;
import static io.fenceline.connect.sink.queue.OutboxRig.not;
import static io.fenceline.connect.sink.queue.OutboxRig.offsets;
import static io.fenceline.connect.sink.queue.OutboxRig.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import io.fenceline.retry.RetrySettings;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What goes into which request, and when. */
class OutboxTest {

    private final OutboxRig rig = new OutboxRig();
    private final OutboxLane lane = rig.lane(FIFO);

    private static long[] range(long from, long to) {
        return LongStream.range(from, to).toArray();
    }

    // ------------------------------------------------------------------ packing

    @Test
    void messagesOfAGroupGoTogetherInTheirOrder() {
        rig.add(lane, "a", range(0, 12));

        SendRequest request = rig.taken();

        assertThat(offsets(request)).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
        assertThat(request.messages()).extracting(message -> message.body()).startsWith("m0", "m1");
        assertThat(request.queue()).isEqualTo(FIFO);
    }

    @Test
    void aGroupHasOneRequestOpenAtATime() {
        rig.add(lane, "a", range(0, 30));

        SendRequest first = rig.taken();
        assertThat(rig.take()).isNull();
        rig.answer(first, accepted(first));

        assertThat(offsets(rig.taken())).startsWith(10L);
        assertThat(rig.take()).isNull();
    }

    @Test
    void aGroupGivesNoMoreToARequestThanItMay() {
        OutboxRig strict = new OutboxRig(with(POLICY.retries(), 1));
        OutboxLane one = strict.lane(FIFO);
        strict.add(one, "a", range(0, 5));
        strict.add(one, "b", range(5, 10));
        strict.advance(POLICY.linger());

        assertThat(offsets(strict.taken())).containsExactly(0L, 5L);
        assertThat(strict.take()).isNull();
    }

    @Test
    void groupsAndLanesShareARequest() {
        OutboxLane second = rig.lane(FIFO);
        rig.add(lane, "a", range(0, 4));
        rig.add(second, "b", range(0, 4));
        rig.add(lane, "c", range(4, 8));

        SendRequest request = rig.taken();

        assertThat(offsets(request)).containsExactly(0L, 1L, 2L, 3L, 0L, 1L, 2L, 3L, 4L, 5L);
        rig.advance(POLICY.linger());
        assertThat(rig.take()).as("c has two messages left, and a request open").isNull();
    }

    @Test
    void theMessagesOfOneGroupKeepTheirOrderAcrossLanes() {
        OutboxLane second = rig.lane(FIFO);
        rig.add(lane, "a", 0);
        rig.add(second, "a", 100);
        rig.add(lane, "a", 1);
        rig.advance(POLICY.linger());

        assertThat(offsets(rig.taken())).containsExactly(0L, 100L, 1L);
    }

    @Test
    void aRequestHoldsNoMoreThanAMebibyte() {
        for (int i = 0; i < 3; i++) {
            rig.add(lane, "a" + i, i, 400_000, null);
        }

        assertThat(offsets(rig.taken())).containsExactly(0L, 1L);
        rig.advance(POLICY.linger());
        assertThat(offsets(rig.taken())).containsExactly(2L);
    }

    @Test
    void theLargestMessageGoesByItself() {
        rig.add(lane, "a", 0, RequestPacker.MAX_REQUEST_BYTES, null);
        rig.add(lane, "b", 1, 1, null);

        assertThat(offsets(rig.taken())).containsExactly(0L);
    }

    @Test
    void aRequestIsForOneQueue() {
        OutboxLane other = rig.lane(OTHER_FIFO);
        rig.add(lane, "a", range(0, 3));
        rig.add(other, "a", range(0, 3));
        rig.advance(POLICY.linger());

        List<SendRequest> both = rig.takeAll();

        assertThat(both).extracting(SendRequest::queue).containsExactly(FIFO, OTHER_FIFO);
        assertThat(both).extracting(OutboxRig::offsets).allMatch(all -> all.size() == 3);
    }

    @Test
    void queuesTakeTurns() {
        OutboxLane other = rig.lane(OTHER_FIFO);
        for (int group = 0; group < 3; group++) {
            rig.add(lane, "g" + group, range(group * 10, group * 10 + 10));
            rig.add(other, "g" + group, range(group * 10, group * 10 + 10));
        }

        assertThat(rig.takeAll())
                .extracting(SendRequest::queue)
                .containsExactly(FIFO, OTHER_FIFO, FIFO, OTHER_FIFO, FIFO, OTHER_FIFO);
    }

    @Test
    void aGroupThatIsFullOfMessagesDoesNotKeepOthersWaiting() {
        OutboxRig one = new OutboxRig(new QueuePolicy(
                "c", POLICY.retries(), POLICY.linger(), 1, 10, POLICY.attempt(), POLICY.inDoubt(), POLICY.onRestart()));
        OutboxLane many = one.lane(FIFO);
        one.add(many, "busy", range(0, 100));
        one.add(many, "quiet", 100);

        SendRequest first = one.taken();
        one.answer(first, accepted(first));
        SendRequest second = one.taken();

        assertThat(offsets(second)).startsWith(100L).hasSize(10);
    }

    @Test
    void aQueueHasOnlySoManyRequestsOpenWaitingOnesIncluded() {
        for (int group = 0; group < 8; group++) {
            rig.add(lane, "g" + group, range(group * 10, group * 10 + 10));
        }
        OutboxLane other = rig.lane(OTHER_FIFO);

        List<SendRequest> open = rig.takeAll();
        open.forEach(request -> rig.answer(request, failed(QueueAnswer.UNREACHABLE)));

        assertThat(open).hasSize(POLICY.maxInFlight());
        assertThat(rig.take()).as("all are pausing").isNull();
        rig.add(other, "g", range(0, 10));
        assertThat(rig.taken().queue()).as("another queue goes on").isEqualTo(OTHER_FIFO);
    }

    @Test
    void messagesOfAStandardQueueWaitForNoOther() {
        OutboxLane free = rig.lane(STANDARD);
        rig.add(free, null, range(0, 25));

        List<SendRequest> open = rig.takeAll();

        assertThat(open)
                .extracting(OutboxRig::offsets)
                .allMatch(all -> all.size() == 10)
                .hasSize(2);
        rig.advance(POLICY.linger());
        assertThat(offsets(rig.taken())).containsExactly(20L, 21L, 22L, 23L, 24L);
    }

    @Test
    void aGroupOnAStandardQueueKeepsNothingWaiting() {
        rig.add(rig.lane(STANDARD), "tenant", range(0, 20));

        assertThat(rig.takeAll()).hasSize(2);
    }

    @Test
    void theLanesOfAStandardQueueTakeTurns() {
        OutboxLane busy = rig.lane(STANDARD);
        OutboxLane quiet = rig.lane(STANDARD);
        rig.add(busy, null, range(0, 30));
        rig.add(quiet, null, 1_000);

        rig.taken();

        assertThat(offsets(rig.taken())).startsWith(1_000L);
    }

    @Test
    void groupsThatHaveNothingLeftAreForgotten() {
        for (int group = 0; group < 5_000; group++) {
            rig.add(lane, "g" + group, group);
        }
        int requests = 0;
        for (SendRequest next = rig.take(); next != null; next = rig.take()) {
            rig.answer(next, accepted(next));
            requests++;
        }

        assertThat(requests).isEqualTo(500);
        assertThat(lane.lines).isNotNull();
        assertThat(lane.lines.lines).isEmpty();
        assertThat(lane.lines.ready).isEmpty();
        assertThat(lane.lines.readyMessages).isZero();
        assertThat(lane.lines.readyBytes).isZero();
        assertThat(lane.lines.waited).isZero();
        assertThat(lane.lines.open).isZero();
        assertThat(rig.counters.recordsAcknowledged.sum()).isEqualTo(5_000);
    }

    // ------------------------------------------------------------------ linger

    @Test
    void aRequestThatIsNotFullWaitsForMoreButNotLong() {
        rig.add(lane, "a", 0);
        assertThat(rig.take()).isNull();
        assertThat(rig.outbox.wakeWithin(rig.now())).isEqualTo(POLICY.linger().toNanos());

        rig.advance(POLICY.linger().minusNanos(1));
        rig.add(lane, "b", 1);
        assertThat(rig.take()).isNull();
        rig.advance(Duration.ofNanos(1));

        assertThat(offsets(rig.taken())).containsExactly(0L, 1L);
    }

    @Test
    void enoughForARequestGoesAtOnce() {
        rig.add(lane, "a", range(0, 9));
        assertThat(rig.take()).isNull();

        rig.add(lane, "b", 9);

        assertThat(rig.taken().members).hasSize(10);
    }

    @Test
    void enoughBytesForARequestGoAtOnce() {
        rig.add(lane, "a", 0, RequestPacker.MAX_REQUEST_BYTES - 1, null);
        assertThat(rig.take()).isNull();

        rig.add(lane, "b", 1, 1, null);

        assertThat(rig.taken().members).hasSize(2);
    }

    @Test
    void whatWasFlushedGoesAtOnceAndWhatComesBehindItWaits() {
        rig.add(lane, "a", 0);
        rig.outbox.flush(lane);

        assertThat(rig.outbox.wakeWithin(rig.now())).isZero();
        assertThat(offsets(rig.taken())).containsExactly(0L);
        rig.add(lane, "b", 1);
        assertThat(rig.take()).isNull();
    }

    @Test
    void whatWasFlushedBehindAnOpenRequestGoesAtOnceBehindIt() {
        rig.add(lane, "a", 0);
        rig.outbox.flush(lane);
        SendRequest first = rig.taken();
        rig.add(lane, "a", 1);
        rig.outbox.flush(lane);

        rig.answer(first, accepted(first));

        assertThat(offsets(rig.taken())).containsExactly(1L);
    }

    @Test
    void whatWasFlushedBehindAnOpenRequestGoesAtOnceAlsoBehindAGroupThatWaits() {
        rig.add(lane, "a", 0);
        rig.outbox.flush(lane);
        SendRequest first = rig.taken();
        rig.add(lane, "a", 1);
        rig.outbox.flush(lane);
        rig.add(lane, "b", 2);

        rig.answer(first, accepted(first));

        assertThat(offsets(rig.taken())).containsExactly(2L, 1L);
    }

    @Test
    void whatHasWaitedForItsGroupWaitsForNoOthers() {
        rig.add(lane, "a", range(0, 12));
        SendRequest first = rig.taken();
        rig.advance(POLICY.linger());
        rig.answer(first, accepted(first));

        assertThat(offsets(rig.taken())).containsExactly(10L, 11L);
    }

    // ------------------------------------------------------------------ the same request again

    @ParameterizedTest
    @EnumSource(names = {"NO_ANSWER", "SERVER_ERROR", "SENSELESS", "UNREACHABLE", "THROTTLED", "OVER_LIMIT", "DENIED"})
    void aRequestThatFailedGoesAgainAsItWas(QueueAnswer answer) {
        rig.add(lane, "a", range(0, 5));
        rig.add(lane, "b", range(5, 10));
        SendRequest first = rig.taken();
        List<?> sent = first.messages();

        assertThat(rig.answer(first, failed(answer))).isEmpty();
        rig.add(lane, "a", range(10, 20));
        rig.add(lane, "b", range(20, 30));
        assertThat(rig.take()).as("both groups have it open").isNull();
        rig.advance(Duration.ofMillis(99));
        assertThat(rig.take()).isNull();
        rig.advance(Duration.ofMillis(1));
        SendRequest again = rig.taken();

        assertThat(again.messages()).isEqualTo(sent);
        assertThat(rig.take()).isNull();
        assertThat(rig.counters.resends.sum()).isZero();
        rig.answer(again, accepted(again));
        assertThat(rig.counters.resends.sum()).isEqualTo(10);
        assertThat(rig.counters.requests.sum()).isEqualTo(2);
        assertThat(rig.done).hasSize(10).allMatch(message -> message.fate == Fate.ACCEPTED);
    }

    @Test
    void onlyWhatIsNotSettledGoesAgainAndTheOtherGroupsGoOn() {
        rig.add(lane, "a", 0, 1);
        rig.add(lane, "b", 2, 3);
        rig.advance(POLICY.linger());
        SendRequest first = rig.taken();
        rig.add(lane, "a", range(4, 14));
        rig.add(lane, "b", range(14, 24));

        List<OutboxMessage> done = rig.answer(
                first, answered(not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.SENSELESS), accepted(), accepted()));

        assertThat(offsets(done)).containsExactly(2L, 3L);
        assertThat(offsets(rig.taken())).as("b is free").startsWith(14L);
        assertThat(rig.take()).as("a is not").isNull();
        SendRequest again = rig.again();
        assertThat(offsets(again)).containsExactly(0L, 1L);
        rig.answer(again, accepted(again));
        assertThat(offsets(rig.taken())).startsWith(4L);
    }

    @Test
    void aMessageThatFailedBeforeAcceptedOnesOfItsGroupGoesAgainBeforeNewOnesAndIsCounted() {
        rig.add(lane, "a", 0, 1, 2);
        rig.add(lane, "b", 3, 4);
        rig.advance(POLICY.linger());
        SendRequest first = rig.taken();
        rig.add(lane, "a", 5);

        rig.answer(
                first,
                answered(
                        accepted(),
                        not(QueueAnswer.SERVER_ERROR),
                        accepted(),
                        accepted(),
                        not(QueueAnswer.SERVER_ERROR)));

        assertThat(rig.counters.reordered.sum()).as("4 has none behind it").isEqualTo(1);
        SendRequest again = rig.again();
        assertThat(offsets(again)).containsExactly(1L, 4L);
        assertThat(again.members.get(0).overtaken).isTrue();
        assertThat(again.members.get(1).overtaken).isFalse();
    }

    @Test
    void aMessageThatFailedBeforeAcceptedOnesOfOtherGroupsWasNotOvertaken() {
        rig.add(lane, "a", 0, 1);
        rig.add(lane, "b", 2);
        rig.advance(POLICY.linger());

        rig.answer(rig.taken(), answered(accepted(), not(QueueAnswer.SERVER_ERROR), accepted()));

        assertThat(rig.counters.reordered.sum()).isZero();
    }

    @Test
    void messagesOfAStandardQueueAreNeverOvertaken() {
        rig.add(rig.lane(STANDARD), null, 0, 1);
        rig.advance(POLICY.linger());

        rig.answer(rig.taken(), answered(not(QueueAnswer.THROTTLED), accepted()));

        assertThat(rig.counters.reordered.sum()).isZero();
    }

    @Test
    void pausesGrowAndEndWithASuccess() {
        rig.add(lane, "a", 0, 1);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        List<Long> pauses = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            rig.answer(request, failed(QueueAnswer.UNREACHABLE));
            pauses.add(Duration.ofNanos(rig.outbox.wakeWithin(rig.now())).toMillis());
            request = rig.again();
        }
        rig.answer(request, answered(accepted(), not(QueueAnswer.SERVER_ERROR)));
        pauses.add(Duration.ofNanos(rig.outbox.wakeWithin(rig.now())).toMillis());

        assertThat(pauses).containsExactly(100L, 150L, 300L, 600L, 100L);
    }

    @Test
    void anAnswerAboutAnotherNumberOfMessagesSettlesNone() {
        rig.add(lane, "a", 0, 1);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();

        assertThat(rig.answer(request, answered(accepted()))).isEmpty();

        assertThat(request.members).allMatch(member -> member.inDoubt).hasSize(2);
    }

    // ------------------------------------------------------------------ stops

    @Test
    void oneDenialIsNoneWithCredentialsThatAreAskedForAnew() {
        rig.add(lane, "a", 0);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        rig.answer(request, failed(QueueAnswer.DENIED));
        SendRequest again = rig.again();

        List<OutboxMessage> done = rig.answer(again, failed(QueueAnswer.DENIED));

        assertThat(done)
                .extracting(message -> message.stop)
                .containsExactly(new SendStop(SendStop.Why.DENIED, "DENIED", "as scripted"));
    }

    @Test
    void denialsCountInARowOnly() {
        rig.add(lane, "a", 0);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        rig.answer(request, failed(QueueAnswer.DENIED));
        request = rig.again();
        rig.answer(request, failed(QueueAnswer.THROTTLED));
        request = rig.again();

        assertThat(rig.answer(request, failed(QueueAnswer.DENIED))).isEmpty();
    }

    @Test
    void aMissingQueueStopsAtOnce() {
        rig.add(lane, "a", 0, 1);
        rig.advance(POLICY.linger());

        List<OutboxMessage> done = rig.answer(rig.taken(), failed(QueueAnswer.MISSING));

        assertThat(done).allMatch(message -> message.fate == Fate.STOPS).hasSize(2);
        assertThat(done.get(0).stop).extracting(SendStop::why).isEqualTo(SendStop.Why.MISSING);
    }

    @Test
    void fiveAnswersInARowThatAreNotOfSqsStop() {
        rig.add(lane, "a", 0);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        for (int i = 1; i < Outbox.MAX_SENSELESS; i++) {
            assertThat(rig.answer(request, failed(QueueAnswer.SENSELESS))).isEmpty();
            request = rig.again();
        }

        assertThat(rig.answer(request, failed(QueueAnswer.SENSELESS)))
                .extracting(message -> message.stop)
                .extracting(SendStop::why)
                .containsExactly(SendStop.Why.SENSELESS);
    }

    @Test
    void whatFailsForTooLongStopsWithTheLastFailure() {
        OutboxRig short30 = new OutboxRig(
                with(new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), Duration.ofSeconds(30)), 10));
        short30.add(short30.lane(FIFO), "a", 0);
        short30.advance(POLICY.linger());
        SendRequest request = short30.taken();
        long began = short30.now();
        while (short30.answer(request, failed(QueueAnswer.UNREACHABLE)).isEmpty()) {
            request = short30.again();
        }

        assertThat(short30.now() - began).isEqualTo(Duration.ofSeconds(30).toNanos());
        assertThat(short30.done.get(0).stop)
                .isEqualTo(new SendStop(SendStop.Why.EXHAUSTED, "UNREACHABLE", "as scripted"));
    }

    @Test
    void whatIsThrottledWaitsWithoutEnd() {
        OutboxRig short30 = new OutboxRig(
                with(new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), Duration.ofSeconds(30)), 10));
        short30.add(short30.lane(FIFO), "a", 0);
        short30.advance(POLICY.linger());
        SendRequest request = short30.taken();
        for (int i = 0; i < 50; i++) {
            assertThat(short30.answer(request, failed(QueueAnswer.THROTTLED))).isEmpty();
            request = short30.again();
        }

        assertThat(short30.counters.throttled.sum()).isEqualTo(50);
        assertThat(request.members).noneMatch(member -> member.started);
    }

    @Test
    void aLaneThatStopsSendsNothingMoreAndOthersGoOn() {
        OutboxLane other = rig.lane(FIFO);
        rig.add(lane, "a", 0);
        rig.add(lane, "b", range(1, 11));
        rig.add(other, "b", 100);
        rig.add(other, "c", range(101, 109));
        SendRequest first = rig.taken();
        assertThat(offsets(first)).startsWith(0L).hasSize(10);

        rig.answer(
                first,
                answered(
                        not(QueueAnswer.MISSING),
                        accepted(),
                        accepted(),
                        accepted(),
                        accepted(),
                        accepted(),
                        accepted(),
                        accepted(),
                        accepted(),
                        not(QueueAnswer.THROTTLED)));

        assertThat(rig.done)
                .extracting(message -> message.fate)
                .startsWith(Fate.STOPS)
                .hasSize(9);
        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.takeAll())
                .extracting(OutboxRig::offsets)
                .as("9 of the request and 10 behind it are not sent")
                .containsExactly(List.of(101L, 102L, 103L, 104L, 105L, 106L, 107L, 108L, 100L));
    }

    // ------------------------------------------------------------------ refusals

    @Test
    void aRefusedMessageIsForTheDeadLetterQueueAndItsNeighboursArrive() {
        rig.add(lane, "a", 0, 1, 2);
        rig.advance(POLICY.linger());

        List<OutboxMessage> done = rig.answer(rig.taken(), answered(accepted(), not(QueueAnswer.REFUSED), accepted()));

        assertThat(done)
                .extracting(message -> message.fate)
                .containsExactly(Fate.ACCEPTED, Fate.REFUSED, Fate.ACCEPTED);
        assertThat(done.get(1).answer).isEqualTo("REFUSED: as scripted");
        assertThat(rig.counters.reordered.sum()).isZero();
        assertThat(rig.counters.refused.sum()).isEqualTo(1);
    }

    @Test
    void aRequestRefusedAsAWholeGoesMessageByMessageInOrder() {
        rig.add(lane, "a", 0, 1, 2);
        rig.add(lane, "b", 3);
        rig.advance(POLICY.linger());
        SendRequest whole = rig.taken();
        rig.add(lane, "a", range(4, 14));

        assertThat(rig.answer(whole, failed(QueueAnswer.REFUSED))).isEmpty();

        List<SendRequest> alone = rig.takeAll();
        assertThat(alone).extracting(OutboxRig::offsets).containsExactlyInAnyOrder(List.of(0L), List.of(3L));
        List<Long> sent = new ArrayList<>();
        while (!alone.isEmpty()) {
            for (SendRequest request : alone) {
                sent.addAll(offsets(request));
                rig.answer(request, offsets(request).contains(1L) ? failed(QueueAnswer.REFUSED) : accepted(request));
            }
            alone = rig.takeAll();
        }
        assertThat(sent)
                .filteredOn(offset -> offset != 3)
                .containsExactly(LongStream.range(0, 14)
                        .filter(offset -> offset != 3)
                        .boxed()
                        .toArray(Long[]::new));
        assertThat(rig.done)
                .filteredOn(message -> message.fate == Fate.REFUSED)
                .extracting(message -> message.offset)
                .containsExactly(1L);
    }

    // ------------------------------------------------------------------ lanes that go

    @Test
    void whatADroppedLaneHasWaitingIsForgotten() {
        OutboxLane other = rig.lane(FIFO);
        rig.add(lane, "a", range(0, 5));
        rig.add(other, "a", range(100, 103));
        rig.add(lane, "b", range(5, 10));

        rig.outbox.drop(lane, rig.now());
        rig.advance(POLICY.linger());

        assertThat(rig.takeAll()).extracting(OutboxRig::offsets).containsExactly(List.of(100L, 101L, 102L));
        assertThat(other.lines).isNotNull();
        assertThat(other.lines.lines).hasSize(1);
        assertThat(other.lines.readyMessages).isZero();
        assertThat(other.lines.readyBytes).isZero();
    }

    @Test
    void aRequestWithMessagesOfADroppedLaneIsHeldBackAndTheOthersGoWithoutThem() {
        OutboxLane other = rig.lane(FIFO);
        rig.add(lane, "a", 0);
        rig.add(other, "b", 100);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();

        rig.outbox.drop(lane, rig.now());

        assertThat(rig.mayGo(request)).isFalse();
        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK))).isEmpty();
        SendRequest again = rig.taken();
        assertThat(offsets(again)).containsExactly(100L);
        assertThat(rig.mayGo(again)).isTrue();
    }

    @Test
    void whatIsAnsweredToADroppedLaneChangesNothingAndItIsNotSentAgain() {
        rig.add(lane, "a", 0, 1);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        assertThat(rig.mayGo(request)).isTrue();
        rig.outbox.drop(lane, rig.now());
        rig.add(rig.lane(FIFO), "a", range(0, 10));
        assertThat(rig.take()).as("the group has its request open all the same").isNull();

        assertThat(rig.come(request, answered(accepted(), not(QueueAnswer.SERVER_ERROR))))
                .isEmpty();

        assertThat(offsets(rig.taken())).startsWith(0L, 1L).hasSize(10);
        assertThat(rig.outbox.wakeWithin(rig.now())).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aRequestThatPausesGivesItsGroupsBackWhenItsLaneIsDropped() {
        rig.add(lane, "a", 0, 1);
        rig.advance(POLICY.linger());
        SendRequest request = rig.taken();
        rig.answer(request, failed(QueueAnswer.NO_ANSWER));
        rig.add(rig.lane(FIFO), "a", range(0, 10));

        rig.outbox.drop(lane, rig.now());

        assertThat(offsets(rig.taken())).startsWith(0L).hasSize(10);
        rig.advance(Duration.ofMinutes(1));
        assertThat(rig.take()).isNull();
        assertThat(lane.lines).isNotNull();
        assertThat(lane.lines.open).isEqualTo(1);
    }

    // ------------------------------------------------------------------ the lease

    @Test
    void nothingIsTakenWithoutTheLeaseAndWhatWasTakenIsHeldBack() {
        rig.add(lane, "a", range(0, 20));
        rig.add(lane, "b", range(20, 30));
        SendRequest request = rig.taken();

        rig.leased = false;

        assertThat(rig.mayGo(request)).isFalse();
        assertThat(rig.come(request, failed(QueueAnswer.HELD_BACK))).isEmpty();
        assertThat(rig.take()).isNull();
        assertThat(rig.outbox.wakeWithin(rig.now())).isEqualTo(Long.MAX_VALUE);
        rig.leased = true;
        assertThat(rig.taken()).isSameAs(request);
        assertThat(rig.counters.requests.sum()).isZero();
    }
}
