package io.fenceline.connect.source.queue;

import static io.fenceline.connect.source.queue.CustodyRig.FIFO;
import static io.fenceline.connect.source.queue.CustodyRig.LAPSE;
import static io.fenceline.connect.source.queue.CustodyRig.STANDARD;
import static io.fenceline.connect.source.queue.CustodyRig.done;
import static io.fenceline.connect.source.queue.CustodyRig.lapsed;
import static io.fenceline.connect.source.queue.CustodyRig.not;
import static io.fenceline.connect.source.queue.CustodyRig.unknown;
import static io.fenceline.connect.source.queue.CustodyRig.with;
import static io.fenceline.connect.source.queue.QueueCustodyTest.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.sqs.HandleOutcome.Entry;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Which deletes go when, and what their answers are worth. */
class PendingDeletesTest {

    private static final Duration REST = Duration.ofSeconds(241);

    /** Produced, and to be deleted. */
    private static CustodyRig produced(CustodyPolicy policy, String... names) {
        CustodyRig rig = CustodyRig.warm(policy);
        for (int from = 0; from < names.length; from += 10) {
            rig.receive(Arrays.copyOfRange(names, from, Math.min(names.length, from + 10)));
        }
        rig.poll();
        for (String name : names) {
            rig.confirm(CustodyRig.idOf(name));
        }
        return rig;
    }

    // ------------------------------------------------------------------ which go together

    @Test
    void tenGoInARequestAndSeveralRequestsAtOnce() {
        CustodyRig rig = produced(STANDARD, names(0, 25));

        assertThat(rig.change().handles).hasSize(10).startsWith("m0#1").endsWith("m9#1");
        assertThat(rig.change().handles).hasSize(10).startsWith("m10#1");
        assertThat(rig.change().handles).hasSize(5);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
    }

    @Test
    void aFifoGroupHasOneRequestOpenAndKeepsItsOrder() {
        CustodyRig rig = produced(
                FIFO, "a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "a/8", "a/9", "a/10", "a/11", "a/12", "b/13");

        HandleChange first = rig.change();
        assertThat(first.handles)
                .containsExactly("1#1", "2#1", "3#1", "4#1", "5#1", "6#1", "7#1", "8#1", "9#1", "10#1");
        assertThat(rig.change().handles).containsExactly("13#1");
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();

        rig.done(first);

        assertThat(rig.change().handles).containsExactly("11#1", "12#1");
    }

    @Test
    void groupsShareARequest() {
        CustodyRig rig = produced(FIFO, "a/1", "b/2", "a/3", "c/4");

        assertThat(rig.change().handles).containsExactly("1#1", "3#1", "2#1", "4#1");
    }

    @Test
    void whatFailedInAGroupGoesFirstWhenItGoesAgain() {
        CustodyRig rig = produced(FIFO, "a/1", "a/2", "b/3");
        rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.SERVER_ERROR), done());
        rig.receive("a/4");
        rig.poll();
        rig.confirm("4");

