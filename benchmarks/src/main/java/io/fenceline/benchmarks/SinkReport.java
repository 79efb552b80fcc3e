package io.fenceline.benchmarks;

import io.fenceline.benchmarks.BenchOptions.Subject;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Rounds of one shape of the topic: their text, and what the table of all shapes takes of them. */
final class SinkReport {

    private final BenchOptions options;
    private final Rounds<Subject> rounds;

    SinkReport(BenchOptions options) {
        this.options = options;
        this.rounds = new Rounds<>(Subject.class, options.rounds());
    }

    void add(Subject subject, Measurement measurement) {
        rounds.add(subject, measurement);
    }

    /** One line about a measurement just made. */
    String line(Subject subject, Measurement measurement) {
        return String.format(
                Locale.ROOT,
                "%s: %,.0f records/s, %.1f MiB/s, %.2f µs CPU per record, %.2f cores used by others",
                subject.title,
                measurement.recordsPerSecond(),
                measurement.mebibytesPerSecond(options.size()),
                measurement.clientMicrosPerRecord(),
                measurement.elsewhere());
    }

    String text() {
        RoundsText text = new RoundsText();
        text.title(
                "%d rounds, records of %d bytes, %d partition(s), %d task(s), %,d records drained",
                options.rounds(), options.size(), options.partitions(), options.tasks(), options.recordsToDrain());
        text.ratios();
        text.ratio("append session / s2 bench", "at least 0.90", sessionToBench());
        text.ratio("whole sink / [1 / (1/no-op + 1/s2 bench)]", "at least 0.90", sinkToLimit());
        text.ratio(
                "worker CPU per record, sink / no-op", "at most 1.40", cpuToNoOp(Measurement::clientMicrosPerRecord));
        text.ratio("  the same without the JVM's compilers", "", cpuToNoOp(Measurement::clientMicrosWithoutCompilers));
        text.ratio(
                "S2 sink with acks " + options.ackDelay() + " ms later / S2 sink",
                "",
                rounds.ratios(Subject.LATE_SINK, Subject.SINK, Measurement::recordsPerSecond));
        text.figures();
        for (Subject subject : Subject.values()) {
            int size = options.size();
            row(text, subject, "records/s", "%,.0f", Measurement::recordsPerSecond);
            row(text, subject, "MiB/s", "%.1f", each -> each.mebibytesPerSecond(size));
            row(text, subject, "CPU µs per record", "%.2f", Measurement::clientMicrosPerRecord);
            row(text, subject, "  of it the JVM's compilers", "%.2f", Measurement::compilerMicrosPerRecord);
            row(text, subject, "CPU s per GiB", "%.2f", each -> each.clientSecondsPerGibibyte(size));
            row(text, subject, "S2 server CPU s per GiB", "%.2f", each -> each.serverSecondsPerGibibyte(size));
            row(text, subject, "broker CPU µs per record", "%.2f", Measurement::brokerMicrosPerRecord);
            row(text, subject, "bytes allocated per record", "%,.0f", Measurement::allocatedPerRecord);
            row(text, subject, "slowest / fastest partition", "%.2f", Measurement::fairness);
            row(text, subject, "most MiB held", "%.1f", each -> each.mostHeldBytes() / (1 << 20));
            row(text, subject, "submit to ack p50 ms", "%.1f", Measurement::p50Millis);
            row(text, subject, "submit to ack p99 ms", "%.1f", Measurement::p99Millis);
            row(text, subject, "cores used by others", "%.2f", Measurement::elsewhere);
        }
        return text.toString();
    }

    private void row(
            RoundsText text, Subject subject, String unit, String format, ToDoubleFunction<Measurement> figure) {
        text.figure(subject.title, unit, format, rounds.all(subject, figure));
    }

    int size() {
        return options.size();
    }

    int partitions() {
        return options.partitions();
    }

    String shape() {
        return shape(options.size(), options.partitions());
    }

    /** Size and partitions, in few letters. */
    static String shape(int size, int partitions) {
        return (size % 1024 == 0 ? size / 1024 + " KiB" : size + " B") + " × " + partitions;
    }

    double medianSinkToLimit() {
        return RoundsText.medianOf(sinkToLimit());
    }

    double medianCpuToNoOp() {
        return RoundsText.medianOf(cpuToNoOp(Measurement::clientMicrosPerRecord));
    }

    double sink(ToDoubleFunction<Measurement> figure) {
        return RoundsText.medianOf(rounds.all(Subject.SINK, figure));
    }

    double noOp(ToDoubleFunction<Measurement> figure) {
        return RoundsText.medianOf(rounds.all(Subject.NO_OP, figure));
    }

    List<Measurement> measurements(Subject subject) {
        return rounds.of(subject);
    }

    private double[] sessionToBench() {
        return rounds.ratios(Subject.SESSION, Subject.S2_BENCH, Measurement::recordsPerSecond);
    }

    private double[] sinkToLimit() {
        return rounds.perRound(round -> {
            double limit = 1 / (1 / at(Subject.NO_OP, round) + 1 / at(Subject.S2_BENCH, round));
            return at(Subject.SINK, round) / limit;
        });
    }

    private double[] cpuToNoOp(ToDoubleFunction<Measurement> cpu) {
        return rounds.ratios(Subject.SINK, Subject.NO_OP, cpu);
    }

    private double at(Subject subject, int round) {
        return rounds.at(subject, round, Measurement::recordsPerSecond);
    }
}
