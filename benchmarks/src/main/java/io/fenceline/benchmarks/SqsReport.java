package io.fenceline.benchmarks;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Rounds of {@code bin/bench sqs-sink} at queues of one kind. */
final class SqsReport {

    /** What was measured, in the order of a round. */
    enum Sender {
        BARE_SDK("bare SDK"),
        SINK("SQS sink"),
        ONE_BY_ONE("one by one");

        final String title;

        Sender(String title) {
            this.title = title;
        }
    }

    private final SqsOptions options;
    private final QueueKind kind;
    private final Rounds<Sender> rounds;

    SqsReport(SqsOptions options, QueueKind kind) {
        this.options = options;
        this.kind = kind;
        this.rounds = new Rounds<>(Sender.class, options.rounds());
    }

    void add(Sender sender, Measurement measurement) {
        rounds.add(sender, measurement);
    }

    /** One line about a measurement just made. */
    String line(Sender sender, Measurement measurement) {
        return String.format(
                Locale.ROOT,
                "%s, %s: %,.0f messages/s, %.1f µs CPU per message, %.2f cores used by others",
                kind.title,
                sender.title,
                measurement.recordsPerSecond(),
                measurement.clientMicrosPerRecord(),
                measurement.elsewhere());
    }

    String text() {
        RoundsText text = new RoundsText();
        text.title(
                "%s: %d rounds, %,d messages of %d bytes, %d partitions, %d requests in flight%s",
                kind.title,
                options.rounds(),
                options.messages(),
                options.size(),
                options.partitions(),
                options.concurrency(),
                options.delay() < 0 ? "" : ", answers " + options.delay() + " ms later");
        text.ratios();
        text.ratio(
                "messages/s, SQS sink / bare SDK",
                "at least 0.90",
                sinkTo(Sender.BARE_SDK, Measurement::recordsPerSecond));
        text.ratio(
                "CPU per message, worker / bare SDK",
                "at most 1.15",
                sinkTo(Sender.BARE_SDK, Measurement::clientMicrosPerRecord));
        text.ratio(
                "  the same without the JVMs' compilers",
                "",
                sinkTo(Sender.BARE_SDK, Measurement::clientMicrosWithoutCompilers));
        text.ratio(
                "messages/s, SQS sink / one by one",
                options.delay() < 0 ? goalAgainstOneByOne() : options.delay() == 10 ? "at least 10.00" : "",
                sinkTo(Sender.ONE_BY_ONE, Measurement::recordsPerSecond));
        text.figures();
        for (Sender sender : Sender.values()) {
            row(text, sender, "messages/s", "%,.0f", Measurement::recordsPerSecond);
            row(text, sender, "CPU µs per message", "%.1f", Measurement::clientMicrosPerRecord);
            row(text, sender, "  of it the JVM's compilers", "%.1f", Measurement::compilerMicrosPerRecord);
            row(text, sender, "ElasticMQ CPU µs/message", "%.1f", Measurement::serverMicrosPerRecord);
            row(text, sender, "broker CPU µs per message", "%.1f", Measurement::brokerMicrosPerRecord);
            row(text, sender, "bytes allocated per message", "%,.0f", Measurement::allocatedPerRecord);
            row(text, sender, "request p50 ms", "%.1f", Measurement::p50Millis);
            row(text, sender, "request p99 ms", "%.1f", Measurement::p99Millis);
            row(text, sender, "cores used by others", "%.2f", Measurement::elsewhere);
        }
        return text.toString();
    }

    /** Where answers come at once. */
    private String goalAgainstOneByOne() {
        return switch (kind) {
            case STANDARD -> "at least 3.00";
            case FIFO -> "at least 2.40";
        };
    }

    private double[] sinkTo(Sender other, ToDoubleFunction<Measurement> figure) {
        return rounds.ratios(Sender.SINK, other, figure);
    }

    private void row(RoundsText text, Sender sender, String unit, String format, ToDoubleFunction<Measurement> figure) {
        text.figure(sender.title, unit, format, rounds.all(sender, figure));
    }
}
