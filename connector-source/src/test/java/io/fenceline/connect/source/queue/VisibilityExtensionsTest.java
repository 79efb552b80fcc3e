package io.fenceline.connect.source.queue;

import static io.fenceline.connect.source.queue.CustodyRig.FIFO;
import static io.fenceline.connect.source.queue.CustodyRig.HALF;
import static io.fenceline.connect.source.queue.CustodyRig.STANDARD;
import static io.fenceline.connect.source.queue.CustodyRig.done;
import static io.fenceline.connect.source.queue.CustodyRig.lapsed;
import static io.fenceline.connect.source.queue.CustodyRig.not;
import static io.fenceline.connect.source.queue.CustodyRig.unknown;
import static io.fenceline.connect.source.queue.QueueCustodyTest.names;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.source.queue.CustodyStop.Why;
import io.fenceline.connect.source.queue.HandleChange.Kind;
import io.fenceline.sqs.QueueAnswer;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What is kept hidden, and for how long. */
class VisibilityExtensionsTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final CustodyRig rig = CustodyRig.warm(STANDARD);
    private final CustodyRig fifo = CustodyRig.warm(FIFO);

    @Test
    void whatIsHeldIsExtendedWhenHalfOfItsVisibilityIsGone() {
        rig.receive("a");
        rig.poll();
        rig.receive("b");
        rig.advance(HALF);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos)).isEqualTo(SECOND.toNanos());
        rig.advance(SECOND);

        HandleChange extend = rig.change();

        assertThat(extend.kind).isEqualTo(Kind.EXTEND);
        assertThat(extend.visibility).isEqualTo(STANDARD.visibility());
        assertThat(extend.handles).containsExactly("a#1", "b#1");
        assertThat(rig.custody.nextChange(rig.nanos)).as("they are under way").isNull();
        rig.done(extend);
        rig.advance(HALF);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.advance(SECOND);
        assertThat(rig.change().handles).containsExactly("a#1", "b#1");
    }

    @Test
    void tenGoInARequest() {
        rig.receive(names(0, 10));
        rig.receive(names(10, 15));
        rig.advance(Duration.ofSeconds(60));

        assertThat(rig.change().handles).hasSize(10);
        assertThat(rig.change().handles).hasSize(5);
    }

    /** Where extending takes as long as messages are hidden, nothing else was ever done. */
    @Test
    void deletesAndExtensionsTakeTurns() {
        rig.receive(names(0, 10));
        rig.receive(names(10, 20));
        rig.receive(names(20, 30));
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.confirm(names(0, 20));

        assertThat(rig.change().kind).isEqualTo(Kind.EXTEND);
        assertThat(rig.change().kind).isEqualTo(Kind.DELETE);
        assertThat(rig.change().kind).isEqualTo(Kind.EXTEND);
    }

    @Test
    void anExtensionKeepsADeleteOfProof() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.done(rig.change());
        rig.advance(Duration.ofSeconds(59));
        rig.confirm("a");
        HandleChange delete = rig.change();
        rig.advance(Duration.ofSeconds(20));
        rig.done(delete);

        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void anExtensionThatCameTooLateByOurClockDoesNot() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(121));
        rig.done(rig.change());
        rig.confirm("a");
        rig.done(rig.change());

        assertThat(rig.figures().resting()).isEqualTo(1);
    }

    @Test
    void anExtensionOfAnOlderHandleSaysNothing() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        HandleChange older = rig.change();
        rig.receive("a");
        rig.answer(older, unknown());
        rig.advance(HALF);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.advance(SECOND);

        assertThat(rig.change().handles).containsExactly("a#2");
    }

    @Test
    void whileOneIsUnderWayThereIsNoOtherOfTheSameMessage() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        HandleChange older = rig.change();
        rig.receive("a");
        rig.advance(Duration.ofSeconds(60));
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();

        rig.answer(older, unknown());

        assertThat(rig.change().handles).as("the newer handle is due by now").containsExactly("a#2");
    }

    @Test
    void aGroupIsExtendedAsSoonAsOneOfItIsDue() {
        fifo.receive("a/1", "b/2");
        fifo.advance(Duration.ofSeconds(30));
        fifo.receive("a/3", "c/4");
        fifo.advance(Duration.ofSeconds(30));

        assertThat(fifo.change().handles).containsExactly("1#1", "2#1", "3#1");
        assertThat(fifo.custody.nextChange(fifo.nanos)).isNull();
    }

    /** Each request made the members of the one before due again: as many requests as the network bears, for ever. */
    @Test
    void aGroupThatFillsSeveralRequestsIsExtendedOnce() {
        fifo.receive(names(0, 10));
        fifo.receive(names(10, 20));
        fifo.receive(names(20, 25));
        fifo.advance(Duration.ofSeconds(60));
        for (int size : new int[] {10, 10, 5}) {
            HandleChange extend = fifo.change();
            assertThat(extend.handles).hasSize(size);
            fifo.advance(SECOND);
            fifo.done(extend);
        }

        assertThat(fifo.custody.nextChange(fifo.nanos)).isNull();
        fifo.advance(Duration.ofSeconds(57));
        assertThat(fifo.change().handles).as("the next time").hasSize(10);
    }

    @Test
    void whatIsBeingDeletedIsLeftAlone() {
        rig.receive("a", "b");
        rig.poll();
        rig.confirm("a");
        HandleChange delete = rig.change();
        rig.advance(Duration.ofSeconds(60));
        assertThat(rig.change().handles).containsExactly("b#1");

        rig.answer(delete, not(QueueAnswer.SERVER_ERROR));

        HandleChange extend = rig.change();
        assertThat(extend.kind).isEqualTo(Kind.EXTEND);
        assertThat(extend.handles).as("its delete pauses, and it is held").containsExactly("a#1");
    }

    @Test
    void aHandleThatIsWorthNothingIsNotExtendedAgain() {
        rig.receive("a", "b");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.answer(rig.change(), lapsed(), unknown());
        rig.advance(Duration.ofSeconds(100));
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.receive("a");
        rig.advance(Duration.ofSeconds(60));

        assertThat(rig.change().handles).as("a newer one is").containsExactly("a#2");
    }

    @Test
    void norIsItWhenItsDeleteHasFailed() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.answer(rig.change(), lapsed());
        rig.confirm("a");
        rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR));
        rig.advance(SECOND);

        assertThat(rig.change().kind).isEqualTo(Kind.DELETE);
    }

    /** It says that the delete was faster, not that somebody else has the message. */
    @Test
    void aHandleThatIsUnknownBehindItsDeleteTakesNoProofAway() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        HandleChange extend = rig.change();
        rig.confirm("a");
        HandleChange delete = rig.change();
        rig.answer(extend, unknown());
        rig.done(delete);

        assertThat(rig.figures().held()).isZero();
    }

    @Test
    void aNewerHandleIsExtendedLaterAndTheOthersInTime() {
        rig.receive("a", "b");
        rig.advance(Duration.ofSeconds(30));
        rig.receive("a");
        rig.advance(Duration.ofSeconds(30));

        assertThat(rig.change().handles).containsExactly("b#1");
    }

    @Test
    void norDoesItProveADelete() {
        rig.receive("a");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.answer(rig.change(), lapsed());
        rig.confirm("a");
        rig.done(rig.change());

        assertThat(rig.figures().resting()).isEqualTo(1);
    }

    @Test
    void oneThatFailsIsTriedAgainSoon() {
        rig.receive("a", "b");
        rig.advance(Duration.ofSeconds(60));
        rig.answer(rig.change(), not(QueueAnswer.SERVER_ERROR), done());
        rig.advance(Duration.ofMillis(7_499));
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        rig.advance(Duration.ofMillis(1));

        assertThat(rig.change().handles).containsExactly("a#1");
    }

    @Test
    void aRequestThatFailsIsTriedAgainAfterAPause() {
        rig.receive("a");
        rig.advance(Duration.ofSeconds(60));
        rig.changeFails(rig.change(), QueueAnswer.NO_ANSWER);
        assertThat(rig.custody.nextChange(rig.nanos)).isNull();
        assertThat(rig.custody.changeWithin(rig.nanos))
                .isEqualTo(Duration.ofMillis(100).toNanos());
        rig.advance(Duration.ofMillis(100));

        assertThat(rig.change().handles).containsExactly("a#1");
    }

    @Test
    void aRequestThatIsRefusedAsAWholeIsMadeAgainForEachOfItsMessages() {
        rig.receive("a", "b");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));
        HandleChange a = rig.change();
        assertThat(a.handles).containsExactly("a#1");
        rig.changeFails(a, QueueAnswer.REFUSED);
        rig.advance(Duration.ofNanos(rig.custody.changeWithin(rig.nanos)));

        HandleChange b = rig.change();
        assertThat(b.handles).as("the refused one is not the first for ever").containsExactly("b#1");
        rig.done(b);
        rig.advance(Duration.ofMillis(7_500));
        assertThat(rig.change().handles).as("nor given up").containsExactly("a#1");
    }

    @Test
    void whoseHandleSqsTakesGoesWithOthersAgain() {
        rig.receive("a", "b");
        rig.poll();
        rig.advance(Duration.ofSeconds(60));
        rig.changeFails(rig.change(), QueueAnswer.REFUSED);
        rig.advance(Duration.ofMillis(100));
        rig.done(rig.change());
        rig.done(rig.change());
        rig.advance(Duration.ofSeconds(60));

        assertThat(rig.change().handles).containsExactly("a#1", "b#1");
    }

    @Test
    void nothingIsExtendedBeyondTwelveHoursOfItsReceive() {
        rig.receive("a");
        rig.poll();
        int extensions = 0;
        while (rig.custody.changeWithin(rig.nanos) < Long.MAX_VALUE) {
            rig.advance(Duration.ofNanos(rig.custody.changeWithin(rig.nanos)));
            HandleChange change = rig.custody.nextChange(rig.nanos);
            if (change != null) {
                rig.done(change);
                extensions++;
            }
        }

        assertThat(extensions).isEqualTo(12 * 60 - 2);
    }

    @Test
    void whoMayNotExtendIsToldAtTheSecondTime() {
        rig.receive("a");
        rig.advance(Duration.ofSeconds(60));
        rig.changeFails(rig.change(), QueueAnswer.DENIED);
        rig.advance(SECOND);
        rig.changeFails(rig.change(), QueueAnswer.DENIED);

        CustodyStop stop = rig.custody.failure();
        assertThat(stop).isNotNull();
        assertThat(stop.why()).isEqualTo(Why.DENIED);
        assertThat(stop.action()).isEqualTo("sqs:ChangeMessageVisibility");
    }
}
