package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What may be committed and when (INV-30), records that cannot be written, and transforms. */
class SinkCommitTest {

    private static final int TOO_LARGE = (1 << 20) + 1;

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);
    private final List<CompletableFuture<Void>> reports = new ArrayList<>();
    private final List<Long> reported = new ArrayList<>();

    @AfterEach
    void tearDown() {
        rig.close();
    }

    private Map<TopicPartition, Long> preCommit(WorkerModel worker, long given) {
        Map<TopicPartition, Long> safe = new HashMap<>();
        worker.task
                .preCommit(Map.of(T0, new OffsetAndMetadata(given)))
                .forEach((partition, offset) -> safe.put(partition, offset.offset()));
        return safe;
    }

    /** A worker with a dead letter queue that the test answers. */
    private WorkerModel tolerant() {
        rig.properties.put("errors.tolerance", "all");
        rig.properties.put("errors.deadletterqueue.topic.name", "dlq");
        WorkerModel worker = rig.worker();
        worker.reporter = (record, error) -> {
            CompletableFuture<Void> report = new CompletableFuture<>();
            reports.add(report);
            reported.add(record.originalKafkaOffset());
            return report;
        };
        worker.start();
        worker.assign(T0);
        rig.settle();
        return worker;
    }

    // ------------------------------------------------------------------ INV-30, clause by clause

    @Test
    void theFirstRecordInFlightIsTheFirstNotCommitted() {
        rig.properties.put("batch.max.records", "4");
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.basin.next(Kind.DATA, Fate.ANSWERED);
        rig.basin.always(Kind.DATA, Fate.HELD);
        worker.poll();
        rig.settle();

        assertThat(preCommit(worker, 10)).containsEntry(T0, 4L);
    }

    @Test
    void withNothingUnsettledTheOffsetGivenIsCommitted() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);

        assertThat(preCommit(worker, 10)).containsEntry(T0, 10L);
        assertThat(preCommit(worker, 999)).as("a filtered tail").containsEntry(T0, 999L);
    }

    @Test
    void aLaneThatClaimsForTheFirstTimeIsLeftOut() {
        rig.basin.always(Kind.FENCE, Fate.HELD);
        WorkerModel worker = rig.assigned(T0);
        worker.poll();

        assertThat(preCommit(worker, 10)).isEmpty();
    }

    @Test
    void aLaneThatClaimsAgainCommitsWhatWasDurableBefore() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        topic.produce(4);
        stream.trim(0); // moves the tail: the next append is refused
        rig.basin.always(Kind.FENCE, Fate.HELD);
        rig.run(worker, 2);

        assertThat(preCommit(worker, 14)).containsEntry(T0, 10L);
    }

    @Test
    void aLostLaneCommitsWhatWasDurableWhenItWasLost() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        stream.fence("somebody");
        topic.produce(1);
        rig.run(worker, 1);

        assertThat(preCommit(worker, 11)).containsEntry(T0, 10L);
    }

    @Test
    void aLostLaneThatHadNothingUnsettledStaysAtItsLastAnswer() {
        rig.properties.put("claim.max.takeovers", "0");
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        assertThat(preCommit(worker, 10)).containsEntry(T0, 10L);
        stream.fence("somebody");
        topic.produce(3);
        rig.run(worker, 1);
        worker.transform = record -> null;
        topic.produce(20);
        worker.poll();

        assertThat(preCommit(worker, 33)).containsEntry(T0, 10L);
    }

    @Test
    void aFailedLaneCommitsWhatIsDurableAndTheOthersAreCommitted() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(10);
        rig.topic(T1).produce(10);
        rig.drain(worker);
        stream.scribble("foreign");
        topic.produce(1);
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.FOREIGN_WRITER);

        // Connect asks once more after put has thrown.
        worker.commit();
        assertThat(topic.committed()).isEqualTo(10);
        assertThat(rig.topic(T1).committed()).isEqualTo(10);
    }

    @Test
    void aClosedLaneIsLeftOut() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        worker.lose(T0);

        assertThat(preCommit(worker, 10)).isEmpty();
    }

    @Test
    void beforeTheFirstRecordOnlyAnOffsetAboveTheWatermarkIsCommitted() {
        topic.produce(10);
        WorkerModel before = rig.running(T0);
        rig.drain(before);
        rig.kill(before);
        topic.removeBefore(10);
        topic.commit(10L);
        WorkerModel worker = rig.running(T0);

        assertThat(preCommit(worker, 9)).as("W itself").isEmpty();
        assertThat(preCommit(worker, 10)).containsEntry(T0, 10L);
    }

    @Test
    void whileTheStartIsLookedForTheFirstOffsetShownIsCommitted() {
        topic.produce(10);
        WorkerModel before = rig.running(T0);
        rig.drain(before);
        rig.kill(before);
        WorkerModel worker = rig.running(T0);
        worker.poll(); // record 0 was shown, the consumer is to move to 9

        assertThat(preCommit(worker, 10)).as("a seek is under way").containsEntry(T0, 0L);
        topic.compact(9);
        worker.poll(); // applied, but nothing came
        assertThat(preCommit(worker, 9))
                .as("the watermark's record has not come back")
                .containsEntry(T0, 0L);
        topic.produce(1);
        worker.poll();
        assertThat(preCommit(worker, 11))
                .as("decided; the new record is in flight")
                .containsEntry(T0, 10L);
    }

    @Test
    void betweenASeekAndTheNextPutTheFirstRecordNotSettledHolds() {
        WorkerModel worker = rig.running(T0);
        topic.produce(4);
        rig.drain(worker);
        topic.produce(4);
        worker.poll();
        stream.trim(1); // moves the tail: a new claim, and the records again
        rig.settle();
        worker.poll();
        rig.settle();
        worker.poll(); // seeks
        assertThat(worker.seeks).isNotEmpty();

        assertThat(preCommit(worker, 8)).containsEntry(T0, 4L);
        rig.drain(worker);
        assertThat(preCommit(worker, 8)).containsEntry(T0, 8L);
        assertThat(stream.offsets()).isEqualTo(range(0, 8));
    }

    @Test
    void whileASessionResolvesTheFirstUnsettledRecordHolds() {
        WorkerModel worker = rig.running(T0);
        topic.produce(4);
        rig.drain(worker);
        topic.produce(4);
        rig.basin.next(Kind.DATA, Fate.UNHEARD);
        worker.poll();
        rig.settle();
        worker.poll();

        assertThat(preCommit(worker, 8)).containsEntry(T0, 4L);
    }

    @Test
    void f34_preCommitNeverThrowsAndThePutAfterItDoes() {
        WorkerModel worker = rig.running(T0);
        topic.produce(4);
        rig.drain(worker);
        Map<TopicPartition, OffsetAndMetadata> broken = new HashMap<>();
        broken.put(T0, null);

        assertThat(worker.task.preCommit(broken)).isEmpty();

        assertThatThrownBy(worker::poll).hasMessageContaining("preCommit");
        assertThat(stream.offsets()).isEqualTo(range(0, 4));
    }

    // ------------------------------------------------------------------ F-55: a seek is not a commit

    /** 0..4 are accepted and cannot be acknowledged, 5 cannot be converted: the consumer is to come back to it. */
    private WorkerModel askedForARecordAgain() {
        rig.properties.put("body.converter", UnsteadyConverter.class.getName());
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(5);
        topic.produce(1L, 7);
        rig.topic(T1).produce(3);
        UnsteadyConverter.failures = 1000;
        rig.basin.setNetwork((kind, of) -> kind == Kind.DATA && of.equals("t/0") ? Fate.UNREACHABLE : Fate.ANSWERED);
        worker.poll();
        rig.settle();
        assertThat(worker.seeks).containsExactly("t-0@5");
        return worker;
    }

    private void everythingArrivesAfterARestart(WorkerModel worker) {
        assertThat(rig.topic(T1).committed()).isEqualTo(3);
        assertThat(topic.committed()).as("nothing of it is durable").isIn(null, 0L);
        rig.kill(worker);
        rig.basin.setNetwork((kind, of) -> Fate.ANSWERED);
        UnsteadyConverter.failures = 0;
        WorkerModel next = rig.running(T0, T1);
        for (int i = 0; i < 5; i++) {
            rig.drain(next);
        }
        assertThat(stream.offsets()).isEqualTo(range(0, 6));
    }

    @Test
    void f55_aPartitionRevokedWhileARecordIsAskedForAgainIsNotCommittedAtThatRecord() {
        WorkerModel worker = askedForARecordAgain();

        worker.revoke(T0, T1);

        everythingArrivesAfterARestart(worker);
    }

    @Test
    void f55_aLaneThatFailsWhileARecordIsAskedForAgainIsNotCommittedAtThatRecord() {
        WorkerModel worker = askedForARecordAgain();
        worker.poll();
        rig.settle();
        ServerError refused = ServerError.of(403, "permission_denied", "no");
        rig.basin.refuse(Kind.DATA, refused, refused);
        rig.basin.setNetwork((kind, of) -> Fate.ANSWERED);
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.AUTH);

        worker.closeEverything();

        everythingArrivesAfterARestart(worker);
    }

    @Test
    void f55_aLaneThatClaimsAgainWhileARecordIsAskedForAgainIsNotCommittedAtThatRecord() {
        WorkerModel worker = askedForARecordAgain();
        worker.poll();
        rig.settle();
        stream.trim(0); // the next append is refused
        rig.basin.setNetwork((kind, of) -> kind == Kind.FENCE && of.equals("t/0") ? Fate.HELD : Fate.ANSWERED);
        for (int i = 0; i < 10; i++) {
            rig.run(worker, 2);
            rig.advance(Duration.ofSeconds(2));
        }

        worker.commit();

        everythingArrivesAfterARestart(worker);
    }

    @Test
    void f55_aLaneThatTakesItsStreamBackIsNotCommittedWhereItLooksForTheLastRecord() {
        rig.properties.put("checkpoint.idle.ms", "1000");
        topic.produce(10);
        WorkerModel worker = rig.running(T0, T1);
        rig.drain(worker);
        WorkerModel other = rig.running(T0);
        // its checkpoint is refused: the lane is lost while nothing is unsettled
        rig.advance(Duration.ofSeconds(2));
        rig.run(worker, 2);
        topic.produce(5);
        rig.drain(other);
        rig.kill(other);
        while (worker.seeks.isEmpty()) {
            worker.poll();
            rig.settle();
        }
        assertThat(worker.seeks).containsExactly("t-0@14");

        assertThat(preCommit(worker, 15)).containsEntry(T0, 10L);
    }

    @Test
    void f55_whileARecordIsAskedForAgainAndNothingElseIsUnsettledTheCommitStandsAtThatRecord() {
        rig.properties.put("body.converter", UnsteadyConverter.class.getName());
        WorkerModel worker = rig.running(T0);
        topic.produce(5);
        topic.produce(1L, 7);
        topic.produce(3);
        rig.drain(worker);
        UnsteadyConverter.failures = 1000;
        topic.produce(1L, 7);
        topic.produce(3);
        rig.drain(worker);
        rig.drain(worker);
        worker.poll();

        assertThat(preCommit(worker, 13)).containsEntry(T0, 9L);
    }

    @Test
    void f55_aTopicMadeAgainBesideOneThatGoesOnIsNotCommittedAtTheOldWatermark() {
        topic.produce(100);
        WorkerModel before = rig.running(T0, T1);
        for (int i = 0; i < 5; i++) {
            rig.drain(before);
        }
        before.closeEverything();
        rig.settle();
        rig.kill(before);
        topic.recreate();
        topic.commit(null); // goes with the topic
        topic.produce(10);
        rig.topic(T1).produce(3);
        WorkerModel worker = rig.assigned(T0, T1);
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);

        worker.closeEverything();

        assertThat(rig.topic(T1).committed()).isIn(null, 0L, 3L);
        assertThat(topic.committed()).isIn(null, 0L);
        rig.kill(worker);
        assertThat(rig.failureOf(rig.assigned(T0)).code())
                .as("whoever comes next stops, too")
                .isEqualTo(TerminalCode.TOPIC_RECREATED);
    }

    /** From offset 10 on nothing of the old topic is settled. */
    private WorkerModel withTheTopicMadeAgainWhileRecordsAreInFlight() {
        WorkerModel worker = rig.running(T0);
        topic.produce(10);
        rig.drain(worker);
        worker.commit();
        assertThat(topic.committed()).isEqualTo(10);
        rig.basin.always(Kind.DATA, Fate.HELD);
        topic.produce(40);
        rig.run(worker, 3);
        topic.recreate();
        topic.produce(30);
        return worker;
    }

    @Test
    void f55_whileALaneStopsNothingOfATopicMadeAgainIsCommitted() {
        WorkerModel worker = withTheTopicMadeAgainWhileRecordsAreInFlight();
        rig.basin.always(Kind.FENCE, Fate.HELD);
        worker.poll();
        worker.commit();

        assertThat(topic.committed()).isEqualTo(0);
    }

    @Test
    void f55_aHeldLaneCommitsNothingOfATopicMadeAgain() {
        rig.properties.put("on.stop", "hold");
        WorkerModel worker = withTheTopicMadeAgainWhileRecordsAreInFlight();
        rig.run(worker, 20);
        worker.commit();

        assertThat(topic.committed()).isEqualTo(0);
    }

    @Test
    void f55_atLeastOnceCommitsNothingOfATopicMadeAgain() {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.basin.allowUnconditionalAppends();
        WorkerModel worker = withTheTopicMadeAgainWhileRecordsAreInFlight();
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);
        worker.closeEverything();

        assertThat(topic.committed()).isEqualTo(0);
    }

    @Test
    void f55_aTopicMadeAgainUnderARunningTaskIsNotCommittedWhereTheOldOneStood() {
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(20);
        rig.drain(worker);
        worker.commit();
        assertThat(topic.committed()).isEqualTo(20);
        topic.recreate();
        topic.produce(10);
        rig.topic(T1).produce(3);
        // the consumer's position is out of range, and it starts over
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.TOPIC_RECREATED);

        worker.closeEverything();

        assertThat(topic.committed()).isEqualTo(0);
    }

    // ------------------------------------------------------------------ records that cannot be written

    @Test
    void f17_withoutToleranceTheTaskStopsBehindTheLastGoodRecordAndTheBadOneIsNeverWritten() {
        WorkerModel worker = rig.running(T0);
        topic.produce(5);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(5);
        rig.basin.always(Kind.DATA, Fate.HELD);
        rig.run(worker, 3);
        worker.commit();
        assertThat(topic.committed()).isNull();
        rig.basin.always(Kind.DATA, null);

        TerminalException end = rig.failureOf(worker);
        worker.commit();

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(end).hasMessageContaining("t-0@5").hasMessageContaining("errors.tolerance");
        assertThat(stream.offsets()).isEqualTo(range(0, 5));
        assertThat(topic.committed())
                .as("up to the record in question, at most")
                .isIn(null, 0L, 5L);
        rig.kill(worker);

        WorkerModel next = rig.assigned(T0);
        assertThat(rig.failureOf(next).code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(stream.offsets()).isEqualTo(range(0, 5));
    }

    @Test
    void aRecordThatStopsTheTaskStillDoesAfterTheLaneHadToClaimAgain() {
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        topic.produce(4L, new byte[TOO_LARGE]);
        topic.produce(3);
        rig.basin.always(Kind.DATA, Fate.HELD);
        worker.poll();
        rig.settle();
        stream.trim(0); // moves the tail: a new claim
        rig.basin.always(Kind.DATA, null);

        TerminalException end = rig.failureOf(worker);
        worker.closeEverything();

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(stream.offsets()).isEqualTo(range(0, 3));
        assertThat(topic.committed()).isEqualTo(3);
    }

    @Test
    void f18_withToleranceNeighboursArriveAndTheCommitWaitsForTheDeadLetterQueue() {
        WorkerModel worker = tolerant();
        topic.produce(5);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(5);
        rig.drain(worker);

        assertThat(reported).containsExactly(5L);
        assertThat(preCommit(worker, 11)).containsEntry(T0, 5L);
        assertThat(stream.offsets())
                .as("nothing behind a record that may still be lost")
                .isEqualTo(range(0, 5));
        reports.get(0).complete(null);
        rig.drain(worker);
        assertThat(preCommit(worker, 11)).containsEntry(T0, 11L);
        assertThat(stream.offsets())
                .isEqualTo(range(0, 11).stream().filter(offset -> offset != 5).toList());
    }

    @Test
    void f17_aCrashBeforeTheDeadLetterQueueHasTheRecordDoesNotLoseIt() {
        WorkerModel worker = tolerant();
        topic.produce(5);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(5);
        rig.drain(worker);
        worker.commit();
        rig.kill(worker); // the report is still under way

        WorkerModel next = tolerant();
        rig.drain(next);
        reports.forEach(report -> report.complete(null));
        rig.drain(next);
        next.commit();

        assertThat(reported).as("reported again: the first report may be lost").containsExactly(5L, 5L);
        assertThat(stream.offsets())
                .isEqualTo(range(0, 11).stream().filter(offset -> offset != 5).toList());
        assertThat(topic.committed()).isEqualTo(11);
    }

    @Test
    void manyBadRecordsInARowAreAllReportedAndAllNeighboursArrive() {
        WorkerModel worker = tolerant();
        rig.properties.put("batch.max.records", "3");
        List<Long> good = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            if (i % 3 == 1 || i % 7 == 2) {
                topic.produce(1L, new byte[TOO_LARGE]);
            } else {
                good.add(topic.end());
                topic.produce(1);
            }
        }
        for (int i = 0; i < 60; i++) {
            rig.run(worker, 1);
            if (i % 2 == 1) {
                reports.stream()
                        .filter(report -> !report.isDone())
                        .findFirst()
                        .ifPresent(report -> report.complete(null));
            }
        }
        reports.forEach(report -> report.complete(null));
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(good);
        assertThat(reported).hasSize(40 - good.size());
        assertThat(topic.committed()).isEqualTo(40);
    }

    @Test
    void aReportThatFailsStopsTheTaskAndNothingIsCommittedPastIt() {
        WorkerModel worker = tolerant();
        topic.produce(2);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(2);
        rig.drain(worker);
        reports.get(0).completeExceptionally(new IllegalStateException("the dead letter queue is gone"));

        assertThat(preCommit(worker, 5)).containsEntry(T0, 2L);
        TerminalException end = rig.failureOf(worker);
        assertThat(end.code()).isEqualTo(TerminalCode.UNMAPPABLE_RECORD);
        assertThat(end).hasMessageContaining("offset 2").hasMessageContaining("dead letter queue");
        assertThat(stream.offsets()).isEqualTo(range(0, 2));
    }

    @Test
    void f19_nullValuesByPolicy() {
        rig.properties.put("behavior.on.null.values", "ignore");
        WorkerModel worker = rig.running(T0);
        topic.produce(2);
        topic.produce(1L, null);
        topic.produce(1);
        topic.produce(1L, null);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).containsExactly(0L, 1L, 3L);
        assertThat(topic.committed()).isEqualTo(5);
    }

    // ------------------------------------------------------------------ transforms

    @Test
    void f20_commitsMoveThroughRecordsThatATransformDrops() {
        WorkerModel worker = rig.running(T0);
        worker.transform = record -> null;
        topic.produce(20);
        rig.drain(worker);
        worker.commit();

        assertThat(topic.committed()).isEqualTo(20);
        assertThat(stream.offsets()).isEmpty();
    }

    @Test
    void f20_aDroppedTailIsCommittedAfterARestartToo() {
        WorkerModel worker = rig.running(T0);
        worker.transform = record -> record.kafkaOffset() < 10 ? record : null;
        topic.produce(20);
        rig.drain(worker);
        worker.commit();
        assertThat(topic.committed()).isEqualTo(20);
        rig.kill(worker);

        WorkerModel next = rig.running(T0);
        topic.produce(5);
        rig.drain(next);
        next.commit();

        assertThat(stream.offsets())
                .isEqualTo(range(0, 25).stream()
                        .filter(offset -> offset < 10 || offset >= 20)
                        .toList());
        assertThat(topic.committed()).isEqualTo(25);
    }

    @Test
    void f20_lanesGoByTheOriginalTopic() {
        WorkerModel worker = rig.running(T0, T1);
        worker.transform = record -> WorkerModel.renamed(record, "renamed");
        topic.produce(5);
        rig.topic(T1).produce(7);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 5));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 7));
        assertThat(topic.committed()).isEqualTo(5);
        assertThat(rig.topic(T1).committed()).isEqualTo(7);
        assertThat(rig.basin.exists("renamed/0")).isFalse();
    }

    @Test
    void f20_recordsOfARevokedPartitionAreDropped() {
        WorkerModel worker = rig.running(T0, T1);
        worker.transform = record -> WorkerModel.renamed(record, "renamed");
        topic.produce(5);
        rig.topic(T1).produce(5);
        rig.drain(worker);
        worker.revoke(T1);
        rig.settle();
        int fences = rig.stream(T1).commands();
        worker.task.put(
                List.of(WorkerModel.renamed(WorkerModel.record(T1, new ModelTopic.Kept(5, 1L, "late")), "renamed")));
        rig.settle();

        assertThat(rig.stream(T1).commands()).isEqualTo(fences);
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 5));
    }

    @Test
    void aConverterThatCannotWorkJustNowHoldsItsPartitionBackAndLosesNothing() {
        rig.properties.put("body.converter", UnsteadyConverter.class.getName());
        WorkerModel worker = rig.running(T0, T1);
        UnsteadyConverter.failures = 5;
        for (int i = 0; i < 10; i++) {
            topic.produce(1L + i, i);
            rig.topic(T1).produce(1L + i, i);
        }
        worker.poll();
        worker.poll();
        int handedOver = worker.handedOver;
        worker.poll();
        assertThat(worker.handedOver).as("not asked for without pause").isEqualTo(handedOver);
        for (int i = 0; i < 5; i++) {
            rig.drain(worker);
        }
        worker.commit();

        assertThat(UnsteadyConverter.failures).isZero();
        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 10));
        assertThat(topic.committed()).isEqualTo(10);
    }

    @Test
    void f35_aRecordThatAConverterCannotConvertNowIsNoReasonToWriteTheOthersTwice() {
        rig.properties.put("body.converter", UnsteadyConverter.class.getName());
        WorkerModel worker = rig.running(T0, T1);
        topic.produce(10);
        rig.topic(T1).produce(2);
        rig.topic(T1).produce(5L, 7);
        rig.topic(T1).produce(2);
        UnsteadyConverter.failures = 3;
        rig.drain(worker);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 10));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 5));
    }
}