        assertThat(rig.custody.nextChange(rig.nanos))
                .as("it pauses, and nothing overtakes it")
                .isNull();
        rig.advance(Duration.ofMillis(100));
        assertThat(rig.change().handles).containsExactly("1#1", "2#1", "4#1");
    }

    @Test
    void aGroupPausesForAsLongAsItsFirstOne() {
        CustodyRig rig = produced(FIFO, "a/1");
        for (int i = 0; i < 3; i++) {
            rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR));
            rig.advance(Duration.ofSeconds(1));
        }
        rig.receive("a/2");
        rig.poll();
        rig.confirm("2");
        rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR), not(QueueAnswer.SERVER_ERROR));

        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(400).toNanos());
        rig.advance(Duration.ofMillis(400));
        assertThat(rig.change().handles).containsExactly("1#1", "2#1");
    }

    @Test
    void oneThatSqsFailsByItselfPausesAndOthersGoOn() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        rig.answer(rig.change(), not(QueueAnswer.THROTTLED), done());
        rig.receive("c");
        rig.poll();
        rig.confirm("c");

        assertThat(rig.change().handles).containsExactly("c#1");
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.advance(Duration.ofMillis(100));
        HandleChange again = rig.change();
        assertThat(again.handles).containsExactly("a#1");
        rig.answer(again, not(QueueAnswer.REFUSED));
        assertThat(rig.custody.changeWithin(rig.nanos))
                .as("longer each time")
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.advance(Duration.ofMillis(100));
        rig.answer(rig.change(), not(QueueAnswer.REFUSED));
        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    void aRequestThatFailsAsAWholeGoesAgainAfterAPauseOfAll() {
        CustodyRig rig = produced(FIFO, "a/1", "a/2");
        rig.changeFails(rig.change(), QueueAnswer.NO_ANSWER);
        rig.receive("b/3");
        rig.poll();
        rig.confirm("3");

        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.advance(Duration.ofMillis(100));

        assertThat(rig.change().handles).containsExactly("1#1", "2#1", "3#1");
    }

    @Test
    void requestsThatFailTogetherCountAsOneFailure() {
        CustodyRig rig = produced(STANDARD, names(0, 40));
        HandleChange[] open = {rig.change(), rig.change(), rig.change(), rig.change()};
        rig.advance(Duration.ofSeconds(1));
        for (HandleChange change : open) {
            rig.changeFails(change, QueueAnswer.DENIED);
        }

        assertThat(rig.custody.failure())
                .as("credentials are asked for anew first")
                .isNull();
        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
    }

    @Test
    void deletesAreTriedWithoutEnd() {
        CustodyRig rig = produced(STANDARD, "a");
        int deletes = 0;
        while (deletes < 500) {
            HandleChange next = rig.change();
            if (next.kind == Kind.EXTEND) {
                rig.done(next);
            } else {
                rig.changeFails(next, deletes++ % 2 == 0 ? QueueAnswer.SERVER_ERROR : QueueAnswer.UNREACHABLE);
            }
            rig.advance(Duration.ofNanos(rig.custody.changeWithin(rig.nanos)));
        }

        assertThat(rig.custody.failure()).isNull();
    }

    /** Of which of its messages SQS does not say, so the same ten would be refused for ever. */
    @Test
    void aRequestThatIsRefusedAsAWholeIsMadeAgainForEachOfItsMessages() {
        CustodyRig rig = produced(STANDARD, "a", "b", "c");
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.receive("d", "e");
        rig.poll();
        rig.confirm("d", "e");
        rig.advance(Duration.ofMillis(100));

        assertThat(rig.change().handles).containsExactly("a#1");
        HandleChange refused = rig.change();
        assertThat(refused.handles).containsExactly("b#1");
        assertThat(rig.change().handles).containsExactly("c#1");
        assertThat(rig.change().handles).as("nobody suspects these").containsExactly("d#1", "e#1");
        rig.answer(refused, unknown());
        assertThat(rig.figures().resting()).as("its answer is about it alone").isEqualTo(1);
    }

    @Test
    void inAGroupTheyGoOneAfterTheOther() {
        CustodyRig rig = produced(FIFO, "a/1", "a/2", "b/3");
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));

        HandleChange first = rig.change();
        assertThat(first.handles).containsExactly("1#1");
        assertThat(rig.change().handles).containsExactly("3#1");
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.done(first);
        assertThat(rig.change().handles).containsExactly("2#1");
    }

    @Test
    void oneThatIsRefusedAloneWaitsByItselfAndOthersGoBeforeIt() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));
        HandleChange a = rig.change();
        assertThat(a.handles).containsExactly("a#1");
        rig.changeFails(a, QueueAnswer.REFUSED);
        rig.advance(Duration.ofNanos(rig.custody.changeWithin(rig.nanos)));

        HandleChange b = rig.change();
        assertThat(b.handles).containsExactly("b#1");
        rig.done(b);
        rig.advance(Duration.ofNanos(rig.custody.changeWithin(rig.nanos)));
        assertThat(rig.change().handles).as("it is tried without end").containsExactly("a#1");
    }

    @Test
    void nobodyTakesASuspectAlong() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.receive("c");
        rig.poll();
        rig.confirm("c");
        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.change().handles).containsExactly("b#1");

        assertThat(rig.change().handles).as("a is behind it").containsExactly("c#1");
    }

    @Test
    void refusedDeletesStopNothing() {
        CustodyRig rig = produced(STANDARD, "a");
        for (int i = 0; i < 6; i++) {
            rig.changeFails(rig.change(), QueueAnswer.REFUSED);
            rig.advance(Duration.ofSeconds(5));
        }

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void whatIsPutOffCountsAsThrottled() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.changeFails(rig.change(), QueueAnswer.THROTTLED);
        rig.advance(Duration.ofSeconds(1));
        rig.changeFails(rig.change(), QueueAnswer.NO_ANSWER);

        assertThat(rig.counters.throttled.sum()).isEqualTo(1);
    }

    @Test
    void whileADeleteOfAGroupIsOpenALaterOneWaits() {
        CustodyRig rig = produced(FIFO, "a/1");
        rig.receive("a/2");
        rig.poll();
        HandleChange first = rig.change();
        rig.confirm("2");
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();

        rig.done(first);

        assertThat(rig.change().handles).containsExactly("2#1");
    }

    @Test
    void aPauseOfBeforeDoesNotHoldUpANewerHandle() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR));
        rig.advance(Duration.ofMillis(100));
        HandleChange older = rig.change();
        rig.receive("a");
        rig.done(older);

        assertThat(rig.change().handles).containsExactly("a#2");
    }

    @Test
    void aFailureOfSqssOwnIsPutDownToAMessageOnlyIfItComesThreeTimes() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        for (int i = 0; i < 3; i++) {
            HandleChange both = rig.change();
            assertThat(both.handles).containsExactly("a#1", "b#1");
            rig.changeFails(both, QueueAnswer.SERVER_ERROR);
            rig.advance(Duration.ofSeconds(10));
        }

        assertThat(rig.change().handles).containsExactly("a#1");
        assertThat(rig.change().handles).containsExactly("b#1");
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_ANSWER", "UNREACHABLE", "THROTTLED"})
    void whatIsNoMatterOfTheMessagesIsPutDownToNone(QueueAnswer answer) {
        CustodyRig rig = produced(STANDARD, "a", "b");
        for (int i = 0; i < 4; i++) {
            HandleChange both = rig.change();
            assertThat(both.handles).containsExactly("a#1", "b#1");
            rig.changeFails(both, answer);
            rig.advance(Duration.ofSeconds(10));
        }
    }

    @Test
    void aNewerHandleIsNotSuspectedOfWhatTheOlderOneDid() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        HandleChange both = rig.change();
        rig.receive("a", "b");
        rig.changeFails(both, QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));
        HandleChange newer = rig.change();
        assertThat(newer.handles).containsExactly("a#2", "b#2");
        rig.changeFails(newer, QueueAnswer.REFUSED);
        rig.receive("a", "b");
        rig.advance(Duration.ofSeconds(1));

        assertThat(rig.change().handles).containsExactly("a#3", "b#3");
    }

    @Test
    void anAnswerAboutAnotherNumberOfMessagesIsNone() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        rig.answer(rig.change(), done());

        rig.advance(Duration.ofSeconds(1));
        assertThat(rig.change().handles).containsExactly("a#1", "b#1");
    }

    // ------------------------------------------------------------------ what answers are worth

    @ParameterizedTest
    @CsvSource({
        // entry, fifo, newest, proven, verdict
        "DONE, false, true, true, GONE",
        "DONE, false, true, false, REST",
        "DONE, false, false, true, AGAIN",
        "DONE, true, true, true, GONE",
        "DONE, true, true, false, GONE",
        "DONE, true, false, true, AGAIN",
        "LAPSED, false, true, true, REST",
        "LAPSED, true, true, true, AWAIT_HANDLE",
        "LAPSED, true, false, true, AGAIN",
        "UNKNOWN, false, true, true, REST",
        "UNKNOWN, true, true, true, REST",
        "UNKNOWN, false, false, true, AGAIN",
        "NOT, false, true, true, RETRY",
        "NOT, true, false, true, RETRY",
    })
    void verdicts(String entry, boolean fifo, boolean newest, boolean proven, DeleteVerdict verdict) {
        Entry answer =
                switch (entry) {
                    case "DONE" -> done();
                    case "LAPSED" -> lapsed();
                    case "UNKNOWN" -> unknown();
                    default -> not(QueueAnswer.SERVER_ERROR);
                };

        assertThat(DeleteVerdict.of(answer, fifo, newest, proven)).isEqualTo(verdict);
    }

    @Test
    void aDeleteOfAnOlderHandleSaysNothingAboutTheNewerOne() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange older = rig.change();
        rig.receive("a");
        rig.done(older);

        assertThat(rig.figures().held()).isEqualTo(1);
        assertThat(rig.change().handles).containsExactly("a#2");
    }

    @Test
    void aHandleThatHadLapsedProvesNothingOnAStandardQueue() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);

        rig.done(delete);

        assertThat(rig.figures().resting()).isEqualTo(1);
        rig.receive("b");
        assertThat(rig.poll()).as("its slot is not free").containsExactly("b@1.1");
        rig.receive("a");
        assertThat(rig.poll()).isEmpty();
        assertThat(rig.change().handles).as("the newer handle").containsExactly("a#2");
    }

    @Test
    void aFifoQueueRefusesWhatHasLapsedSoDoneIsDone() {
        CustodyRig rig = produced(FIFO, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);

        rig.done(delete);

        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void aSlotRestsForTwiceTheVisibilityAndUntilAReceiveOfItsEndWasAnswered() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);
        rig.done(delete);

        rig.advance(Duration.ofSeconds(119));
        rig.receive();
        rig.advance(Duration.ofSeconds(122));
        rig.custody.nextChange(rig.nanos);
        assertThat(rig.figures().resting())
                .as("nobody asked when it could have come")
                .isEqualTo(1);
        ReceiveOrder open = rig.order();
        rig.receive();
        assertThat(rig.figures().resting()).isZero();
        rig.answer(open, "a");
        assertThat(rig.poll()).as("it is still known").isEmpty();
    }

    @Test
    void aRestDoesNotEndWhileAReceiveIsOpenThatMayHaveIt() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);
        rig.done(delete);
        rig.advance(Duration.ofSeconds(239));
        ReceiveOrder open = rig.order();
        rig.receive();
        rig.advance(Duration.ofSeconds(2));
        rig.receive();
        assertThat(rig.figures().resting()).isEqualTo(1);

        rig.answer(open);

        assertThat(rig.figures().resting()).isZero();
    }

    @Test
    void aReceiveThatIsLostLateProlongsTheRest() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);
        rig.done(delete);
        rig.advance(Duration.ofSeconds(200));
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(60));
        rig.receive();
        assertThat(rig.figures().resting()).as("it may be hidden, and come").isEqualTo(1);

        rig.advance(Duration.ofSeconds(61));
        rig.receive();

        assertThat(rig.figures().resting()).isZero();
    }

    @Test
    void aMessageThatComesWithAnOlderHandleWhileItsSlotRestsBeginsTheRestAnew() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);
        rig.done(delete);
        rig.advance(Duration.ofSeconds(200));
        rig.answer(rig.order(), java.util.List.of(rig.message("a", 0)));
        rig.advance(Duration.ofSeconds(100));
        rig.receive();

        assertThat(rig.figures().resting()).isEqualTo(1);
    }

    @Test
    void aReceiveThatWasLostSinceProvesNothingEither() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);

        rig.done(rig.change());

        assertThat(rig.figures().resting()).isEqualTo(1);
        rig.advance(REST);
        rig.custody.nextChange(rig.nanos);
        assertThat(rig.figures().resting()).as("only a copy could come").isZero();
    }

    /** Else its slot would be given out while it is in the queue. */
    @Test
    void whatComesAgainDoesNotRestAnyMore() {
        for (boolean lost : new boolean[] {true, false}) {
            CustodyRig rig = produced(STANDARD, "a");
            HandleChange delete = rig.change();
            if (lost) {
                rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);
                rig.done(delete);
                rig.advance(Duration.ofSeconds(1));
            } else {
                rig.advance(LAPSE);
                rig.done(delete);
            }
            rig.receive("a");

            assertThat(rig.figures().resting()).isZero();
            assertThat(rig.figures().deletesDue()).isEqualTo(1);
        }
    }

    @Test
    void whatComesWithAnOlderHandleMayComeAgainAlthoughItsDeleteWasInTime() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);
        rig.done(delete);
        rig.advance(Duration.ofSeconds(1));
        rig.answer(rig.order(), java.util.List.of(rig.message("a", 0)));
        assertThat(rig.figures().resting()).isEqualTo(1);
        rig.advance(REST);
        rig.custody.nextChange(rig.nanos);

        assertThat(rig.figures().resting()).as("nobody has asked").isEqualTo(1);
    }

    @Test
    void aRestIsNotShortenedByAReceiveOfItsSecondHalf() {
        CustodyRig rig = produced(STANDARD, "a");
        HandleChange delete = rig.change();
        rig.advance(LAPSE);
        rig.done(delete);
        rig.advance(Duration.ofSeconds(150));
        rig.receive();
        assertThat(rig.figures().resting()).isEqualTo(1);
        rig.advance(Duration.ofSeconds(91));
        rig.custody.nextChange(rig.nanos);

        assertThat(rig.figures().resting()).isZero();
    }

    @Test
    void aReceiveThatWasLostBeforeDoesNotMatter() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        rig.receive("a");
        rig.poll();
        rig.confirm("a");
        rig.done(rig.change());

        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void aReceiveThatCertainlyHadNoEffectDoesNotMatter() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.receiveFails(rig.order(), QueueAnswer.THROTTLED);
        rig.done(rig.change());

        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void aHandleThatTheFifoQueueRefusesIsNotTriedAgain() {
        CustodyRig rig = produced(FIFO, "a/1", "a/2");
        rig.answer(rig.change(), lapsed(), done());

        assertThat(rig.figures().awaitingHandle()).isEqualTo(1);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.receive("a/1");
        assertThat(rig.figures().awaitingHandle()).isZero();
        HandleChange newer = rig.change();
        assertThat(newer.handles).containsExactly("1#2");
        rig.done(newer);
        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void whatWaitsForANewerHandleDoesNotBlockItsGroup() {
        CustodyRig rig = produced(FIFO, "a/1", "a/2");
        rig.answer(rig.change(), lapsed(), not(QueueAnswer.SERVER_ERROR));
        rig.advance(Duration.ofSeconds(1));

        assertThat(rig.change().handles).containsExactly("2#1");
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownHandleMayHaveANewerOne(ModelSqs.Kind kind) {
        CustodyRig rig = produced(kind == ModelSqs.Kind.FIFO ? FIFO : STANDARD, "a");
        rig.answer(rig.change(), unknown());

        assertThat(rig.figures().resting()).isEqualTo(1);
    }

    @Test
    void aRefusedHandleOfAStandardQueueRests() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.answer(rig.change(), lapsed());

        assertThat(rig.figures().resting()).isEqualTo(1);
    }

    // ------------------------------------------------------------------ when it is over

    @Test
    void whoMayNotDeleteIsToldAtTheSecondTime() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.changeFails(rig.change(), QueueAnswer.DENIED);
        rig.advance(Duration.ofSeconds(1));
        rig.answer(rig.change(), not(QueueAnswer.DENIED));

        CustodyStop stop = rig.custody.failure();
        assertThat(stop).isNotNull();
        assertThat(stop.why()).isEqualTo(Why.DENIED);
        assertThat(stop.action()).isEqualTo("sqs:DeleteMessage");
        assertThat(stop.code()).isEqualTo("DENIED");
        rig.advance(Duration.ofMinutes(5));
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void denialsWithASuccessBetweenAreNoTwoInARow() {
        CustodyRig rig = produced(STANDARD, "a", "b");
        rig.changeFails(rig.change(), QueueAnswer.DENIED);
        rig.advance(Duration.ofSeconds(1));
        rig.done(rig.change());
        rig.receive("c");
        rig.poll();
        rig.confirm("c");
        rig.changeFails(rig.change(), QueueAnswer.DENIED);

        assertThat(rig.custody.failure()).isNull();
    }

    /** A queue that has stopped because a record was dropped goes on deleting, and did so without a pause. */
    @Test
    void deletesThatAreDeniedPauseAlsoBehindAnotherStop() {
        CustodyRig rig = new CustodyRig(STANDARD);
        rig.receive("a", "b");
        rig.poll();
        rig.custody.dropped("a");
        rig.confirm("b");
        for (int i = 0; i < 3; i++) {
            rig.changeFails(rig.change(), QueueAnswer.DENIED);
            assertThat(rig.custody.changeWithin(rig.nanos))
                    .as("after " + (i + 1))
                    .isPositive();
            rig.advance(Duration.ofMinutes(1));
        }
    }

    @Test
    void aQueueThatIsGoneStopsAtOnce() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.changeFails(rig.change(), QueueAnswer.MISSING);

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.MISSING);
        rig.advance(Duration.ofMinutes(5));
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
    }

    @Test
    void aQueueThatIsGoneForTheReceiverHasNothingToDelete() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.receiveFails(rig.order(), QueueAnswer.MISSING);

        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
    }

    @Test
    void whoMayNotReceiveMayStillDelete() {
        CustodyRig rig = produced(STANDARD, "a");
        rig.receiveFails(rig.order(), QueueAnswer.DENIED);
        rig.advance(Duration.ofSeconds(1));
        rig.receiveFails(rig.order(), QueueAnswer.DENIED);

        assertThat(rig.custody.failure()).isNotNull();
        assertThat(rig.change().kind).isEqualTo(Kind.DELETE);
    }

    @Test
    void fiveAnswersThatAreNotSqssStop() {
        CustodyRig rig = produced(STANDARD, "a");
        for (int i = 0; i < 5; i++) {
            assertThat(rig.custody.failure()).isNull();
            rig.changeFails(rig.change(), QueueAnswer.SENSELESS);
            rig.advance(Duration.ofSeconds(2));
        }

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.SENSELESS);
    }

    @Test
    void theLedgerIsStuckWhenNothingMoreCanBeHeldAndNoDeleteSucceeds() {
        CustodyRig rig = produced(with(with(STANDARD, 20), Duration.ofMinutes(1)), names(0, 20));
        for (int i = 0; i < 6; i++) {
            rig.changeFails(rig.change(), QueueAnswer.SERVER_ERROR);
            rig.advance(Duration.ofSeconds(9));
            assertThat(rig.custody.failure()).isNull();
        }
        assertThat(rig.figures().stuckFor()).isEqualTo(Duration.ofSeconds(54).toNanos());
        rig.advance(Duration.ofSeconds(7));
        rig.poll();

        CustodyStop stop = rig.custody.failure();
        assertThat(stop).isNotNull();
        assertThat(stop.why()).isEqualTo(Why.LEDGER_STUCK);
        assertThat(stop.action()).isEqualTo("sqs:DeleteMessage");
        assertThat(stop.code()).isEqualTo("SERVER_ERROR");
    }

    /** Purged, say: none of them comes again, and no delete is due that could fail. */
    @Test
    void theLedgerIsStuckTooWhenAllWaitForANewerHandle() {
        CustodyRig rig = produced(with(with(FIFO, 10), Duration.ofMinutes(1)), names(0, 10));
        rig.answer(rig.change(), java.util.Collections.nCopies(10, lapsed()).toArray(Entry[]::new));
        assertThat(rig.figures().deletesDue()).isZero();
        rig.poll();
        rig.advance(Duration.ofSeconds(61));
        rig.poll();

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.LEDGER_STUCK);
        assertThat(rig.custody.failure()).extracting(CustodyStop::code).isEqualTo("InvalidParameterValue");
    }

    @Test
    void theStopSaysWhatSqsSaidOfSingleMessages() {
        CustodyRig rig = produced(with(with(STANDARD, 10), Duration.ofMinutes(1)), names(0, 10));
        rig.answer(
                rig.change(),
                java.util.Collections.nCopies(10, not(QueueAnswer.SERVER_ERROR)).toArray(Entry[]::new));
        rig.poll();
        rig.advance(Duration.ofSeconds(61));
        rig.poll();

        assertThat(rig.custody.failure()).extracting(CustodyStop::code).isEqualTo("SERVER_ERROR");
    }

    @Test
    void theLedgerIsNotStuckWhileASlotRests() {
        CustodyRig rig = produced(with(with(STANDARD, 10), Duration.ofMinutes(1)), names(0, 10));
        Entry[] entries =
                java.util.Collections.nCopies(10, not(QueueAnswer.SERVER_ERROR)).toArray(Entry[]::new);
        entries[0] = lapsed();
        rig.answer(rig.change(), entries);
        rig.poll();
        rig.advance(Duration.ofSeconds(61));
        rig.poll();

        assertThat(rig.custody.failure()).as("its slot is free in a while").isNull();
    }

    @Test
    void aDeleteOfWhatTheLedgerNamesIsASuccessToo() {
        CustodyRig rig = new CustodyRig(with(with(STANDARD, 10), Duration.ofMinutes(1)), CustodyRig.ledger(3, "known"));
        rig.receive(names(0, 9));
        rig.poll();
        rig.confirm(names(0, 9));
        rig.receive("m9", "known");
        rig.poll();
        rig.confirm("m9");
        HandleChange delete = rig.change();
        assertThat(delete.handles).endsWith("known#1");
        rig.advance(Duration.ofSeconds(50));
        Entry[] entries =
                java.util.Collections.nCopies(10, not(QueueAnswer.SERVER_ERROR)).toArray(Entry[]::new);
        entries[9] = done();
        rig.answer(delete, entries);
        rig.advance(Duration.ofSeconds(55));
        rig.poll();

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void aDeleteThatSucceedsMakesTheLedgersTimeBeginAnew() {
        CustodyRig rig = produced(with(with(FIFO, 20), Duration.ofMinutes(1)), names(0, 20));
        rig.advance(Duration.ofSeconds(50));
        rig.poll();
        HandleChange delete = rig.change();
        rig.answer(
                delete, done(), lapsed(), lapsed(), lapsed(), lapsed(), lapsed(), lapsed(), lapsed(), lapsed(),
                lapsed());
        rig.receive("more");
        rig.advance(Duration.ofSeconds(59));
        rig.poll();

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void theLedgerIsNotStuckWhileThereIsRoomOrKafkaIsSlowOrItIsToBeTriedForEver() {
        CustodyRig room = produced(with(with(STANDARD, 20), Duration.ofMinutes(1)), names(0, 19));
        CustodyRig slow = CustodyRig.warm(with(with(STANDARD, 20), Duration.ofMinutes(1)));
        slow.receive(names(0, 10));
        slow.receive(names(10, 20));
        CustodyRig forEver = produced(with(STANDARD, 20), names(0, 20));
        for (CustodyRig rig : java.util.List.of(room, slow, forEver)) {
            rig.poll();
            rig.advance(Duration.ofHours(1));
            rig.poll();

            assertThat(rig.custody.failure()).isNull();
        }
        assertThat(forEver.figures().stuckFor()).isEqualTo(Duration.ofHours(1).toNanos());
        assertThat(slow.figures().stuckFor()).isZero();
    }
}
