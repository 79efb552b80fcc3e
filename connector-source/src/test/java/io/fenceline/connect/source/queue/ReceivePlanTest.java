package io.fenceline.connect.source.queue;

import static io.fenceline.connect.source.queue.CustodyRig.FIFO;
import static io.fenceline.connect.source.queue.CustodyRig.LAPSE;
import static io.fenceline.connect.source.queue.CustodyRig.STANDARD;
import static io.fenceline.connect.source.queue.CustodyRig.lapsed;
import static io.fenceline.connect.source.queue.CustodyRig.with;
import static io.fenceline.connect.source.queue.QueueCustodyTest.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.connect.source.queue.ReceiveOrder.Attempt;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When is received, how much, and what lost receives lead to. */
class ReceivePlanTest {

    // ------------------------------------------------------------------ how much

    @Test
    void beforeTheFirstAnswerOneReceiveIsOpenAndTenMessagesAreHeld() {
        CustodyRig rig = new CustodyRig(STANDARD);
        ReceiveOrder first = rig.order();
        assertThat(first.maxMessages()).isEqualTo(10);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        rig.answer(first, names(0, 8));
        ReceiveOrder second = rig.order();
        assertThat(second.maxMessages()).isEqualTo(2);
        rig.answer(second, names(8, 10));
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        rig.poll();

        rig.confirm("m0");

        for (int i = 0; i < STANDARD.receivers() - 1; i++) {
            assertThat(rig.order().maxMessages()).isEqualTo(10);
        }
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
    }

    @Test
    void nobodyLooksAgainWhileAllReceiversAreOut() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        for (int i = 0; i < STANDARD.receivers(); i++) {
            assertThat(rig.custody.receiveWithin(rig.nanos)).isZero();
            rig.order();
        }

        assertThat(rig.custody.receiveWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void oneReceiveIsOpenThenEvenIfItIsASmallOne() {
        BodyBudget shared = new BodyBudget(10 * 256 << 10);
        CustodyRig rig = new CustodyRig(STANDARD, RecoveredLedger.EMPTY, shared);
        shared.change(9 * 256 << 10);
        assertThat(rig.order().maxMessages()).isEqualTo(1);
        shared.change(-9 * 256 << 10);

        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
    }

    @ParameterizedTest
    @EnumSource(names = {"DELETE", "KEEP"})
    void aDropThatThePolicySettlesIsAnAnswer(OnUnconfirmed policy) {
        CustodyRig rig = new CustodyRig(with(STANDARD, policy));
        rig.receive(names(0, 10));
        rig.poll();
        rig.custody.dropped("m0");

        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void neverAreMoreHeldAndAskedForThanMayBe() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 25));
        rig.receive(names(0, 3));
        ReceiveOrder first = rig.order();
        ReceiveOrder second = rig.order();
        ReceiveOrder third = rig.order();

