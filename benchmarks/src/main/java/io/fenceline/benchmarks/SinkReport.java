package io.fenceline.benchmarks;

import io.fenceline.benchmarks.BenchOptions.Subject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** Rounds of measurements as text: ratios first, since they mean something elsewhere as well. */
final class SinkReport {

    private final BenchOptions options;
    private final Map<Subject, List<Measurement>> measurements = new EnumMap<>(Subject.class);

    SinkReport(BenchOptions options) {
        this.options = options;
    }

    void add(Subject subject, Measurement measurement) {
        measurements.computeIfAbsent(subject, ignored -> new ArrayList<>()).add(measurement);
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
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%d rounds, records of %d bytes, %d partition(s), %d task(s), %,d records drained%n%n",
                options.rounds(),
                options.size(),
                options.partitions(),
                options.tasks(),
                options.recordsToDrain()));
        text.append(String.format("%-52s %8s  %-16s %s%n", "ratio, of the same round", "median", "min..max", "goal"));
        ratio(text, "append session / s2 bench", "at least 0.90", sessionToBench());
        ratio(text, "whole sink / [1 / (1/no-op + 1/s2 bench)]", "at least 0.90", sinkToLimit());
        ratio(
                text,
                "worker CPU per record, sink / no-op",
                "at most 1.40",
                cpuToNoOp(Measurement::clientMicrosPerRecord));
        ratio(text, "  the same without the JVM's compilers", "", cpuToNoOp(SinkReport::withoutCompilers));
        ratio(
                text,
                "S2 sink with acks " + options.ackDelay() + " ms later / S2 sink",
                "",
                perRound(round -> at(Subject.LATE_SINK, round) / at(Subject.SINK, round)));
        text.append(String.format("%n%-44s %10s  %s%n", "", "median", "min..max"));
        for (Subject subject : Subject.values()) {
            if (!measurements.containsKey(subject)) {
                continue;
            }
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
        return medianOf(sinkToLimit());
    }

    double medianCpuToNoOp() {
        return medianOf(cpuToNoOp(Measurement::clientMicrosPerRecord));
    }

    double sink(ToDoubleFunction<Measurement> field) {
        return median(Subject.SINK, field);
    }

    double noOp(ToDoubleFunction<Measurement> field) {
        return median(Subject.NO_OP, field);
    }

    List<Measurement> measurements(Subject subject) {
        return List.copyOf(measurements.getOrDefault(subject, List.of()));
    }

    private double median(Subject subject, ToDoubleFunction<Measurement> field) {
        return medianOf(measurements(subject).stream().mapToDouble(field).toArray());
    }

    private static double medianOf(double[] values) {
        if (values.length == 0 || Double.isNaN(values[0])) {
            return Double.NaN;
        }
        Arrays.sort(values);
        return median(values);
    }

    private double[] sessionToBench() {
        return perRound(round -> at(Subject.SESSION, round) / at(Subject.S2_BENCH, round));
    }

    private double[] sinkToLimit() {
        return perRound(round -> {
            double limit = 1 / (1 / at(Subject.NO_OP, round) + 1 / at(Subject.S2_BENCH, round));
            return at(Subject.SINK, round) / limit;
        });
    }

    private double[] cpuToNoOp(ToDoubleFunction<Measurement> cpu) {
        return perRound(round -> of(Subject.SINK, round, cpu) / of(Subject.NO_OP, round, cpu));
    }

    private static double withoutCompilers(Measurement measurement) {
        return measurement.clientMicrosPerRecord() - measurement.compilerMicrosPerRecord();
    }

    private double at(Subject subject, int round) {
        return of(subject, round, Measurement::recordsPerSecond);
    }

    private double of(Subject subject, int round, ToDoubleFunction<Measurement> field) {
        List<Measurement> all = measurements.get(subject);
        return all == null ? Double.NaN : field.applyAsDouble(all.get(round));
    }

    private interface OfRound {
        double value(int round);
    }

    private double[] perRound(OfRound ratio) {
        double[] values = new double[options.rounds()];
        for (int round = 0; round < values.length; round++) {
            values[round] = ratio.value(round);
        }
        return values;
    }

    private static void ratio(StringBuilder text, String name, String goal, double[] values) {
        if (Double.isNaN(values[0])) {
            return;
        }
        Arrays.sort(values);
        text.append(String.format(
                Locale.ROOT,
                "%-52s %8.2f  %-16s %s%n",
                name,
                median(values),
                String.format(Locale.ROOT, "%.2f..%.2f", values[0], values[values.length - 1]),
                goal));
    }

    private void row(
            StringBuilder text, Subject subject, String unit, String format, ToDoubleFunction<Measurement> field) {
        double[] values = Objects.requireNonNull(measurements.get(subject)).stream()
                .mapToDouble(field)
                .sorted()
                .toArray();
        if (Double.isNaN(values[0])) {
            return;
        }
        text.append(String.format(
                "%-16s %-27s %10s  %s..%s%n",
                subject.title,
                unit,
                String.format(Locale.ROOT, format, median(values)),
                String.format(Locale.ROOT, format, values[0]),
                String.format(Locale.ROOT, format, values[values.length - 1])));
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
