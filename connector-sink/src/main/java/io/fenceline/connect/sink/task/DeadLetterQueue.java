package io.fenceline.connect.sink.task;

import io.fenceline.connect.ProducedSize;
import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.UnmappableRecordException;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.TaskKeys;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connector's dead letter queue, and whether its reports can be believed. Task thread only.
 *
 * <p>Connect's producer refuses a record at once if it is larger than {@code max.request.size}, or if it has no right to the
 * topic. Connect leaves out of its answer whatever is done by then, so it answers success (KIP-610's reporter, Kafka 3.9 and
 * 4.3). A report that was sent is not done yet: it has to travel to a broker and back. So one that is done at once is
 * repeated, as a busy machine may have taken its time; and one that is done at once again was not sent.
 */
final class DeadLetterQueue {

    private static final Logger log = LoggerFactory.getLogger(DeadLetterQueue.class);

    static final String TOPIC = "errors.deadletterqueue.topic.name";
    static final String CONTEXT_HEADERS = "errors.deadletterqueue.context.headers.enable";
    static final String MAX_REQUEST_SIZE = "producer.override.max.request.size";
    private static final String BUFFER_MEMORY = "producer.override.buffer.memory";
    private static final String MAX_MESSAGE_BYTES = "max.message.bytes";

    /** What Kafka's producer sends at most unless told otherwise. */
    static final long DEFAULT_MAX_REQUEST_SIZE = 1 << 20;

    private static final long DEFAULT_BUFFER_MEMORY = 32L << 20;

    /** By name: Kafka's own exceptions are not part of Connect's API. */
    private static final String RECORD_TOO_LARGE = "org.apache.kafka.common.errors.RecordTooLargeException";

    private static final String CONTEXT = "__connect.errors.";
    private static final String STACK_TRACE = CONTEXT + "exception.stacktrace";

    private final ErrantRecordReporter reporter;
    private final String topic;
    private final String connector;
    private final String task;
    private final boolean hasContextHeaders;
    private final long maxRequestSize;
    private final long bufferMemory;

    private DeadLetterQueue(ErrantRecordReporter reporter, String topic, Map<String, String> properties) {
        this.reporter = reporter;
        this.topic = topic;
        this.connector = properties.getOrDefault("name", "");
        this.task = properties.getOrDefault(TaskKeys.NUMBER, "0");
        this.hasContextHeaders = Boolean.parseBoolean(RawValues.text(properties, CONTEXT_HEADERS, "false"));
        this.maxRequestSize = maxRequestSize(properties);
        this.bufferMemory = RawValues.number(properties, BUFFER_MEMORY, DEFAULT_BUFFER_MEMORY)
                .orElse(DEFAULT_BUFFER_MEMORY);
    }

    /** Null if none is named. */
    static @Nullable DeadLetterQueue of(ErrantRecordReporter reporter, Map<String, String> properties) {
        String topic = properties.getOrDefault(TOPIC, "");
        return topic.isEmpty() ? null : new DeadLetterQueue(reporter, topic, properties);
    }

    /** What the connector's configuration lets Connect's producer send; what the worker sets cannot be seen. */
    static long maxRequestSize(Map<String, String> properties) {
        return RawValues.number(properties, MAX_REQUEST_SIZE, DEFAULT_MAX_REQUEST_SIZE)
                .orElse(DEFAULT_MAX_REQUEST_SIZE);
    }

    /**
     * Reports a record.
     *
     * @return done when the queue has the record; fails with an {@link UnmappableRecordException} if the topic refuses it as
     *     too large
     * @throws UnmappableRecordException the report was not sent
     */
    Future<?> report(SinkRecord record, UnmappableRecordException reason) {
        Errant errant = new Errant(record, reason);
        Future<?> report = reporter.report(record, reason);
        if (isAnsweredAtOnce(report)) {
            log.info("reported again, as the report was done before it can have been sent: {}", reason.getMessage());
            report = reporter.report(record, reason);
        }
        if (isAnsweredAtOnce(report)) {
            throw errant.notSent();
        }
        return new Report(report, errant);
    }

    /** Done, and not with a failure that can be told from the answer. */
    private static boolean isAnsweredAtOnce(Future<?> report) {
        if (!report.isDone()) {
            return false;
        }
        try {
            report.get();
            return true;
        } catch (ExecutionException | CancellationException e) {
            return false;
        } catch (InterruptedException e) {
            // A future that is done does not wait.
            Thread.currentThread().interrupt();
            return true;
        }
    }

    /** What is remembered of a record while its report is under way. */
    private final class Errant {

        private final UnmappableRecordException reason;
        private final ProducedSize size;
        private final boolean carriesStackTrace;

        Errant(SinkRecord record, UnmappableRecordException reason) {
            this.reason = reason;
            this.size = ProducedSize.of(record);
            this.carriesStackTrace = hasContextHeaders && record.headers().lastWithName(STACK_TRACE) == null;
            if (hasContextHeaders) {
                addContext(record);
            }
        }

