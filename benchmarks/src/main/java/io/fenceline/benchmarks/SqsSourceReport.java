package io.fenceline.benchmarks;

import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Rounds of {@code bin/bench sqs-source} at queues of one kind. */
final class SqsSourceReport {

    /** What was measured, in the order of a round. */
    enum Receiver {
        BARE_LOOP("bare loop"),
        SOURCE("SQS source");

        final String title;

        Receiver(String title) {
            this.title = title;
        }
    }

    private final SqsSourceOptions options;
    private final QueueKind kind;
    private final Rounds<Receiver> rounds;

    SqsSourceReport(SqsSourceOptions options, QueueKind kind) {
        this.options = options;
        this.kind = kind;
        this.rounds = new Rounds<>(Receiver.class, options.rounds());
    }

    void add(Receiver receiver, Measurement measurement) {
        rounds.add(receiver, measurement);
    }

    /** One line about a measurement just made. */
    String line(Receiver receiver, Measurement measurement) {
        return String.format(
                Locale.ROOT,
                "%s, %s: %,.0f messages/s, %.1f µs CPU per message, %.2f cores used by others",
                kind.title,
                receiver.title,
                measurement.recordsPerSecond(),
                measurement.clientMicrosPerRecord(),
                measurement.elsewhere());
    }

    String text() {
        RoundsText text = new RoundsText();
        text.title(
                "%s: %d rounds of %d × %,d messages of %d bytes%s, %d receivers, %s%s",
                kind.title,
                options.rounds(),
                options.slices(),
                options.messages(),
                options.size(),
                kind == QueueKind.FIFO ? " in " + options.groups() + " groups" : "",
                options.receivers(),
                options.exactlyOnce() ? "exactly once" : "at least once",
                options.delay() < 0 ? "" : ", answers " + options.delay() + " ms later");
        text.ratios();
        text.ratio(
                "messages/s, SQS source / bare loop",
                options.exactlyOnce() && options.delay() < 0 ? "at least 0.85" : "",
                sourceToLoop(Measurement::recordsPerSecond));
        text.ratio("CPU per message, worker / bare loop", "", sourceToLoop(Measurement::clientMicrosPerRecord));
        text.ratio(
                "  the same without the JVMs' compilers", "", sourceToLoop(Measurement::clientMicrosWithoutCompilers));
        text.ratio(
                "ElasticMQ CPU per message, SQS source / bare loop",
                "",
                sourceToLoop(Measurement::serverMicrosPerRecord));
        text.figures();
        for (Receiver receiver : Receiver.values()) {
            row(text, receiver, "messages/s", "%,.0f", Measurement::recordsPerSecond);
            row(text, receiver, "CPU µs per message", "%.1f", Measurement::clientMicrosPerRecord);
            row(text, receiver, "  of it the JVM's compilers", "%.1f", Measurement::compilerMicrosPerRecord);
            row(text, receiver, "ElasticMQ CPU µs/message", "%.1f", Measurement::serverMicrosPerRecord);
            row(text, receiver, "broker CPU µs per message", "%.1f", Measurement::brokerMicrosPerRecord);
            row(text, receiver, "bytes allocated per message", "%,.0f", Measurement::allocatedPerRecord);
            row(text, receiver, "cores used by others", "%.2f", Measurement::elsewhere);
        }
        return text.toString();
    }

    private double[] sourceToLoop(ToDoubleFunction<Measurement> figure) {
        return rounds.ratios(Receiver.SOURCE, Receiver.BARE_LOOP, figure);
    }

    private void row(
            RoundsText text, Receiver receiver, String unit, String format, ToDoubleFunction<Measurement> figure) {
        text.figure(receiver.title, unit, format, rounds.all(receiver, figure));
    }
}