        assertThat(first.maxMessages()).isEqualTo(10);
        assertThat(second.maxMessages()).isEqualTo(10);
        assertThat(third.maxMessages()).isEqualTo(2);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        rig.answer(second);
        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void whatDeletesAndRestsIsHeld() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 10));
        rig.receive(names(0, 10));
        rig.poll();
        rig.confirm(names(0, 10));
        HandleChange delete = rig.change();
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();

        rig.done(delete);

        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void anAnswerWithMoreThanThereIsRoomForIsGivenBack() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 10));
        rig.receive(names(0, 9));
        rig.receive("x", "y");

        assertThat(rig.figures().held()).isEqualTo(10);
        HandleChange back = rig.change();
        assertThat(back.kind).isEqualTo(Kind.GIVE_BACK);
        assertThat(back.handles).containsExactly("y#1");
    }

    // ------------------------------------------------------------------ memory

    @Test
    void receivingStopsWhereTheMemoryForBodiesEnds() {
        CustodyRig rig = new CustodyRig(STANDARD, RecoveredLedger.EMPTY, new BodyBudget(3_000_000));
        rig.receive("warm");
        rig.poll();
        rig.confirm("warm");
        rig.bodyLength = 500_000;
        rig.receive("a", "b", "c");

        assertThat(rig.order().maxMessages()).as("by the largest of late").isEqualTo(3);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.poll();
        assertThat(rig.custody.receiveWithin(rig.nanos)).as("at once").isZero();
        assertThat(rig.order().maxMessages()).isEqualTo(3);
    }

    @Test
    void theMemoryIsThatOfAllQueues() {
        BodyBudget shared = new BodyBudget(10 * 256 << 10);
        CustodyRig one = new CustodyRig(STANDARD, RecoveredLedger.EMPTY, shared);
        CustodyRig other = new CustodyRig(STANDARD, RecoveredLedger.EMPTY, shared);
        ReceiveOrder order = one.order();

        assertThat(other.custody.nextReceive(other.nanos)).isNull();
        one.receiveFails(order, QueueAnswer.UNREACHABLE);
        assertThat(other.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void aMessageLargerThanTheMemoryComesByItself() {
        CustodyRig rig = new CustodyRig(STANDARD, RecoveredLedger.EMPTY, new BodyBudget(10));

        assertThat(rig.order().maxMessages()).isEqualTo(1);
    }

    @Test
    void smallMessagesMakeUpForALargeOneInTime() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 10_000));
        for (int i = 0; i < 2_000; i++) {
            rig.receive("a" + i);
        }

        assertThat(rig.order().bytes()).isLessThan(2_000);
    }

    // ------------------------------------------------------------------ a task that stands still

    @Test
    void nothingIsReceivedOrKeptHiddenWhenNobodyHasPolledForTwiceTheVisibility() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receive("a");
        rig.freeze(Duration.ofSeconds(240));
        assertThat(rig.custody.receiveWithin(rig.nanos)).isZero();
        assertThat(rig.custody.changeWithin(rig.nanos)).isZero();
        rig.freeze(Duration.ofSeconds(1));

        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
        assertThat(rig.custody.changeWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
        rig.poll();
        assertThat(rig.order().maxMessages()).isEqualTo(10);
        assertThat(rig.change().kind).isEqualTo(Kind.EXTEND);
    }

    @Test
    void deletesGoOnMeanwhile() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receive("a");
        rig.poll();
        rig.freeze(Duration.ofHours(1));
        rig.confirm("a");

        assertThat(rig.change().kind).isEqualTo(Kind.DELETE);
    }

    // ------------------------------------------------------------------ looking for newer handles

    /** Ten that wait for a newer handle, and no room. */
    private static CustodyRig full(CustodyPolicy policy) {
        CustodyRig rig = CustodyRig.warm(with(policy, 10));
        String[] ten = names(0, 10);
        for (int i = 0; i < ten.length; i++) {
            ten[i] = "g" + i + "/" + ten[i];
        }
        rig.receive(ten);
        rig.poll();
        rig.confirm(names(0, 10));
        rig.answer(
                rig.change(), Collections.nCopies(10, lapsed()).toArray(io.fenceline.sqs.HandleOutcome.Entry[]::new));
        return rig;
    }

    @Test
    void withoutRoomOneReceiveAtATimeGoesOnForNewerHandles() {
        CustodyRig rig = full(FIFO);
        ReceiveOrder order = rig.order();
        assertThat(order.maxMessages()).isEqualTo(10);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();

        rig.answer(order, "g3/m3");

        assertThat(rig.change().handles).containsExactly("m3#2");
        assertThat(rig.custody.nextReceive(rig.nanos)).as("slowly").isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofSeconds(30).toNanos());
        rig.advance(Duration.ofSeconds(30));
        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    /** Else a receive that was asked for would have no place for what it brings. */
    @Test
    void whatIsReservedForAnotherReceiveIsNoRoomForWhatNobodyAskedFor() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 10));
        rig.receive(names(0, 10));
        rig.poll();
        rig.confirm(names(0, 10));
        HandleChange delete = rig.change();
        rig.answer(delete, Collections.nCopies(10, lapsed()).toArray(io.fenceline.sqs.HandleOutcome.Entry[]::new));
        ReceiveOrder slow = rig.order();
        rig.receiveFails(slow, QueueAnswer.THROTTLED);
        rig.advance(Duration.ofSeconds(31));
        rig.receive("m0");
        rig.advance(Duration.ofSeconds(31));
        ReceiveOrder looks = rig.order();
        rig.done(rig.change());
        assertThat(rig.order().maxMessages()).isEqualTo(1);

        rig.answer(looks, "x");

        assertThat(rig.change().handles).containsExactly("x#1");
    }

    @Test
    void theEndOfARestIsLookedForAlsoIfNothingIsReceivedUntilThen() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, 10));
        rig.receive(names(0, 9));
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        rig.receive("m9");
        rig.poll();
        rig.confirm(names(0, 10));
        rig.answer(
                rig.change(),
                Collections.nCopies(10, CustodyRig.done()).toArray(io.fenceline.sqs.HandleOutcome.Entry[]::new));
        ReceiveOrder[] open = new ReceiveOrder[1];
        open[0] = rig.order();
        rig.answer(open[0], "x");
        rig.poll();
        assertThat(rig.figures().resting()).isEqualTo(9);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofSeconds(240).toNanos());
    }

    @Test
    void aRestThatWaitsForAnAnswerIsNotLookedForByTheClock() {
        CustodyRig rig = full(STANDARD);
        rig.order();
        rig.advance(Duration.ofSeconds(241));

        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void howeverShortTheVisibilityNewerHandlesAreLookedForOnceASecond() {
        CustodyRig rig = full(new CustodyPolicy(
                true,
                Duration.ofSeconds(1),
                FIFO.waitTime(),
                FIFO.receivers(),
                FIFO.maxHeld(),
                FIFO.retries(),
                FIFO.onUnconfirmed()));
        rig.answer(rig.order());

        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void whileOneThatLooksForNewerHandlesIsOpenThereIsNoOther() {
        CustodyRig rig = full(FIFO);
        ReceiveOrder open = rig.order();
        rig.advance(Duration.ofSeconds(31));
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos))
                .as("its answer decides")
                .isEqualTo(Long.MAX_VALUE);

        rig.answer(open);

        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void whatNobodyKnowsIsGivenBackAndAllBehindItInItsGroup() {
        CustodyRig rig = full(FIFO);
        rig.receive("x/1", "g3/m3", "y/2", "x/3");

        assertThat(rig.poll()).isEmpty();
        HandleChange back = rig.change();
        assertThat(back.kind).isEqualTo(Kind.GIVE_BACK);
        assertThat(back.visibility).isZero();
        assertThat(back.handles).containsExactly("1#1", "2#1", "3#1");
        assertThat(rig.change().handles).containsExactly("m3#2");
    }

    @Test
    void behindOneThatIsGivenBackItsGroupIsToo() {
        CustodyRig rig = CustodyRig.warm(with(FIFO, 10));
        rig.receive("a/1", "b/2", "c/3", "d/4", "e/5", "f/6", "g/7", "h/8");
        rig.receive("x/9", "y/10", "z/11", "x/12");

        assertThat(rig.poll()).endsWith("9@1.8", "10@1.9");
        assertThat(rig.change().handles).containsExactly("11#1", "12#1");
    }

    /**
     * A process that stood still since: the message is visible again and may have been received again, and what is done to it by
     * the older handle would end the time of the newer receive, which a delete then takes for proof.
     */
    @Test
    void whatCouldNotBeGivenBackInTimeIsLeftAlone() {
        CustodyRig rig = full(STANDARD);
        rig.receive("new", "newer");
        rig.freeze(Duration.ofSeconds(90));

        assertThat(rig.custody.changeWithin(rig.nanos)).isZero();
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos))
                .as("nor looked for again")
                .isPositive();
    }

    @Test
    void whatIsStillHiddenForLongEnoughIsGivenBack() {
        CustodyRig rig = full(STANDARD);
        rig.receive("new");
        rig.freeze(Duration.ofSeconds(89));

        assertThat(rig.change().handles).containsExactly("new#1");
    }

    @Test
    void whatIsGivenBackAndFailsComesByItself() {
        CustodyRig rig = full(FIFO);
        rig.receive("x/1");
        rig.changeFails(rig.change(), QueueAnswer.SERVER_ERROR);
        rig.advance(Duration.ofSeconds(20));

        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
    }

    @Test
    void aStandardQueueIsAskedWhileAllItsSlotsRest() {
        CustodyRig rig = full(STANDARD);
        assertThat(rig.figures().resting()).isEqualTo(10);

        rig.receive("m3", "new");

        assertThat(rig.change().handles).containsExactly("new#1");
        assertThat(rig.change().handles).containsExactly("m3#2");
    }

    @Test
    void withoutRoomNothingIsReceivedIfThatDoesNotHelp() {
        CustodyRig rig = CustodyRig.warm(with(FIFO, 10));
        rig.receive(names(0, 10));

        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
    }

    // ------------------------------------------------------------------ lost answers

    private static Attempt attempt(ReceiveOrder order) {
        Attempt attempt = order.attempt();
        if (attempt == null) {
            throw new AssertionError("no attempt id");
        }
        return attempt;
    }

    @Test
    void eachPollOfAFifoQueueHasAnIdOfItsOwn() {
        CustodyRig rig = CustodyRig.warm(FIFO);
        ReceiveOrder one = rig.order();
        ReceiveOrder two = rig.order();
        rig.answer(one);

        assertThat(attempt(one).id())
                .startsWith("start-")
                .isNotEqualTo(attempt(two).id());
        assertThat(attempt(rig.order()).id()).isNotEqualTo(attempt(one).id());
        assertThat(CustodyRig.warm(STANDARD).order().attempt()).isNull();
        assertThat(one.request(FIFO).attemptId()).isEqualTo(attempt(one).id());
        assertThat(one.request(FIFO).visibility()).isEqualTo(FIFO.visibility());
    }

    @Test
    void aPollWhoseAnswerWasLostIsMadeAgainUnderItsId() {
        CustodyRig rig = CustodyRig.warm(FIFO);
        ReceiveOrder lost = rig.order();
        rig.receiveFails(lost, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        ReceiveOrder again = rig.order();

        assertThat(attempt(again).id()).isEqualTo(attempt(lost).id());
        assertThat(again.maxMessages()).isEqualTo(lost.maxMessages());
        assertThat(again.number()).isGreaterThan(lost.number());
        rig.receiveFails(again, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(240));
        assertThat(attempt(rig.order()).id())
                .as("four minutes from its first use")
                .isNotEqualTo(attempt(lost).id());
    }

    @ParameterizedTest
    @EnumSource(names = {"SERVER_ERROR", "THROTTLED", "UNREACHABLE", "REFUSED", "SENSELESS"})
    void onlyAfterALostAnswer(QueueAnswer answer) {
        CustodyRig rig = CustodyRig.warm(FIFO);
        ReceiveOrder failed = rig.order();
        rig.receiveFails(failed, answer);
        rig.advance(Duration.ofSeconds(1));

        assertThat(attempt(rig.order()).id()).isNotEqualTo(attempt(failed).id());
    }

    @Test
    void notIfSomethingWasDeletedOrExtendedSince() {
        CustodyRig rig = CustodyRig.warm(FIFO);
        rig.receive("a");
        rig.poll();
        rig.confirm("a");
        ReceiveOrder lost = rig.order();
        rig.change();
        rig.receiveFails(lost, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));

        assertThat(attempt(rig.order()).id()).isNotEqualTo(attempt(lost).id());
    }

    @Test
    void notIfThereIsNoRoomForAsMuch() {
        CustodyRig rig = CustodyRig.warm(with(FIFO, 12));
        ReceiveOrder lost = rig.order();
        rig.receiveFails(lost, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        ReceiveOrder again = rig.order();
        rig.receiveFails(again, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        rig.custody.receives.lost = null;
        rig.receive(names(0, 5));
        rig.custody.receives.lost = again;

        ReceiveOrder next = rig.order();
        assertThat(next.maxMessages()).isEqualTo(7);
        assertThat(attempt(next).id()).isNotEqualTo(attempt(lost).id());
    }

    // ------------------------------------------------------------------ failures

    @Test
    void theIdOfALostPollIsUsedOnceMoreAndNotForEver() {
        CustodyRig rig = CustodyRig.warm(FIFO);
        ReceiveOrder lost = rig.order();
        rig.receiveFails(lost, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        ReceiveOrder again = rig.order();
        assertThat(attempt(again).id()).isEqualTo(attempt(lost).id());
        rig.answer(again);

        assertThat(attempt(rig.order()).id()).isNotEqualTo(attempt(lost).id());
    }

    @Test
    void notIfThereIsNoMemoryForAsMuchAndNoneIsTaken() {
        BodyBudget shared = new BodyBudget(10 * 256 << 10);
        CustodyRig rig = new CustodyRig(FIFO, RecoveredLedger.EMPTY, shared);
        ReceiveOrder lost = rig.order();
        rig.receiveFails(lost, QueueAnswer.NO_ANSWER);
        rig.advance(Duration.ofSeconds(1));
        shared.change(9 * 256 << 10);
        ReceiveOrder next = rig.order();

        assertThat(next.maxMessages()).isEqualTo(1);
        assertThat(attempt(next).id()).isNotEqualTo(attempt(lost).id());
        assertThat(shared.used()).isEqualTo(10 * 256 << 10);
    }

    @Test
    void whatBeganBeforeASuccessAndFailsBehindItCounts() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        ReceiveOrder one = rig.order();
        ReceiveOrder two = rig.order();
        rig.advance(Duration.ofSeconds(1));
        rig.receiveFails(one, QueueAnswer.UNREACHABLE);
        rig.advance(Duration.ofSeconds(1));
        rig.receive();
        rig.receiveFails(two, QueueAnswer.UNREACHABLE);

        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
    }

    @Test
    void denialsAndAnswersThatAreNotSqssStopOnlyInARow() {
        CustodyRig denied = CustodyRig.warm(STANDARD);
        CustodyRig senseless = CustodyRig.warm(STANDARD);
        CustodyRig between = CustodyRig.warm(STANDARD);
        for (int i = 0; i < 3; i++) {
            fails(denied, QueueAnswer.DENIED);
            fails(denied, QueueAnswer.UNREACHABLE);
            for (int each = 0; each < 4; each++) {
                fails(senseless, QueueAnswer.SENSELESS);
                fails(between, QueueAnswer.SENSELESS);
            }
            fails(senseless, QueueAnswer.UNREACHABLE);
            between.receive();
        }

        assertThat(denied.custody.failure()).isNull();
        assertThat(senseless.custody.failure()).isNull();
        assertThat(between.custody.failure()).isNull();
    }

    private static void fails(CustodyRig rig, QueueAnswer answer) {
        rig.receiveFails(rig.order(), answer);
        rig.advance(Duration.ofMinutes(1));
    }

    @Test
    void throttlingAloneNeverLastsTooLong() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, Duration.ofSeconds(30)));
        for (int i = 0; i < 5; i++) {
            fails(rig, QueueAnswer.THROTTLED);
        }

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void aQueueThatIsGoneStopsAlsoIfAnotherReceiveHasFailedMeanwhile() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        ReceiveOrder one = rig.order();
        ReceiveOrder two = rig.order();
        rig.advance(Duration.ofSeconds(1));
        rig.receiveFails(one, QueueAnswer.UNREACHABLE);
        rig.receiveFails(two, QueueAnswer.MISSING);

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.MISSING);
    }

    @Test
    void afterAFailureThereIsAPause() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receiveFails(rig.order(), QueueAnswer.SERVER_ERROR);

        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.advance(Duration.ofMillis(100));
        assertThat(rig.order().maxMessages()).isEqualTo(10);
    }

    @Test
    void whoMayNotReceiveIsToldAtTheSecondTime() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        ReceiveOrder one = rig.order();
        ReceiveOrder two = rig.order();
        rig.advance(Duration.ofSeconds(1));
        rig.receiveFails(one, QueueAnswer.DENIED);
        rig.receiveFails(two, QueueAnswer.DENIED);
        assertThat(rig.custody.failure())
                .as("both had begun with the credentials of before")
                .isNull();
        rig.advance(Duration.ofSeconds(1));
        rig.receiveFails(rig.order(), QueueAnswer.DENIED);

        CustodyStop stop = rig.custody.failure();
        assertThat(stop).isNotNull();
        assertThat(stop.why()).isEqualTo(Why.DENIED);
        assertThat(stop.action()).isEqualTo("sqs:ReceiveMessage");
    }

    @Test
    void aQueueThatIsGoneStopsAtOnce() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receiveFails(rig.order(), QueueAnswer.MISSING);

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.MISSING);
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
    }

    @Test
    void receivingThatFailsForTheWholeTimeoutStops() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, Duration.ofSeconds(30)));
        for (int i = 0; i < 3; i++) {
            rig.receiveFails(rig.order(), QueueAnswer.UNREACHABLE);
            assertThat(rig.custody.failure()).isNull();
            rig.advance(Duration.ofSeconds(10));
        }
        rig.receiveFails(rig.order(), QueueAnswer.UNREACHABLE);

        assertThat(rig.custody.failure()).extracting(stop -> stop.why()).isEqualTo(Why.EXHAUSTED);
    }

    @Test
    void aSuccessMakesPausesAndTimeBeginAnew() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, Duration.ofSeconds(30)));
        for (int i = 0; i < 3; i++) {
            rig.receiveFails(rig.order(), QueueAnswer.UNREACHABLE);
            rig.advance(Duration.ofNanos(rig.custody.receiveWithin(rig.nanos)));
        }
        rig.receive();
        rig.advance(Duration.ofSeconds(31));

        rig.receiveFails(rig.order(), QueueAnswer.UNREACHABLE);

        assertThat(rig.custody.receiveWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void aSuccessMakesTheTimeBeginAnewAndThrottlingDoesNotCount() {
        CustodyRig rig = CustodyRig.warm(with(STANDARD, Duration.ofSeconds(30)));
        for (int i = 0; i < 10; i++) {
            rig.receiveFails(rig.order(), QueueAnswer.UNREACHABLE);
            rig.advance(Duration.ofSeconds(20));
            rig.receive();
            rig.receiveFails(rig.order(), i % 2 == 0 ? QueueAnswer.THROTTLED : QueueAnswer.OVER_LIMIT);
            rig.advance(Duration.ofSeconds(20));
        }

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void nothingIsGivenOutThatTheTimeDidNotBring() {
        CustodyRig rig = CustodyRig.warm(STANDARD);
        rig.receive("a");
        rig.advance(LAPSE);
        assertThat(rig.custody.receiveWithin(rig.nanos)).isZero();
        assertThat(rig.custody.nextReceive(rig.nanos)).isNotNull();
    }

    @Test
    void aReceiveThatSqsRefusesForWhatItIsStopsTheQueueAfterFiveTimes() {
        CustodyRig rig = new CustodyRig(STANDARD);
        for (int i = 1; i <= 5; i++) {
            assertThat(rig.custody.failure()).as("before " + i).isNull();
            rig.receiveFails(rig.order(), QueueAnswer.REFUSED);
            rig.advance(Duration.ofMinutes(1));
        }

        assertThat(rig.custody.failure()).extracting(CustodyStop::why).isEqualTo(CustodyStop.Why.REFUSED);
    }
}
