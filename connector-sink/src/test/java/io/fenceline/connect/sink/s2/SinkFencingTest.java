package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.ClaimRequest;
import io.fenceline.connect.sink.claim.ClaimRunner;
import io.fenceline.connect.sink.claim.ClaimTiming;
import io.fenceline.connect.sink.claim.ClaimWatch;
import io.fenceline.connect.sink.claim.FenceClaim;
import io.fenceline.connect.sink.lane.AssignmentLease;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.retry.RetrySettings;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two owners, late landings, lost answers, and streams that change under a running task. */
class SinkFencingTest {

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    // ------------------------------------------------------------------ zombies

    @Test
    void f4_aZombieWritesNothingBehindItsSuccessorsFenceAndCommitsNothing() {
        topic.produce(10);
        WorkerModel zombie = rig.running(T0);
        rig.drain(zombie);
        topic.produce(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        zombie.poll();
        rig.settle();

        WorkerModel successor = rig.assigned(T0);
        rig.basin.always(Kind.DATA, null);
        rig.drain(successor);
        int fences = stream.commands();
        zombie.commit();
        assertThat(topic.committed()).as("what it knows to be durable").isEqualTo(10);
        zombie.poll();
        rig.settle();
        zombie.commit();

        assertThat(topic.committed())
                .as("what was durable when the lane was lost")
                .isEqualTo(10);
        assertThat(stream.commands())
                .as("no claim in the call that learns of the loss")
                .isEqualTo(fences);
        zombie.lose(T0);
        topic.produce(5);
        rig.drain(successor);
        successor.commit();
        assertThat(stream.offsets()).isEqualTo(range(0, 25));
        assertThat(topic.committed()).isEqualTo(25);
        assertThat(stream.commands()).as("the successor was not disturbed").isEqualTo(fences);
    }

    @Test
    void f4_aLostStreamIsTakenBackOnlyForRecordsFetchedAfterTheLoss() {
        WorkerModel loser = rig.running(T0);
        topic.produce(5);
        rig.drain(loser);
        stream.fence("somebody");
        topic.produce(5);
        loser.poll();
        rig.settle();
        int fences = stream.commands();
        loser.poll(); // learns of the loss, seeks
        rig.settle();
        assertThat(stream.commands()).isEqualTo(fences);

        loser.poll(); // gets the records again
        rig.settle();
        assertThat(stream.commands()).isEqualTo(fences + 1);
        rig.drain(loser);

        assertThat(stream.offsets()).isEqualTo(range(0, 10));
    }

    @Test
    void aLostStreamOfAnIdlePartitionIsLeftToItsHolder() {
        WorkerModel loser = rig.running(T0);
        topic.produce(5);
        rig.drain(loser);
        stream.fence("somebody");
        rig.advance(Duration.ofMinutes(2)); // an idle checkpoint finds out
        rig.drain(loser);
        int fences = stream.commands();

        for (int i = 0; i < 20; i++) {
            rig.run(loser, 1);
            rig.advance(Duration.ofMinutes(1));
        }

        assertThat(stream.commands()).isEqualTo(fences);
        loser.commit();
        assertThat(topic.committed()).isNull();
    }

    @Test
    void f33_aTaskThatWasGivenUpInTheSameProcessSharesNothingWithTheNewOne() {
        topic.produce(10);
        WorkerModel cancelled = rig.running(T0);
        rig.drain(cancelled);
        WorkerModel next = rig.running(T0);
        topic.produce(10);

        // The old thread comes back from where it hung: it polls once more and then sees that it was cancelled.
        cancelled.poll();
        rig.settle();
        rig.drain(next);
        cancelled.poll();
        rig.settle();
        cancelled.closeEverything();
        rig.settle();
        cancelled.task.stop();
        topic.produce(5);
        rig.drain(next);
        next.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 25));
        assertThat(topic.committed()).isEqualTo(25);
    }

    @Test
    void f5_ofTwoClaimsOnTheSameTokenOneWins() {
        topic.produce(10);
        WorkerModel before = rig.running(T0);
        rig.drain(before);
        rig.kill(before);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel one = rig.assigned(T0);
        WorkerModel two = rig.assigned(T0);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();
        topic.produce(10);

        one.poll();
        two.poll();
        rig.settle();
        two.lose(T0);
        rig.drain(one);

        assertThat(stream.offsets()).isEqualTo(range(0, 20));
    }

    @Test
    void f5_twoOwnersThatTakeTheStreamFromEachOtherEndFenced() {
        topic.produce(10);
        WorkerModel one = rig.running(T0);
        WorkerModel two = rig.running(T0);
        TerminalException end = null;
        for (int round = 0; round < 500 && end == null; round++) {
            topic.produce(1);
            try {
                rig.run(one, 1);
                rig.run(two, 1);
            } catch (TerminalException fenced) {
                end = fenced;
            }
        }

        assertThat(end).isNotNull();
        assertThat(end.code()).isEqualTo(TerminalCode.FENCED);
        assertThat(end).hasMessageContaining("another writer").hasMessageContaining("3 times within ten minutes");
        assertThat(end)
                .hasMessageMatching(
                        "(?s).*another writer fenced the stream at [0-9T:.-]+Z or shortly before, the fencing"
                                + " token in force is 'f1\\.[^']{33}'.*");
        rig.drain(one.failure() == null ? one : two);
        assertThat(stream.offsets()).isEqualTo(topic.offsets());
    }

    @Test
    void takeoversAreAllowedAgainAfterTenMinutes() {
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 12; i++) {
            topic.produce(2);
            rig.drain(worker);
            stream.fence("somebody " + i);
            topic.produce(2);
            rig.drain(worker);
            rig.advance(Duration.ofMinutes(4));
        }

        assertThat(stream.offsets()).isEqualTo(topic.offsets());
    }

    @Test
    void f48_twoConnectorsOnOneStreamEndWithAClearText() {
        Map<TopicPartition, ModelTopic> otherGroup =
                new TreeMap<>((a, b) -> a.topic().equals(b.topic())
                        ? a.partition() - b.partition()
                        : a.topic().compareTo(b.topic()));
        otherGroup.put(T0, new ModelTopic(T0).produce(5));
        Map<String, String> other = new HashMap<>(rig.properties);
        other.put("name", "another-connector");
        topic.produce(5);
        WorkerModel one = rig.running(T0);
        WorkerModel two = rig.worker(otherGroup, other);
        two.start();
        two.assign(T0);
        rig.settle();

        TerminalException end = null;
        for (int round = 0; round < 500 && end == null; round++) {
            topic.produce(1);
            otherGroup.get(T0).produce(1);
            try {
                rig.run(one, 1);
                rig.run(two, 1);
            } catch (TerminalException stopped) {
                end = stopped;
            }
        }

        assertThat(end).isNotNull();
        assertThat(end.code()).isEqualTo(TerminalCode.FENCED);
        assertThat(end).hasMessageContaining("second connector");
    }

    // ------------------------------------------------------------------ lost answers

    @Test
    void f32_aFenceThatLandsAfterANewerClaimChangesNothing() {
        topic.produce(5);
        rig.basin.next(Kind.FENCE, Fate.LATE);
        WorkerModel worker = rig.assigned(T0);
        rig.advance(Duration.ofSeconds(1));
        rig.settle();
        rig.drain(worker);
        rig.basin.landLate(0);
        topic.produce(5);
        rig.drain(worker);

        assertThat(rig.basin.landed()).isZero();
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        assertThat(stream.commands()).isEqualTo(1);
    }

    @Test
    void f32_aFenceWhoseAnswerWasLostIsReplacedAndCountsAsNoTakeover() {
        for (int i = 0; i < 8; i++) {
            rig.basin.next(Kind.FENCE, Fate.UNHEARD);
        }
        WorkerModel worker = rig.assigned(T0);
        for (int i = 0; i < 20; i++) {
            rig.advance(Duration.ofSeconds(10));
            rig.run(worker, 1);
        }
        topic.produce(5);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 5));
        assertThat(topic.committed()).isEqualTo(5);
    }

    @Test
    void f1_f2_batchesWhoseAnswersAreLostArriveOnce() {
        rig.properties.put("batch.max.records", "3");
        WorkerModel worker = rig.running(T0);
        for (int round = 0; round < 10; round++) {
            topic.produce(14);
            rig.basin.next(Kind.DATA, Fate.ANSWERED, Fate.UNHEARD, Fate.LOST, Fate.LATE, Fate.UNHEARD);
            for (int i = 0; i < 20; i++) {
                rig.run(worker, 1);
                rig.advance(Duration.ofSeconds(1));
            }
            while (rig.basin.lateRequests() > 0) {
                rig.basin.landLate(0);
            }
        }
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 140));
        assertThat(topic.committed()).isEqualTo(140);
        assertThat(stream.commands()).isEqualTo(1);
    }

    @Test
    void f31_whatADeadTaskHadSentIsRejectedWhenItArrivesAfterTheNextClaim() {
        rig.properties.put("batch.max.records", "2");
        rig.basin.letAbortedArriveLate();
        WorkerModel dying = rig.running(T0);
        topic.produce(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        dying.poll();
        rig.settle();
        rig.kill(dying);
        rig.basin.always(Kind.DATA, null);
        assertThat(rig.basin.lateRequests()).isPositive();

        WorkerModel next = rig.running(T0);
        rig.drain(next);
        while (rig.basin.lateRequests() > 0) {
            rig.basin.landLate(0);
        }
        topic.produce(1);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 11));
        assertThat(rig.basin.landed()).isZero();
    }

    @Test
    void f31_whatADeadTaskHadSentMayArriveJustBeforeTheNextClaim() {
        rig.properties.put("batch.max.records", "2");
        rig.basin.letAbortedArriveLate();
        WorkerModel dying = rig.running(T0);
        topic.produce(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        dying.poll();
        rig.settle();
        rig.kill(dying);
        rig.basin.always(Kind.DATA, null);
        while (rig.basin.lateRequests() > 0) {
            rig.basin.landLate(0);
        }

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        assertThat(rig.basin.landed()).isPositive();
    }

    // ------------------------------------------------------------------ claims and rebalances

    @Test
    void f37_aClaimThatCompletesAfterTheCloseIsDropped() {
        topic.produce(10);
        WorkerModel before = rig.running(T0);
        rig.drain(before);
        rig.kill(before);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel worker = rig.assigned(T0);
        worker.revoke(T0);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();
        rig.run(worker, 3);

        assertThat(worker.seeks).isEmpty();
        assertThat(rig.basin.waiting()).isZero();
    }

    @Test
    void f37_aClaimThatWasGivenUpTakesTheStreamFromNobody() {
        WorkerModel owner = rig.running(T0);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel late = rig.assigned(T0);
        late.revoke(T0);
        rig.basin.always(Kind.FENCE, null);
        rig.settle(); // its first fence is refused, and names the token to go over
        topic.produce(5);
        rig.drain(owner);

        assertThat(stream.commands()).isEqualTo(1);
        assertThat(stream.offsets()).isEqualTo(range(0, 5));
        assertThat(rig.basin.waiting()).isZero();
    }

    /** Whoever gave it up had asked before which tokens may be in force, and took this one for another writer's later. */
    @Test
    void f37_aClaimThatIsGivenUpWhileItDrawsATokenDoesNotSendIt() {
        stream.fence("another's");
        SessionLoop loop = new SessionLoop("claims", () -> 0, () -> 0.5, () -> {});
        AtomicReference<ClaimRunner.@Nullable Running> givenUp = new AtomicReference<>();
        Random digits = new Random(1);
        RandomGenerator random = () -> {
            ClaimRunner.Running claim = givenUp.get();
            if (claim != null) {
                claim.cancel();
            }
            return digits.nextLong();
        };
        RetrySettings retries = new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(1), null);
        ClaimRequest request =
                new ClaimRequest(T0, "t/0", false, FencingToken.NONE, Set.of(), Checkpoint.NOTHING, 0, false);
        ClaimRunner claims = new ClaimRunner(
                rig.basin.access(),
                loop,
                () -> 0,
                new AssignmentLease(Duration.ofSeconds(30), 0),
                random,
                ClaimWatch.NOBODY);

        ClaimRunner.Running claim = claims.start(
                new FenceClaim(request, new ClaimTiming(retries, Duration.ofMinutes(2)), random, false),
                request,
                reason -> {},
                (outcome, done) -> {});
        loop.work();
        givenUp.set(claim);
        for (int i = 0; i < 10; i++) {
            rig.basin.deliver();
            loop.work();
        }

        assertThat(stream.token()).isEqualTo(new FencingToken("another's"));
    }

    @Test
    void f37_aClaimThatCompletesAfterCloseAndOpenDoesNotTakeTheNewOnesPlace() {
        topic.produce(10);
        WorkerModel before = rig.running(T0);
        rig.drain(before);
        rig.kill(before);
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel worker = rig.assigned(T0);
        worker.revoke(T0);
        worker.assign(T0);
        rig.basin.always(Kind.FENCE, null);
        rig.settle();
        topic.produce(10);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 20));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @Test
    void eagerRebalancesOfIdlePartitionsCostNoTakeovers() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(5);
        rig.drain(worker);
        for (int i = 0; i < 10; i++) {
            // The checkpoints of the close and the first fences of the open are on their way together, and the latter
            // arrive first: their look at the token is out of date when they act on it.
            rig.basin.next(Kind.FENCE, Fate.HELD, Fate.ANSWERED, Fate.HELD, Fate.ANSWERED);
            worker.rebalanceEagerly(T0, T1);
            rig.settle();
            topic.produce(5);
            rig.drain(worker);
            topic.commit(null);
            rig.topic(T1).commit(null);
            worker.commit();
            assertThat(rig.topic(T1).committed())
                    .as("the idle partition is ours")
                    .isEqualTo(0);
        }

        assertThat(stream.offsets()).isEqualTo(range(0, 55));
        assertThat(topic.committed()).isEqualTo(55);
    }

    @Test
    void f36_closingOneOfTwoPartitionsLeavesTheOtherAlone() {
        WorkerModel worker = rig.running(T0, T1);
        ModelTopic other = rig.topic(T1);
        topic.produce(10);
        other.produce(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        worker.poll();
        rig.settle();

        worker.revoke(T0);
        rig.basin.always(Kind.DATA, null);
        rig.settle();
        other.produce(10);
        rig.drain(worker);
        worker.commit();

        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 20));
        assertThat(rig.stream(T1).commands()).isEqualTo(1);
        assertThat(other.committed()).isEqualTo(20);
        assertThat(topic.committed()).isNull();
    }

    @Test
    void partitionsThatMoveBetweenTasksAreWrittenOnce() {
        topic.produce(20);
        rig.topic(T1).produce(20);
        WorkerModel one = rig.running(T0, T1);
        rig.drain(one);
        one.commit();
        topic.produce(20);
        rig.topic(T1).produce(20);
        one.poll();
        one.revoke(T1);
        WorkerModel two = rig.running(T1);
        rig.drain(one, two);
        topic.produce(5);
        rig.topic(T1).produce(5);
        rig.drain(one, two);
        one.commit();
        two.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 45));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 45));
        assertThat(topic.committed()).isEqualTo(45);
        assertThat(rig.topic(T1).committed()).isEqualTo(45);
    }

    // ------------------------------------------------------------------ operators and accidents

    @Test
    void f51_trimmingUnderLoadNeitherStopsNorRepeats() {
        rig.properties.put("batch.max.records", "2");
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 12; i++) {
            topic.produce(7);
            worker.poll();
            stream.trim(stream.tail() / 2);
            rig.settle();
            rig.drain(worker);
        }
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 84));
        assertThat(topic.committed()).isEqualTo(84);
    }

    @Test
    void f51_trimmingEverythingBelowTheTrimIsNoLoss() {
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 6; i++) {
            topic.produce(3);
            rig.drain(worker);
            stream.trim(stream.tail());
            topic.produce(3);
            rig.drain(worker);
        }

        assertThat(stream.offsets()).isEqualTo(range(0, 36));
    }

    @Test
    void f51_aTrimAboveTheTailTookItsOwnRecordAndStoppedTheTask() {
        rig.properties.put("batch.max.records", "2");
        WorkerModel worker = rig.running(T0);
        for (int i = 0; i < 12; i++) {
            topic.produce(7);
            worker.poll();
            stream.trim(stream.tail() + 1_000);
            rig.settle();
            rig.drain(worker);
        }
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 84));
        assertThat(topic.committed()).isEqualTo(84);
    }

    @Test
    void f51_aTrimAboveTheTailOfAnIdleStreamStoppedTheTaskAtItsCheckpoint() {
        rig.properties.put("checkpoint.idle.ms", "1000");
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        stream.trim(stream.tail() + 1_000);
        rig.advance(Duration.ofSeconds(2));
        rig.drain(worker);
        topic.produce(3);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 6));
    }

    /** The batch may have landed and been trimmed, or not have landed: nobody can know, and nobody may guess. */
    @Test
    void f51_aTrimAboveTheTailBehindABatchInDoubtIsNotGuessedAbout() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        rig.basin.next(ModelBasin.Kind.DATA, ModelBasin.Fate.UNHEARD);
        topic.produce(3);
        rig.run(worker, 1);
        stream.trim(stream.tail() + 1_000);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
        assertThat(stream.offsets()).isEqualTo(range(0, 6));
    }

    @Test
    void aTrimAboveTheTailBehindAnotherOwnersRecordsIsNotGuessedAbout() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        WorkerModel other = rig.running(T0);
        topic.produce(3);
        rig.drain(other);
        stream.trim(stream.tail() + 1_000);
        topic.produce(3);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
        assertThat(stream.offsets()).isEqualTo(range(0, 6));
    }

    @Test
    void whatIsKnownOfAHoleIsForgottenWhenAnotherOwnerWasFaster() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        stream.trim(1);
        rig.basin.next(Kind.FENCE, Fate.LOST);
        topic.produce(3);
        for (int i = 0; i < 4; i++) {
            worker.poll();
            rig.settle();
        }
        // The tail had moved, and the fence of the new claim was lost; before the next one somebody else has the
        // stream.
        WorkerModel other = rig.running(T0);
        rig.drain(other);
        assertThat(stream.offsets()).isEqualTo(range(0, 6));
        stream.trim(stream.tail() + 1_000);
        topic.produce(3);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.WATERMARK_UNKNOWN);
        assertThat(stream.offsets()).isEqualTo(range(0, 6));
    }

    /** It stayed lost, and its lag grew, as nothing was handed over any more. */
    @Test
    void aLostLaneTakesItsStreamBackWhenEverythingIsFilteredFromThenOn() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(3);
        rig.drain(worker);
        worker.commit();
        stream.fence("somebody");
        topic.produce(1);
        rig.run(worker, 1);
        worker.transform = record -> null;
        for (int i = 0; i < 5; i++) {
            topic.produce(10);
            rig.drain(worker);
            worker.commit();
        }

        assertThat(topic.committed()).isEqualTo(topic.end());
        assertThat(stream.offsets()).isEqualTo(range(0, 3));
    }

    @Test
    void aLostLaneStaysLostWhileNothingIsFetched() {
        rig.properties.put("checkpoint.idle.ms", "1000");
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(3);
        rig.drain(worker);
        worker.commit();
        stream.fence("somebody");
        rig.advance(Duration.ofSeconds(2));
        rig.run(worker, 2); // its checkpoint is refused
        int commands = stream.commands();
        for (int i = 0; i < 5; i++) {
            worker.commit();
            rig.drain(worker);
        }
        assertThat(stream.commands()).isEqualTo(commands);

        topic.produce(1);
        rig.drain(worker);
        assertThat(stream.commands()).isEqualTo(commands + 1);
    }

    @Test
    void f11_aForeignRecordStopsTheTask() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        stream.scribble("hello");
        topic.produce(3);

        TerminalException end = rig.failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.FOREIGN_WRITER);
        assertThat(end).hasMessageContaining("offsets up to 2 are durable");
        worker.commit();
        assertThat(topic.committed()).isEqualTo(3);
    }

    @Test
    void f10_aStreamDeletedUnderARunningTaskIsMissing() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        rig.basin.delete("t/0");
        topic.produce(3);

        // Its session may still be open at the time; the next one is told.
        rig.advance(Duration.ofMinutes(1));
        TerminalException end = rig.failureOf(worker);
        assertThat(end.code()).isEqualTo(TerminalCode.TARGET_MISSING);
        assertThat(end).hasMessageContaining("offsets up to 2 were durable in the stream before");
        assertThat(rig.stream(T0).tail())
                .as("made again to hold the mark alone")
                .isEqualTo(1);
    }

    @Test
    void f10_aStreamDeletedAndMadeAgainUnderARunningTaskIsAReset() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        rig.basin.delete("t/0");
        rig.basin.stream("t/0");
        topic.produce(3);

        TerminalException end = rig.failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.STREAM_RESET);
        assertThat(rig.basin.stream("t/0").tail()).as("the mark alone").isEqualTo(1);
        assertThat(rig.basin.stream("t/0").commands()).isEqualTo(1);
    }

    @Test
    void f10_aStreamMadeAgainAndClaimedBySomebodyElseUnderARunningTaskIsAReset() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        rig.basin.delete("t/0");
        rig.basin.stream("t/0").fence("somebody");
        topic.produce(3);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.STREAM_RESET);
    }

    @Test
    void f10_aStreamDeletedWhileNoTaskRanIsNew() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        worker.commit();
        worker.closeEverything();
        rig.settle();
        rig.basin.delete("t/0");
        topic.produce(3);

        WorkerModel next = rig.running(T0);
        rig.drain(next);

        assertThat(rig.stream(T0).offsets()).isEqualTo(range(3, 6));
    }

    @Test
    void aPauseOfTheWholeProcessDuringAClaimSendsNothingUntilTheWorkerCallsAgain() {
        topic.produce(5);
        rig.basin.next(Kind.FENCE, Fate.LOST);
        WorkerModel worker = rig.assigned(T0);
        rig.advance(Duration.ofMinutes(5));
        rig.settle();
        assertThat(stream.tail()).isZero();
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 5));
    }

    @Test
    void aTokenOfOursWhoseAnswerWasLostBeforeAPauseIsNoTakeover() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = rig.running(T0);
        topic.produce(5);
        rig.drain(worker);
        stream.trim(1);
        topic.produce(5);
        rig.basin.next(Kind.FENCE, Fate.UNHEARD);
        worker.poll();
        rig.settle(); // the tail has moved
        worker.poll();
        rig.settle(); // the new claim's first fence is in force, unheard
        rig.advance(Duration.ofMinutes(5));
        rig.settle();
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        assertThat(topic.committed()).isEqualTo(10);
    }

    @Test
    void refusedCredentialsStopTheTaskWithItsOwnCode() {
        ServerError refused = ServerError.of(403, "permission_denied", "no");
        rig.basin.refuse(Kind.FENCE, refused, refused);
        WorkerModel worker = rig.assigned(T0);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.AUTH);
    }

    @Test
    void aClaimThatFailsForAWhileGoesOnWhenTheServiceDoes() {
        topic.produce(5);
        for (int i = 0; i < 5; i++) {
            rig.basin.refuse(Kind.FENCE, ServerError.of(503, "unavailable", "later"));
        }
        WorkerModel worker = rig.assigned(T0);
        for (int i = 0; i < 20; i++) {
            rig.advance(Duration.ofSeconds(5));
            rig.run(worker, 1);
        }

        assertThat(stream.offsets()).isEqualTo(range(0, 5));
    }
}
