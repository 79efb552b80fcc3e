package io.fenceline.connect.sink.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fenceline.connect.NullValueBehavior;
import io.fenceline.connect.RecordMapper;
import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.s2.StreamRecordForm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.storage.StringConverter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A lane between a worker and a target that both do what the test says. */
class PartitionLaneTest {

    private static final TopicPartition PARTITION = new TopicPartition("t", 3);
    private static final long LEFT_OUT = -1;

    /** What the worker and the target were asked, in order. */
    private final List<String> asked = new ArrayList<>();
    /** Figures on show. */
    private final List<Gauge> published = new ArrayList<>();

    private long now = 1_000_000_000;
    private final TaskInbox inbox = new TaskInbox();
    private final LaneCounters counters = new LaneCounters();
    private final ScriptedWorker worker = new ScriptedWorker();
    private final ScriptedTarget target = new ScriptedTarget();
    private final PartitionLane lane = new PartitionLane(
            PARTITION,
            target::of,
            new LanePolicy("test-lane", OnStop.FAIL, false, false, Duration.ofSeconds(1)),
            new LaneServices(worker, inbox, () -> now, counters, new LaneSummary(), (type, tags, gauges) -> {
                gauges.forEach(published::add);
                return published::clear;
            }));

    // ------------------------------------------------------------------ what is committed

    @Test
    void entriesSettledInAnyOrderCommitOnlyWhatLiesBelowTheFirstUnsettledOne() {
        ready();
        put(5, 6, 7, 8);

        target.settle(7);
        target.settle(8);
        assertThat(lane.committable(9)).isEqualTo(5);
        target.settle(5);
        assertThat(lane.committable(9)).isEqualTo(6);
        target.settle(6);
        assertThat(lane.committable(9)).isEqualTo(9);
    }

    @Test
    void theTargetHearsExactlyWhatPreCommitAnswers() {
        lane.open(now);
        assertThat(lane.committable(3)).isEqualTo(LEFT_OUT);
        assertThat(target.given).as("left out of the answer").isEmpty();

        target.becomeReady();
        put(5, 6);
        target.settle(5);
        assertThat(lane.committable(7)).isEqualTo(6);
        assertThat(lane.committable(7)).isEqualTo(6);
        lane.onFailed(stop("over"));
        assertThat(lane.committable(7)).isEqualTo(6);
        assertThat(target.given).containsExactly(6L, 6L, 6L);
    }

    // ------------------------------------------------------------------ errant records, known when they are written

    @Test
    void recordsBeforeAnErrantOneDoNotWaitForMore() {
        ready();
        CompletableFuture<Void> report = worker.reports();
        target.errant(6);
        put(5, 6, 7);

        assertThat(asked).containsSubsequence("write 5", "report 6", "flush", "write 7");
        target.settle(5);
        target.settle(7);
        assertThat(lane.committable(8)).isEqualTo(6);
        report.complete(null);
        assertThat(lane.committable(8)).isEqualTo(8);
    }

    @Test
    void aStopForARecordWaitsForWhatTheTargetHasYetToHear() {
        ready();
        target.errant(6);
        target.answerIsOut = true;
        put(5, 6, 7);
        assertThat(asked).containsSubsequence("report 6", "flush").doesNotContain("write 7");
        target.settle(5);
        put();
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);

