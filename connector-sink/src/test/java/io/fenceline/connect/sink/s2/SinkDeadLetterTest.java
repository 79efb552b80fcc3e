package io.fenceline.connect.sink.s2;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A task between Connect's reporter, which answers success for what its producer has refused, and a topic that may refuse. */
class SinkDeadLetterTest {

    private static final int TOO_LARGE = (1 << 20) + 1;

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(SinkRig.T0);
    private final Reporter reporter = new Reporter();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aTooLargeRecordThatConnectsProducerRefusedAtOnceWasInNeitherTheStreamNorTheQueue() {
        WorkerModel worker = tolerant();
        topic.produce(3);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(3);

        TerminalException end = failureOf(worker);
        worker.commit();

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(end)
                .hasMessageContaining("t-0@3")
                .hasMessageContaining("'dlq'")
                .hasMessageContaining("producer.override.max.request.size")
                .hasMessageContaining("max.message.bytes");
        assertThat(reporter.kept).isEmpty();
        assertThat(stream()).isEqualTo(List.of(0L, 1L, 2L));
        assertThat(topic.committed()).isIn(null, 0L, 3L);
    }

    @Test
    void theSizeThatTheMessageAsksForIsEnough() {
        TerminalException end = stoppedByTheLimitOf(tolerant());
        long enough = sizeIn(end);
        assertThat(enough).isGreaterThan(TOO_LARGE);

        reporter.maxRequestSize = enough - 1;
        rig.properties.put("producer.override.max.request.size", String.valueOf(enough - 1));
        assertThat(sizeIn(stoppedAgain())).isEqualTo(enough);

        reporter.maxRequestSize = enough;
        rig.properties.put("producer.override.max.request.size", String.valueOf(enough));
        WorkerModel worker = tolerant();
        drain(worker);
        worker.commit();
        assertThat(reporter.kept).containsExactly(3L);
        assertThat(stream()).isEqualTo(List.of(0L, 1L, 2L, 4L, 5L, 6L));
        assertThat(topic.committed()).isEqualTo(7);
    }

    @Test
    void theHeadersThatConnectAddsCountAsWell() {
        WorkerModel plain = tolerant();
        long without = sizeIn(stoppedByTheLimitOf(plain));

        rig.properties.put("errors.deadletterqueue.context.headers.enable", "true");
        assertThat(sizeIn(stoppedAgain())).isGreaterThan(without + 1000);
    }

    @Test
    void aHeaderOfConnectsThatTheRecordHasAlreadyIsNotCountedTwice() {
        rig.properties.put("errors.deadletterqueue.context.headers.enable", "true");
        long added = sizeIn(stoppedByTheLimitOf(tolerant()));

        long less = sizeIn(stoppedAgainWith("exception.stacktrace"));
        assertThat(less).isLessThan(added - 1000);
        assertThat(sizeIn(stoppedAgainWith("exception.stacktrace", "exception.message")))
                .isLessThan(less - 50);
    }

    private TerminalException stoppedAgainWith(String... headers) {
        WorkerModel worker = tolerant();
        worker.transform = record -> {
            for (String header : headers) {
                record.headers().addBytes("__connect.errors." + header, new byte[1]);
            }
            return record;
        };
        TerminalException end = failureOf(worker);
        rig.kill(worker);
        return end;
    }

    @Test
    void whatTheProducersMemoryDoesNotHoldIsNamedAsALimitToo() {
        reporter.maxRequestSize = TOO_LARGE / 2;
        rig.properties.put("producer.override.max.request.size", String.valueOf(8 << 20));
        rig.properties.put("producer.override.buffer.memory", String.valueOf(TOO_LARGE / 2));

        assertThat(stoppedByTheLimitOf(tolerant()))
                .hasMessageContaining("producer.override.buffer.memory")
                .hasMessageNotContaining("right to write");
    }

