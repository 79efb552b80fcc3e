package io.fenceline.connect.source.queue;

import static io.fenceline.connect.source.queue.CustodyRig.FIFO;
import static io.fenceline.connect.source.queue.CustodyRig.LAPSE;
import static io.fenceline.connect.source.queue.CustodyRig.STANDARD;
import static io.fenceline.connect.source.queue.CustodyRig.ledger;
import static io.fenceline.connect.source.queue.CustodyRig.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of a message that is received, for the first time and again, and of one whose record is dropped. */
class QueueCustodyTest {

    private final CustodyRig rig = new CustodyRig(STANDARD);

    static String[] names(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).toArray(String[]::new);
    }

    // ------------------------------------------------------------------ received

    @Test
    void messagesAreHandedOverInTheOrderOfTheAnswer() {
        rig.receive("b", "a", "c");

        assertThat(rig.poll()).containsExactly("b@1.0", "a@1.1", "c@1.2");
        assertThat(rig.poll()).isEmpty();
    }

    @Test
    void onlyWhatSqsPutsOffCountsAsThrottled() {
        rig.receiveFails(rig.order(), QueueAnswer.THROTTLED);
        rig.advance(LAPSE);
        rig.receiveFails(rig.order(), QueueAnswer.OVER_LIMIT);
        rig.advance(LAPSE);
        rig.receiveFails(rig.order(), QueueAnswer.NO_ANSWER);

        assertThat(rig.counters.receivesFailed.sum()).isEqualTo(3);
        assertThat(rig.counters.throttled.sum()).isEqualTo(2);
    }

    @Test
    void eachStartWritesIntoTheAreaBehindThatOfTheOneBefore() {
        for (int last = 0; last < 9; last++) {
            CustodyRig start = new CustodyRig(STANDARD, ledger(last));
            start.receive("a");

            assertThat(start.custody.start()).isEqualTo(last + 1);
            assertThat(start.poll()).containsExactly("a@" + (last + 1) % 4 + ".0");
        }
    }

    @Test
    void theLowestFreeSlotIsTakenFirst() {
        rig.receive("a", "b", "c");
        rig.poll();
        rig.confirm("b");
        rig.done(rig.change());
        rig.confirm("a");
        rig.done(rig.change());

        rig.receive("d", "e", "f");

        assertThat(rig.poll()).containsExactly("d@1.0", "e@1.1", "f@1.3");
    }

    @Test
    void aMessageThatTheLedgerNamesIsDeletedAndNotHandedOver() {
        CustodyRig start = new CustodyRig(STANDARD, ledger(7, "a"));

        start.receive("a", "b");

        assertThat(start.poll()).containsExactly("b@0.0");
        HandleChange change = start.change();
        assertThat(change.kind).isEqualTo(Kind.DELETE);
        assertThat(change.handles).containsExactly("a#1");
    }

    @Test
    void aMessageThatTheLedgerNamesIsKnownHoweverOftenItComes() {
        CustodyRig start = new CustodyRig(STANDARD, ledger(7, "a"));
        for (int i = 1; i <= 3; i++) {
            start.receive("a");
            HandleChange change = start.change();
            assertThat(change.handles).containsExactly("a#" + i);
            start.answer(change, CustodyRig.lapsed());
            start.advance(LAPSE);
        }

        assertThat(start.poll()).isEmpty();
        assertThat(start.figures().held()).isZero();
    }

    @Test
    void whatTheLedgerNamesBlocksNoSlot() {
        CustodyRig start = new CustodyRig(with(STANDARD, 10), ledger(3, names(0, 4_000)));

        start.receive(names(5_000, 5_010));

        assertThat(start.poll()).hasSize(10).startsWith("m5000@0.0").endsWith("m5009@0.9");
    }

    /** They come first after a start, and while deletes fail nothing else would ever be received. */
    @Test
    void whatTheLedgerNamesTakesNoRoomWhileItCannotBeDeleted() {
        CustodyRig start = new CustodyRig(with(STANDARD, 10), ledger(3, names(0, 10)));
        start.receive(names(0, 10));
        start.changeFails(start.change(), QueueAnswer.SERVER_ERROR);

        start.receive(names(20, 30));

        assertThat(start.poll()).hasSize(10);
        assertThat(start.figures().deletesDue()).isEqualTo(10);
    }

    /** Else each would be received once more in every visibility timeout, up to the queue's maxReceiveCount. */
    @Test
    void whatTheLedgerNamesStaysHiddenWhileItCannotBeDeleted() {
        CustodyRig start = new CustodyRig(STANDARD, ledger(3, "a"));
        start.receive("a");
        start.changeFails(start.change(), QueueAnswer.SERVER_ERROR);

        start.advance(LAPSE.dividedBy(2));

        assertThat(start.change().kind).isEqualTo(Kind.EXTEND);
    }

    @Test
    void theRoomOfWhatTheLedgerNamesIsNotCountedTwiceWhenItIsDeleted() {
        CustodyRig start = new CustodyRig(with(STANDARD, 10), ledger(3, "a"));
        start.receive("a");
        start.done(start.change());
        start.receive(names(0, 10));

        assertThat(start.custody.nextReceive(start.nanos)).as("ten are held").isNull();
    }

    @Test
    void aHeldMessageThatComesAgainIsNotHandedOverAgain() {
        rig.receive("a");
        rig.receive("a");
        assertThat(rig.poll()).containsExactly("a@1.0");
        rig.receive("a");

        assertThat(rig.poll()).isEmpty();
        assertThat(rig.counters.redelivered.sum()).isEqualTo(2);
    }

    @Test
    void itIsDeletedWithTheNewestHandle() {
        rig.receive("a");
        rig.poll();
        rig.receive("a");
        rig.confirm("a");

        assertThat(rig.change().handles).containsExactly("a#2");
    }

    @Test
    void anAnswerThatComesLateDoesNotBringAnOlderHandle() {
        CustodyRig warm = CustodyRig.warm(STANDARD);
        ReceiveOrder first = warm.order();
        ReceiveOrder second = warm.order();
        warm.answer(second, List.of(warm.message("a", 2)));
        warm.answer(first, List.of(warm.message("a", 1)));
        warm.poll();
        warm.confirm("a");

        assertThat(warm.change().handles).containsExactly("a#2");
    }

    @Test
    void ofTwoHandlesWithOneCountThatOfTheLaterRequestIsNewer() {
        CustodyRig warm = CustodyRig.warm(STANDARD);
        ReceiveOrder first = warm.order();
        ReceiveOrder second = warm.order();
        warm.answer(second, List.of(warm.message("a", 1)));
        warm.answer(
                first,
                List.of(new io.fenceline.sqs.ReceivedMessage("a", "older", "b", List.of(), null, null, null, 1)));
        warm.poll();
        warm.confirm("a");

        assertThat(warm.change().handles).containsExactly("a#1");
    }

    @Test
    void whatWaitsIsGivenBackInOrderWhenTheTaskStops() {
        rig.receive("a", "b", "c");
        rig.custody.polled(rig.nanos);
        rig.custody.handOver();

        rig.custody.giveBackWaiting();

        HandleChange change = rig.change();
        assertThat(change.kind).isEqualTo(Kind.GIVE_BACK);
        assertThat(change.visibility).isZero();
        assertThat(change.handles).containsExactly("b#1", "c#1");
        assertThat(rig.figures().held()).isEqualTo(1);
        assertThat(rig.budget.used()).isZero();
    }

    /** By the time of its newest handle, which has been extended; what has lapsed is visible anyway. */
    @Test
    void onlyWhatIsStillHiddenIsGivenBack() {
        rig.receive("a", "b");
        rig.advance(Duration.ofSeconds(60));
        rig.answer(rig.change(), CustodyRig.done(), CustodyRig.not(QueueAnswer.SERVER_ERROR));
        rig.freeze(Duration.ofSeconds(80));

        rig.custody.giveBackWaiting();

        assertThat(rig.change().handles).containsExactly("a#1");
    }

    @Test
    void aReceiveThatEndsAfterThatGivesBackWhatItBrings() {
        ReceiveOrder late = rig.order();
        rig.custody.giveBackWaiting();

        rig.answer(late, "a", "b");

        assertThat(rig.poll()).isEmpty();
        assertThat(rig.change().handles).containsExactly("a#1", "b#1");
    }

    @Test
    void whatNeverBecameARecordIsGivenBack() {
        rig.receive("a", "b");
        rig.poll();

        rig.custody.takeBack("b");

        assertThat(rig.change().handles).containsExactly("b#1");
        assertThat(rig.figures().unconfirmed()).isEqualTo(1);
    }

    @Test
    void aStartWhoseEntriesAreNoProofWritesWhereNobodyReads() {
        CustodyRig start = new CustodyRig(STANDARD, RecoveredLedger.UNREAD);
        start.receive("a");

        assertThat(start.poll()).containsExactly("a@4.0");
    }

    @Test
    void bodiesAreLetGoWhenTheyAreHandedOver() {
        rig.bodyLength = 1_000;
        rig.receive("a", "b");
        assertThat(rig.figures().waitingBytes()).isEqualTo(2_000);
        assertThat(rig.budget.used()).isEqualTo(2_000);

        rig.poll();

        assertThat(rig.figures().waitingBytes()).isZero();
        assertThat(rig.budget.used()).isZero();
        assertThat(rig.custody.held.values()).allMatch(holding -> holding.waiting == null);
    }

    // ------------------------------------------------------------------ confirmed and deleted

    @Test
    void nothingIsDeletedBeforeKafkaHasIt() {
        rig.receive("a", "b");
        rig.poll();

        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.confirm("b");
        assertThat(rig.change().handles).containsExactly("b#1");
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
    }

    @Test
    void aDeletedMessageThatComesAgainIsDeletedAgain() {
        rig.receive("a");
        rig.poll();
        rig.confirm("a");
        rig.done(rig.change());
        assertThat(rig.figures().held()).isZero();

        rig.receive("a");

        assertThat(rig.poll()).isEmpty();
        assertThat(rig.change().handles).containsExactly("a#2");
    }

    @Test
    void theLastHundredThousandDeletedAreKnown() {
        KnownIds known = new KnownIds(java.util.Set.of("recovered"));
        known.addDeleted("recovered");
        IntStream.range(0, KnownIds.MOST_DELETED).forEach(i -> known.addDeleted("d" + i));
        assertThat(known.contains("d0")).isTrue();

        known.addDeleted("one more");

        assertThat(known.contains("d0")).isFalse();
        assertThat(known.contains("d1")).isTrue();
        known.addDeleted("d1");
        known.addDeleted("and one");
        assertThat(known.contains("d1")).as("it came again of late").isTrue();
        assertThat(known.contains("d2")).isFalse();
        assertThat(known.contains("recovered")).isTrue();
        assertThat(known.deleted).as("nor does it take the place of another").doesNotContain("recovered");
        assertThat(known.deleted).hasSize(KnownIds.MOST_DELETED);
    }

    // ------------------------------------------------------------------ dropped

    @Test
    void aDroppedRecordStopsTheQueueByName() {
        rig.receive("a", "b", "c");
        rig.poll();
        rig.confirm("a");
        rig.custody.dropped("b");

        CustodyStop stop = rig.custody.failure();
        assertThat(stop).isNotNull();
        assertThat(stop.why()).isEqualTo(Why.UNCONFIRMED);
        assertThat(stop.messageId()).isEqualTo("b");
    }

    @Test
    void whatComesBehindAStopIsGivenBack() {
        rig.receive("a");
        rig.poll();
        ReceiveOrder open = rig.order();
        rig.custody.dropped("a");

        rig.answer(open, "b");

        assertThat(rig.figures().waiting()).isZero();
        assertThat(rig.change().handles).containsExactly("b#1");
    }

    @Test
    void behindThatStopWhatKafkaHasIsStillDeletedAndNothingElseHappens() {
        rig.receive("a", "b");
        rig.poll();
        rig.receive("c");
        rig.custody.dropped("b");
        rig.confirm("a");

        assertThat(rig.change().handles).containsExactly("a#1");
        assertThat(rig.custody.isReady()).isFalse();
        assertThat(rig.custody.nextReceive(rig.nanos)).isNull();
        rig.advance(Duration.ofSeconds(100));
        assertThat(rig.custody.nextChange(rig.nanos))
                .as("nothing is kept hidden")
                .isNull();
        assertThat(rig.custody.receiveWithin(rig.nanos)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void aWordThatComesLateCountsUnderFail() {
        rig.receive("a");
        rig.poll();
        rig.custody.dropped("a");

        rig.confirm("a");

        assertThat(rig.change().handles).containsExactly("a#1");
        assertThat(rig.custody.failure()).isNotNull();
    }

    @Test
    void aDroppedRecordIsDeletedAndForgottenIfThatIsThePolicy() {
        CustodyRig deletes = new CustodyRig(with(STANDARD, OnUnconfirmed.DELETE));
        deletes.receive("a");
        deletes.poll();
        deletes.custody.dropped("a");

        deletes.receive("b");
        assertThat(deletes.poll()).as("the slot was never written").containsExactly("b@1.0");
        HandleChange change = deletes.change();
        assertThat(change.handles).containsExactly("a#1");
        deletes.done(change);

        deletes.receive("a");
        assertThat(deletes.poll())
                .as("nobody has it, so it is handed over again")
                .containsExactly("a@1.1");
    }

    @Test
    void aRecordThatIsDroppedWithoutAWordIsDroppedOnce() {
        CustodyRig deletes = new CustodyRig(with(STANDARD, OnUnconfirmed.DELETE));
        deletes.receive("a");
        for (int i = 0; i < 5; i++) {
            deletes.poll();
            deletes.custody.committed();
        }

        assertThat(deletes.counters.unconfirmed.sum()).isEqualTo(1);
        assertThat(deletes.figures().deletesDue()).isEqualTo(1);
    }

    @Test
    void aWordThatComesLateChangesNothingUnderDelete() {
        CustodyRig deletes = new CustodyRig(with(STANDARD, OnUnconfirmed.DELETE));
        deletes.receive("a");
        deletes.poll();
        deletes.custody.dropped("a");
        deletes.confirm("a");
        deletes.done(deletes.change());

        assertThat(deletes.custody.nextChange(deletes.nanos)).isNull();
        deletes.confirm("a");
        deletes.custody.dropped("a");
        deletes.receive("a");
        assertThat(deletes.poll()).containsExactly("a@1.0");
    }

    @Test
    void aDroppedRecordIsForgottenAtOnceIfItIsToBeKept() {
        CustodyRig keeps = new CustodyRig(with(STANDARD, OnUnconfirmed.KEEP));
        keeps.receive("a");
        keeps.poll();
        keeps.custody.dropped("a");
        assertThat(keeps.figures().held()).isZero();
        keeps.advance(Duration.ofSeconds(100));
        assertThat(keeps.custody.nextChange(keeps.nanos))
                .as("neither deleted nor kept hidden")
                .isNull();

        keeps.receive("a");

        assertThat(keeps.poll()).containsExactly("a@1.0");
    }

    @Test
    void aWordThatComesLateCountsUnderKeep() {
        CustodyRig keeps = new CustodyRig(with(STANDARD, OnUnconfirmed.KEEP));
        keeps.receive("a", "b");
        keeps.poll();
        keeps.custody.dropped("a");
        keeps.confirm("a");

        keeps.receive("a");

        assertThat(keeps.poll()).isEmpty();
        assertThat(keeps.change().handles).containsExactly("a#2");
    }

    @Test
    void aWordThatComesLateTakesBackWhatWaitsAgain() {
        CustodyRig keeps = new CustodyRig(with(STANDARD, OnUnconfirmed.KEEP));
        keeps.receive("a");
        keeps.poll();
        keeps.custody.dropped("a");
        keeps.receive("a", "b");

        keeps.confirm("a");

        assertThat(keeps.poll()).containsExactly("b@1.1");
        assertThat(keeps.change().handles).containsExactly("a#2");
        assertThat(keeps.figures().waiting()).isZero();
        assertThat(keeps.budget.used()).isZero();
    }

    @Test
    void theWordOfADropBehindAConfirmationChangesNothing() {
        rig.receive("a");
        rig.poll();
        rig.confirm("a");
        rig.custody.dropped("a");
        rig.custody.dropped("never heard of");

        assertThat(rig.custody.failure()).isNull();
    }

    // ------------------------------------------------------------------ dropped without a word

    @Test
    void aRecordWithoutAnAnswerCountsAsDroppedWhenAPollAndACommitHaveGoneBy() {
        rig.receive("a");
        rig.poll();
        rig.custody.committed();
        rig.poll();
        assertThat(rig.custody.failure())
                .as("it was handed over in the last poll")
                .isNull();
        rig.custody.committed();
        rig.poll();

        assertThat(rig.custody.failure()).isEqualTo(CustodyStop.unconfirmed("a"));
    }

    @Test
    void withoutACommitSinceTheLastPollItDoesNot() {
        rig.receive("a");
        rig.poll();
        rig.custody.committed();
        for (int i = 0; i < 5; i++) {
            rig.poll();
        }

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void aCommitInTheMiddleOfABatchDoesNotDropItsRest() {
        rig.receive("a", "b");
        rig.poll();
        rig.confirm("a");
        rig.custody.committed();
        rig.poll();
        rig.confirm("b");
        rig.custody.committed();
        rig.poll();

        assertThat(rig.custody.failure()).isNull();
    }

    @Test
    void onlyWhatHasNoAnswerIsDropped() {
        rig.receive("a", "b", "c");
        rig.poll();
        rig.confirm("a", "c");
        rig.custody.committed();
        rig.receive("d");
        rig.poll();
        rig.custody.committed();
        rig.poll();

        assertThat(rig.custody.failure()).isEqualTo(CustodyStop.unconfirmed("b"));
        assertThat(rig.counters.unconfirmed.sum()).isEqualTo(1);
    }

    @Test
    void whatKafkaHasIsNotTakenBack() {
        rig.receive("a");
        rig.poll();
        rig.confirm("a");

        rig.custody.takeBack("a");

        assertThat(rig.change().kind).isEqualTo(Kind.DELETE);
    }

    @Test
    void aGroupIsRememberedAsLongAsOneOfItIsHeld() {
        CustodyRig fifo = new CustodyRig(FIFO);
        fifo.receive("x/1", "x/2");
        fifo.poll();
        fifo.confirm("1");
        fifo.done(fifo.change());
        assertThat(fifo.custody.groups.get("x").members).hasSize(1);

        fifo.confirm("2");
        fifo.done(fifo.change());

        assertThat(fifo.custody.groups).isEmpty();
    }

    @Test
    void aMessageOfAFifoQueueThatTheLedgerNamesKeepsNoPlaceWhenItsHandleLapses() {
        CustodyRig start = new CustodyRig(FIFO, ledger(7, "a"));
        start.receive("a");

        start.answer(start.change(), CustodyRig.lapsed());

        assertThat(start.figures().held()).isZero();
        assertThat(start.figures().awaitingHandle()).isZero();
    }

    @Test
    void aFifoQueueHandsOverAGroupInTheOrderOfTheAnswer() {
        CustodyRig fifo = new CustodyRig(FIFO);
        fifo.receive("x/1", "y/2", "x/3");

        assertThat(fifo.poll()).containsExactly("1@1.0", "2@1.1", "3@1.2");
    }
}