        target.answerIsOut = false;
        put();
        assertThat(lane.failure()).hasMessageContaining("t-3@6");
        assertThat(lane.committable(8)).isEqualTo(6);
    }

    @Test
    void whatTheTargetHeardMeanwhileCountsMoreThanTheStopForARecord() {
        ready();
        target.errant(6);
        target.atEndPut = target::becomeLost;
        put(6);
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);
        assertThat(target.readiness()).isEqualTo(LaneTarget.Readiness.LOST);
    }

    @Test
    void aTargetLostAtTheEndOfAPutIsNotAskedToRest() {
        ready();
        put();
        assertThat(asked).containsOnlyOnce("quiet");
        target.atEndPut = target::becomeLost;
        put();
        assertThat(asked).containsOnlyOnce("quiet");
    }

    // ------------------------------------------------------------------ errant records, refused by the store later

    @Test
    void aRecordRefusedLaterHoldsTheCommitUntilItsReportIsSafe() {
        ready();
        CompletableFuture<Void> report = worker.reports();
        put(5, 6, 7);
        target.settle(7);
        target.refuse(6);
        assertThat(asked).contains("report 6");
        assertThat(counters.diverted.sum()).isEqualTo(1);
        assertThat(lane.committable(8)).isEqualTo(5);

        target.settle(5);
        assertThat(lane.committable(8)).isEqualTo(6);
        put(8);
        assertThat(asked).as("records go on").contains("write 8");
        report.complete(null);
        assertThat(lane.committable(9)).isEqualTo(8);
        target.settle(8);
        assertThat(lane.committable(9)).isEqualTo(9);
    }

    @Test
    void aRecordRefusedLaterIsSettledAtOnceWhereNobodyKeepsIt() {
        ready();
        worker.keepsNoErrantRecords();
        put(5, 6);
        now += Duration.ofMillis(70).toNanos();
        assertThat(figure("progress-age-ms")).isEqualTo(70L);
        target.refuse(6);
        assertThat(figure("progress-age-ms")).as("an answer is progress").isEqualTo(0L);
        assertThat(lane.committable(7)).isEqualTo(5);
        target.settle(5);
        assertThat(lane.committable(7)).isEqualTo(7);
    }

    @Test
    void aReportThatFailsStopsTheLaneOnceEverythingBeforeItIsSettled() {
        ready();
        CompletableFuture<Void> report = worker.reports();
        put(5, 6, 7);
        target.refuse(6);
        report.completeExceptionally(new IllegalStateException("queue gone"));
        target.settle(7);
        put(8);
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);
        assertThat(asked).as("records go on until then").contains("write 8");

        target.settle(5);
        put();
        assertThat(lane.failure()).hasMessageContaining("report of offset 6 lost: queue gone");
        assertThat(lane.committable(9)).isEqualTo(6);
    }

    @Test
    void aRecordRefusedLaterStopsTheLaneOnceEverythingBeforeItIsSettled() {
        ready();
        put(4, 5, 6, 7);
        target.settle(7);
        target.refuse(6);
        assertThat(asked).as("nothing before it waits for more").endsWith("report 6", "flush");
        put(8);
        assertThat(asked).doesNotContain("write 8");
        assertThat(lane.wakeWithin(now, 20)).as("the stop is expected").isEqualTo(20);
        target.settle(5);
        put();
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);
        assertThat(lane.committable(9)).isEqualTo(4);

        target.settle(4);
        assertThat(lane.committable(9)).isEqualTo(6);
        put();
        assertThat(lane.failure()).hasMessageContaining("t-3@6");
        assertThat(lane.committable(9)).isEqualTo(6);
        assertThat(counters.diverted.sum()).isZero();
    }

    @Test
    void ofSeveralRecordsThatStopTheLaneTheFirstDoes() {
        ready();
        target.errant(9);
        put(4, 5, 6, 7, 8, 9);
        target.refuse(8);
        target.refuse(5);
        target.refuse(6);
        target.settle(7);
        put();
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);

        target.settle(4);
        put();
        assertThat(lane.failure()).hasMessageContaining("t-3@5");
        assertThat(lane.committable(10)).isEqualTo(5);
    }

    @Test
    void aRecordThatWasToStopTheLaneIsForgottenWithEverythingElseThatIsDropped() {
        ready();
        put(5, 6);
        target.refuse(5);
        target.makeReadyAgain();
        put();
        assertThat(asked).contains("seek 5");
        assertThat(lane.committable(7)).isEqualTo(5);
        put(5, 6, 7);
        target.settle(5);
        target.settle(6);
        target.settle(7);
        put(8);
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);
        assertThat(lane.committable(8)).isEqualTo(8);

        target.refuse(8);
        put();
        assertThat(lane.failure()).as("the next one stops it").hasMessageContaining("t-3@8");
    }

    @Test
    void aRefusalOfWhatWasDroppedIsIgnored() {
        ready();
        put(5, 6);
        OffsetTracker.Entry before = target.entry(5);
        target.makeReadyAgain();
        put();
        put(5, 6);

        lane.onRefused(before, record(5), unmappable(5));
        assertThat(asked).doesNotContain("report 5");
        target.settle(5);
        target.settle(6);
        put(7);
        target.settle(7);
        put();
        assertThat(lane.state()).isEqualTo(LaneState.OPEN);
        assertThat(lane.committable(8)).isEqualTo(8);
    }

    @Test
    void aRefusalAfterTheLaneStoppedOrClosedIsIgnored() {
        ready();
        put(5, 6);
        lane.onFailed(stop("over"));
        target.refuse(5);
        assertThat(lane.failure()).hasMessageContaining("over");
        lane.close();
        target.refuse(6);
        assertThat(asked).doesNotContain("report 5", "report 6");
        assertThat(lane.state()).isEqualTo(LaneState.CLOSED);
    }

    @Test
    void aTargetThatBreaksTheRulesOfRefusalIsFoundOut() {
        ready();
        put(5, 6, 7);
        target.settle(6);
        target.entry(7).extend(8, null, 1);

        assertThatThrownBy(() -> lane.onRefused(target.entry(5), record(6), unmappable(6)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not offset 5");
        assertThatThrownBy(() -> target.refuse(6))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("SETTLED");
        assertThatThrownBy(() -> target.refuse(7))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not offsets 7 to 8");
        assertThat(asked).doesNotContain("report 5", "report 6", "report 7");
    }

    // ------------------------------------------------------------------ a target that is lost

    @Test
    void nothingIsUnsettledAfterALossThoughTheTargetDidNotDropIt() {
        ready();
        put(5, 6);
        OffsetTracker.Entry sent = target.entry(5);
        target.becomeLost();

        assertThat(asked).contains("drop");
        lane.onSettled(sent);
        assertThat(lane.committable(7)).isEqualTo(5);
        put();
        assertThat(asked).endsWith("seek 5");
    }

    @Test
    void aLostTargetIsTakenBackOnceRecordsCameAndWhileThePartitionIsAssigned() {
        ready();
        put(5);
        target.becomeLost();
        put();
        assertThat(asked).as("what was unsettled is asked for again").endsWith("seek 5");
        put();
        assertThat(asked).doesNotContain("take back");

        worker.assigned.clear();
        put(5);
        assertThat(asked).doesNotContain("take back");
        worker.assigned.add(PARTITION);
        put();
        assertThat(asked).containsOnlyOnce("take back").doesNotContain("write 6");
    }

    // ------------------------------------------------------------------ a record that cannot be converted just now

    @Test
    void aTopicMadeAgainWhileARecordIsAskedForAgainStopsTheLane() {
        ready();
        target.notYet(7);
        put(5, 6, 7);
        assertThat(asked).endsWith("seek 7", "pause");
        put();

        put(0);
        assertThat(asked).doesNotContain("write 0");
        assertThat(lane.failure()).hasMessageContaining("offset 0 came back after a seek to offset 7");
        assertThat(lane.committable(1)).isZero();
    }

    // ------------------------------------------------------------------ its end

    @Test
    void aMarkThatFailsEndsTheLaneAllTheSame() {
        ready();
        CompletableFuture<TerminalException> mark = new CompletableFuture<>();
        target.mark = mark;
        lane.onFailed(stop("seen"));
        put();
        assertThat(lane.state()).isEqualTo(LaneState.STOPPING);
        assertThat(lane.failure()).isNull();

        mark.completeExceptionally(new IllegalStateException("no answer"));
        put();
        assertThat(lane.failure()).hasMessageContaining("seen");
    }

    @Test
    void aMarkThatIsLeftSaysWhatTheLaneEndsWith() {
        ready();
        CompletableFuture<TerminalException> mark = new CompletableFuture<>();
        target.mark = mark;
        lane.onFailed(stop("seen"));
        mark.complete(stop("seen, and left a mark"));
        assertThat(lane.state()).as("the task thread has yet to hear").isEqualTo(LaneState.STOPPING);
        put();
        assertThat(lane.failure()).hasMessageContaining("left a mark");
    }

    @Test
    void aMarkAnsweredAfterTheCloseChangesNothing() {
        ready();
        CompletableFuture<TerminalException> mark = new CompletableFuture<>();
        target.mark = mark;
        lane.onFailed(stop("seen"));
        assertThat(lane.close()).isSameAs(mark);
        mark.complete(stop("seen"));
        inbox.drain();
        assertThat(lane.state()).isEqualTo(LaneState.CLOSED);
        assertThat(lane.failure()).isNull();
    }

    @Test
    void aTargetThatThrowsInItsCloseLeavesNoFiguresBehind() {
        ready();
        put(5);
        OffsetTracker.Entry sent = target.entry(5);
        target.closeThrows = true;
        assertThat(published).isNotEmpty();

        assertThatThrownBy(lane::close).hasMessage("cannot close");
        assertThat(published).isEmpty();
        assertThat(lane.state()).isEqualTo(LaneState.CLOSED);
        lane.onRefused(sent, record(5), unmappable(5));
        assertThat(asked).doesNotContain("report 5");
        assertThat(lane.close()).as("once is enough").isNull();
    }

    @Test
    void aClosedTargetIsToldWhetherEverythingIsSettled() {
        ready();
        put(5);
        target.settle(5);
        lane.close();
        assertThat(asked).endsWith("close quiet");
    }

    @Test
    void aRefusedRecordWhoseReportIsOutIsNotSettled() {
        ready();
        worker.reports();
        put(5);
        target.refuse(5);
        put();
        assertThat(asked).doesNotContain("quiet");
        lane.close();
        assertThat(asked).endsWith("close");
    }

    // ------------------------------------------------------------------ helpers

    private void ready() {
        lane.open(now);
        target.becomeReady();
    }

    /** As the worker does it. */
    private void put(long... offsets) {
        lane.beginPut(now);
        inbox.drain();
        lane.applyWishes();
        for (long offset : offsets) {
            lane.add(record(offset));
        }
        lane.endPut(false);
    }

    private @Nullable Object figure(String name) {
        return published.stream()
                .filter(gauge -> gauge.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value()
                .read();
    }

    private static SinkRecord record(long offset) {
        return new SinkRecord("t", 3, null, null, null, null, offset, 1000 + offset, TimestampType.CREATE_TIME);
    }

    private static UnmappableRecordException unmappable(long offset) {
        RecordMapper refusing = new RecordMapper(
                NullValueBehavior.FAIL, ReservedHeaderBehavior.FAIL, new StringConverter(), new StringConverter());
        return Objects.requireNonNull(catchThrowableOfType(
                UnmappableRecordException.class, () -> refusing.map(record(offset), new StreamRecordForm())));
    }

    private static TerminalException stop(String seen) {
        return TerminalException.of(TerminalCode.PROTOCOL, seen).build();
    }

    /** Notes what it is asked; tolerates no errant record unless it is told where reports go. */
    private final class ScriptedWorker implements TaskPort {

        private final Set<TopicPartition> assigned = new HashSet<>(Set.of(PARTITION));
        private boolean tolerant;
        private @Nullable Future<?> report;

        /** Errant records are kept once the report is done. */
        CompletableFuture<Void> reports() {
            CompletableFuture<Void> outcome = new CompletableFuture<>();
            tolerant = true;
            report = outcome;
            return outcome;
        }

        void keepsNoErrantRecords() {
            tolerant = true;
        }

        @Override
        public void seek(TopicPartition partition, long offset) {
            asked.add("seek " + offset);
        }

        @Override
        public void pause(TopicPartition partition) {
            asked.add("pause");
        }

        @Override
        public void resume(TopicPartition partition) {
            asked.add("resume");
        }

        @Override
        public boolean isAssigned(TopicPartition partition) {
            return assigned.contains(partition);
        }

        @Override
        public void requestCommit() {
            asked.add("commit");
        }

        @Override
        public @Nullable Future<?> report(SinkRecord record, UnmappableRecordException reason) {
            asked.add("report " + record.originalKafkaOffset());
            if (!tolerant) {
                throw reason;
            }
            return report;
        }
    }

    /** Takes each record in an entry of its own, and does what the test says. */
    private final class ScriptedTarget implements LaneTarget {

        private final Map<Long, OffsetTracker.Entry> entries = new HashMap<>();
        private final Map<Long, RuntimeException> refusals = new HashMap<>();
        private final List<Long> given = new ArrayList<>();
        private @Nullable Lane listener;
        private @Nullable OffsetTracker offsets;
        private Readiness readiness = Readiness.PREPARING;

        private boolean answerIsOut;
        private Runnable atEndPut = () -> {};
        private boolean closeThrows;
        private @Nullable CompletableFuture<TerminalException> mark;

        LaneTarget of(TopicPartition partition, Lane whom, OffsetTracker tracker) {
            listener = whom;
            offsets = tracker;
            return this;
        }

        // what the test has it do

        private Lane listener() {
            return Objects.requireNonNull(listener);
        }

        OffsetTracker.Entry entry(long offset) {
            return Objects.requireNonNull(entries.get(offset));
        }

        void becomeReady() {
            readiness = Readiness.READY;
            listener().onReady();
        }

        /** As after a claim that has to be made again. */
        void makeReadyAgain() {
            listener().dropUnsettled();
            becomeReady();
        }

        void becomeLost() {
            readiness = Readiness.LOST;
            listener().onLost();
        }

        void errant(long offset) {
            refusals.put(offset, unmappable(offset));
        }

        void notYet(long offset) {
            refusals.put(offset, new RetriableException("no schema registry"));
        }

        void settle(long offset) {
            listener().onSettled(entry(offset));
        }

        void refuse(long offset) {
            listener().onRefused(entry(offset), record(offset), unmappable(offset));
        }

        // what the lane asks

        @Override
        public void open(long moment) {
            asked.add("open");
        }

        @Override
        public boolean write(SinkRecord record, long offset, long moment) {
            RuntimeException refusal = refusals.get(offset);
            if (refusal != null) {
                throw refusal;
            }
            asked.add("write " + offset);
            entries.put(offset, Objects.requireNonNull(offsets).open(offset));
            return true;
        }

        @Override
        public void flush() {
            asked.add("flush");
        }

        @Override
        public boolean endPut(long moment, boolean busy, boolean heldBack) {
            atEndPut.run();
            return !answerIsOut;
        }

        @Override
        public void onCommitGiven(long offset) {
            given.add(offset);
        }

        @Override
        public void onQuiet(long moment, long idleNanos) {
            asked.add("quiet");
        }

        @Override
        public void takeBack(long moment) {
            asked.add("take back");
            readiness = Readiness.PREPARING;
        }

        @Override
        public void drop() {
            asked.add("drop");
        }

        @Override
        public @Nullable CompletableFuture<TerminalException> halt(TerminalException reason, boolean onlySeenHere) {
            return mark;
        }

        @Override
        public @Nullable CompletableFuture<?> close(boolean quiet) {
            asked.add(quiet ? "close quiet" : "close");
            if (closeThrows) {
                throw new IllegalStateException("cannot close");
            }
            return null;
        }

        @Override
        public Readiness readiness() {
            return readiness;
        }

        @Override
        public TargetEnd end() {
            return new TargetEnd(null, Anchor.UNKNOWN, false);
        }

        @Override
        public long heldBytes() {
            return 0;
        }

        @Override
        public long usefulBytes() {
            return 0;
        }

        @Override
        public long wakeWithin(long moment, long watchful) {
            return Long.MAX_VALUE;
        }

        @Override
        public String noun() {
            return "queue";
        }

        @Override
        public String name() {
            return "q";
        }

        @Override
        public String state() {
            return readiness.name();
        }

        @Override
        public List<Gauge> gauges() {
            return List.of();
        }

        @Override
        public TerminalException topicRecreated(String seen) {
            return TerminalException.of(TerminalCode.TOPIC_RECREATED, seen).build();
        }

        @Override
        public TerminalException unwritable(UnmappableRecordException record) {
            return TerminalException.of(record.code(), record.seen()).build();
        }

        @Override
        public TerminalException reportLost(long offset, Throwable reason) {
            return stop("report of offset " + offset + " lost: " + reason.getMessage());
        }
    }
}