    @Test
    void aRefusalAtOnceThatConnectDoesNotKeepToItselfStopsTheTaskAndIsNotReportedAgain() {
        List<Long> reported = new ArrayList<>();
        WorkerModel worker = tolerant((record, error) -> {
            reported.add(record.originalKafkaOffset());
            return CompletableFuture.failedFuture(new RecordTooLargeException("as the producer says it"));
        });

        assertThat(stoppedByTheLimitOf(worker).code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(reported).containsExactly(3L);
        assertThat(stream()).isEqualTo(List.of(0L, 1L, 2L));
    }

    @Test
    void aRecordThatOnlyTheQueueCannotTakeStopsWithTheSameCode() {
        rig.properties.put("behavior.on.null.values", "fail");
        WorkerModel worker = tolerant();
        worker.transform = record -> record.newRecord(
                record.topic(), record.kafkaPartition(), null, new byte[TOO_LARGE], null, null, record.timestamp());
        topic.produce(1);

        TerminalException end = failureOf(worker);

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(end).hasMessageContaining("behavior.on.null.values").hasMessageContaining("max.message.bytes");
    }

    @Test
    void aReportThatWasNotSentForAnotherReasonWasBelieved() {
        rig.properties.put("behavior.on.null.values", "fail");
        reporter.hasNoRight = true;
        WorkerModel worker = tolerant();
        topic.produce(2);
        topic.produce(1L, null);
        topic.produce(2);

        TerminalException end = failureOf(worker);
        worker.commit();

        assertThat(end.code()).isEqualTo(TerminalCode.UNMAPPABLE_RECORD);
        assertThat(end)
                .hasMessageContaining("t-0@2")
                .hasMessageContaining("right to write")
                .hasMessageContaining("Could not produce message to dead letter queue");
        assertThat(stream()).isEqualTo(List.of(0L, 1L));
        assertThat(topic.committed()).isIn(null, 0L, 2L);
    }

    @Test
    void aReportThatWasSentAndAnsweredBeforeWeLookedStopsNothing() {
        reporter.maxRequestSize = 8 << 20;
        reporter.answeredBeforeConnectLooks = 1;
        WorkerModel worker = tolerant();
        topic.produce(2);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(2);
        drain(worker);
        worker.commit();

        assertThat(reporter.kept).as("twice rather than never").containsExactly(2L, 2L);
        assertThat(stream()).isEqualTo(List.of(0L, 1L, 3L, 4L));
        assertThat(topic.committed()).isEqualTo(5);
    }

    @Test
    void aReportThatTheTopicRefusesAsTooLargeSaysWhatToRaise() {
        reporter.maxRequestSize = 8 << 20;
        reporter.maxMessageBytes = 1 << 20;
        rig.properties.put("producer.override.max.request.size", String.valueOf(8 << 20));
        WorkerModel worker = tolerant();
        topic.produce(2);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(2);

        TerminalException end = failureOf(worker);
        worker.commit();

        assertThat(end.code()).isEqualTo(TerminalCode.RECORD_TOO_LARGE);
        assertThat(end)
                .hasMessageContaining("t-0@2")
                .hasMessageContaining("'dlq'")
                .hasMessageContaining("producer.override.max.request.size")
                .hasMessageContaining("max.message.bytes");
        assertThat(sizeIn(end)).isGreaterThan(TOO_LARGE);
        assertThat(stream()).isEqualTo(List.of(0L, 1L));
        assertThat(topic.committed()).isIn(null, 0L, 2L);
    }

    @Test
    void manyErrantRecordsOfWhichOneIsTooLargeForTheQueueKeepTheirOrder() {
        rig.properties.put("behavior.on.null.values", "fail");
        WorkerModel worker = tolerant();
        topic.produce(1L, null);
        topic.produce(1L, null);
        topic.produce(1);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(1L, null);
        topic.produce(1);

        TerminalException end = failureOf(worker);
        worker.commit();

        assertThat(end).hasMessageContaining("t-0@3");
        assertThat(reporter.kept).as("nothing behind it").containsExactly(0L, 1L);
        assertThat(stream()).isEqualTo(List.of(2L));
        assertThat(topic.committed()).isIn(null, 0L, 3L);
    }

    @Test
    void withoutAQueueWhatIsOnlyLoggedIsDoneAtOnceAndGoesOn() {
        rig.properties.put("errors.tolerance", "all");
        rig.properties.put("errors.log.enable", "true");
        WorkerModel worker = rig.worker();
        worker.reporter = (record, error) -> CompletableFuture.completedFuture(null);
        worker.start();
        worker.assign(SinkRig.T0);
        rig.settle();
        topic.produce(2);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(2);
        drain(worker);
        worker.commit();

        assertThat(stream()).isEqualTo(List.of(0L, 1L, 3L, 4L));
        assertThat(topic.committed()).isEqualTo(5);
    }

    private WorkerModel tolerant() {
        return tolerant(reporter);
    }

    private WorkerModel tolerant(ErrantRecordReporter answering) {
        rig.properties.put("errors.tolerance", "all");
        rig.properties.put("errors.deadletterqueue.topic.name", "dlq");
        WorkerModel worker = rig.worker();
        worker.reporter = answering;
        worker.start();
        worker.assign(SinkRig.T0);
        rig.settle();
        return worker;
    }

    private TerminalException stoppedByTheLimitOf(WorkerModel worker) {
        topic.produce(3);
        topic.produce(1L, new byte[TOO_LARGE]);
        topic.produce(3);
        TerminalException end = failureOf(worker);
        rig.kill(worker);
        return end;
    }

    private TerminalException stoppedAgain() {
        WorkerModel worker = tolerant();
        TerminalException end = failureOf(worker);
        rig.kill(worker);
        return end;
    }

    private List<Long> stream() {
        return rig.stream(SinkRig.T0).offsets();
    }

    private static long sizeIn(TerminalException end) {
        Matcher size = Pattern.compile("to at least (\\d+)").matcher(String.valueOf(end.getMessage()));
        assertThat(size.find()).as(end.getMessage()).isTrue();
        return Long.parseLong(size.group(1));
    }

    /** Polls, with the broker answering in between, until the task stops. */
    private TerminalException failureOf(WorkerModel worker) {
        for (int i = 0; i < 20; i++) {
            try {
                worker.poll();
            } catch (TerminalException end) {
                return end;
            }
            rig.settle();
            reporter.brokerAnswers();
            rig.advance(Duration.ofMillis(50));
        }
        throw new AssertionError("the task goes on; streams: " + rig.basin);
    }

    private void drain(WorkerModel worker) {
        for (int i = 0; i < 12; i++) {
            worker.poll();
            rig.settle();
            reporter.brokerAnswers();
            rig.advance(Duration.ofMillis(20));
        }
    }

    /**
     * Answers as Connect's does (RetryWithToleranceOperator, 3.9.2 and 4.3.1): what is done by the time it looks is left out,
     * also a refusal; if nothing is left, that is a success.
     */
    private static final class Reporter implements ErrantRecordReporter {

        /** Offsets of what is in the queue. */
        final List<Long> kept = new ArrayList<>();

        boolean hasNoRight;
        long maxRequestSize = 1 << 20;
        long maxMessageBytes = Long.MAX_VALUE;
        int answeredBeforeConnectLooks;

        private final Map<CompletableFuture<Void>, SinkRecord> sent = new LinkedHashMap<>();

        @Override
        public Future<Void> report(SinkRecord record, Throwable error) {
            if (hasNoRight || sizeOf(record) > maxRequestSize) {
                return CompletableFuture.completedFuture(null);
            }
            CompletableFuture<Void> report = new CompletableFuture<>();
            sent.put(report, record);
            if (answeredBeforeConnectLooks > 0) {
                answeredBeforeConnectLooks--;
                brokerAnswers();
            }
            return report;
        }

        void brokerAnswers() {
            sent.forEach((report, record) -> {
                if (sizeOf(record) > maxMessageBytes) {
                    report.completeExceptionally(new RecordTooLargeException("as the broker says it"));
                } else {
                    kept.add(record.originalKafkaOffset());
                    report.complete(null);
                }
            });
            sent.clear();
        }

        /** As Kafka's producer counts it. */
        private static long sizeOf(SinkRecord record) {
            return AbstractRecords.estimateSizeInBytesUpperBound(
                    RecordBatch.CURRENT_MAGIC_VALUE,
                    CompressionType.NONE,
                    (byte[]) record.key(),
                    bytes(record.value()),
                    Record.EMPTY_HEADERS);
        }

        private static byte @Nullable [] bytes(@Nullable Object value) {
            return value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : (byte[]) value;
        }
    }
}