        /** As Connect's reporter does; a header that is there already is left as it is. */
        private void addContext(SinkRecord record) {
            Map<String, String> context = Map.of(
                    "topic", String.valueOf(record.originalTopic()),
                    "partition", String.valueOf(record.originalKafkaPartition()),
                    "offset", String.valueOf(record.originalKafkaOffset()),
                    "connector.name", connector,
                    "task.id", task,
                    "stage", "TASK_PUT",
                    "class.name", SinkTask.class.getName(),
                    "exception.class.name", reason.getClass().getName(),
                    "exception.message", String.valueOf(reason.getMessage()));
            context.forEach((name, value) -> {
                if (record.headers().lastWithName(CONTEXT + name) == null) {
                    size.addHeader(CONTEXT + name, value.getBytes(StandardCharsets.UTF_8).length);
                }
            });
        }

        /** Only when it is needed, and once: printing a stack trace takes longer than all the rest. */
        private OptionalLong bytesWithStackTrace() {
            if (carriesStackTrace) {
                ByteArrayOutputStream trace = new ByteArrayOutputStream();
                reason.printStackTrace(new PrintStream(trace, true, StandardCharsets.UTF_8));
                size.addHeader(STACK_TRACE, trace.size());
            }
            return size.bytes();
        }

        UnmappableRecordException notSent() {
            OptionalLong bytes = bytesWithStackTrace();
            boolean over = bytes.isPresent() && bytes.getAsLong() > Math.min(maxRequestSize, bufferMemory);
            if (over || reason.code() == TerminalCode.RECORD_TOO_LARGE) {
                return reason.unreported(
                        TerminalCode.RECORD_TOO_LARGE,
                        "the dead letter queue '" + topic
                                + "' did not get it, because Connect's producer did not send it: "
                                + said(bytes) + ", and the producer sends at most " + maxRequestSize + " as far as "
                                + MAX_REQUEST_SIZE + " of the connector says",
                        raiseLimits(bytes)
                                + (over ? "" : "; if they allow it already, check the right to write to the topic"));
            }
            return reason.unreported(
                    reason.code(),
                    "the dead letter queue '" + topic + "' did not get it: Connect's producer did not send it, and the"
                            + " worker's log says why (\"Could not produce message to dead letter queue\")",
                    "check that the topic exists, that the connector's producer has the right to write to it, and that "
                            + MAX_REQUEST_SIZE + " and the topic's " + MAX_MESSAGE_BYTES + " allow the record, "
                            + said(bytes));
        }

        UnmappableRecordException refusedByTopic() {
            OptionalLong bytes = bytesWithStackTrace();
            return reason.unreported(
                    TerminalCode.RECORD_TOO_LARGE,
                    "the topic of the dead letter queue, '" + topic + "', refused it as too large: " + said(bytes),
                    raiseLimits(bytes));
        }

        private String raiseLimits(OptionalLong bytes) {
            String enough = bytes.isPresent() ? "at least " + bytes.getAsLong() : "more than that";
            String memory = bytes.isPresent() && bytes.getAsLong() > bufferMemory ? BUFFER_MEMORY + ", " : "";
            return "raise " + memory + MAX_REQUEST_SIZE + " of the connector and " + MAX_MESSAGE_BYTES + " of topic '"
                    + topic + "' to " + enough + " (both count), or move past the record with PATCH /connectors/"
                    + connector + "/offsets";
        }

        private static String said(OptionalLong bytes) {
            return bytes.isPresent()
                    ? "with its headers it has " + bytes.getAsLong() + " bytes there"
                    : "how many bytes it has there with its headers cannot be told, as its converter changed it";
        }
    }

    /** A report under way, which tells of a refusal by size in our words. */
    private static final class Report implements Future<Object> {

        private final Future<?> sent;
        private final Errant errant;
        private @Nullable ExecutionException refusal;

        Report(Future<?> sent, Errant errant) {
            this.sent = sent;
            this.errant = errant;
        }

        @Override
        public @Nullable Object get() throws InterruptedException, ExecutionException {
            try {
                return sent.get();
            } catch (ExecutionException e) {
                throw inOurWords(e);
            }
        }

        @Override
        public @Nullable Object get(long timeout, TimeUnit unit)
                throws InterruptedException, ExecutionException, TimeoutException {
            try {
                return sent.get(timeout, unit);
            } catch (ExecutionException e) {
                throw inOurWords(e);
            }
        }

        private ExecutionException inOurWords(ExecutionException failure) {
            Throwable cause = failure.getCause();
            if (cause == null || !cause.getClass().getName().equals(RECORD_TOO_LARGE)) {
                return failure;
            }
            if (refusal == null) {
                refusal = new ExecutionException(errant.refusedByTopic());
            }
            return refusal;
        }

        @Override
        public boolean isDone() {
            return sent.isDone();
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            return sent.cancel(mayInterrupt);
        }

        @Override
        public boolean isCancelled() {
            return sent.isCancelled();
        }
    }
}
