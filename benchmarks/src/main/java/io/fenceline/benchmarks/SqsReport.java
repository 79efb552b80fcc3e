package io.fenceline.benchmarks;

import io.fenceline.benchmarks.SqsOptions.QueueKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Rounds of measurements at queues of one kind, as text: ratios first, since they mean something elsewhere as well. */
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
    private final Map<Sender, List<Measurement>> measurements = new EnumMap<>(Sender.class);

    SqsReport(SqsOptions options, QueueKind kind) {
        this.options = options;
        this.kind = kind;
    }

    void add(Sender sender, Measurement measurement) {
        measurements.computeIfAbsent(sender, ignored -> new ArrayList<>()).add(measurement);
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
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "%s: %d rounds, %,d messages of %d bytes, %d partitions, %d requests in flight%s%n%n",
                kind.title,
                options.rounds(),
                options.messages(),
                options.size(),
                options.partitions(),
                options.concurrency(),
                options.delay() < 0 ? "" : ", answers " + options.delay() + " ms later"));
        text.append(String.format("%-52s %8s  %-16s %s%n", "ratio, of the same round", "median", "min..max", "goal"));
        ratio(text, "messages/s, SQS sink / bare SDK", "at least 0.90", Sender.BARE_SDK, Measurement::recordsPerSecond);
        ratio(
                text,
                "CPU per message, worker / bare SDK",
                "at most 1.15",
                Sender.BARE_SDK,
                Measurement::clientMicrosPerRecord);
        ratio(text, "  the same without the JVMs' compilers", "", Sender.BARE_SDK, SqsReport::withoutCompilers);
        String goal = options.delay() < 0 ? kind.goal : options.delay() == 10 ? "at least 10.00" : "";
        ratio(text, "messages/s, SQS sink / one by one", goal, Sender.ONE_BY_ONE, Measurement::recordsPerSecond);
        text.append(String.format("%n%-44s %10s  %s%n", "", "median", "min..max"));
        for (Sender sender : Sender.values()) {
            row(text, sender, "messages/s", "%,.0f", Measurement::recordsPerSecond);
            row(text, sender, "CPU µs per message", "%.1f", Measurement::clientMicrosPerRecord);
            row(text, sender, "  of it the JVM's compilers", "%.1f", Measurement::compilerMicrosPerRecord);
            row(text, sender, "ElasticMQ CPU µs/message", "%.1f", each -> each.serverCpu() * 1e6 / each.records());
            row(text, sender, "broker CPU µs per message", "%.1f", Measurement::brokerMicrosPerRecord);
            row(text, sender, "bytes allocated per message", "%,.0f", Measurement::allocatedPerRecord);
            row(text, sender, "request p50 ms", "%.1f", Measurement::p50Millis);
            row(text, sender, "request p99 ms", "%.1f", Measurement::p99Millis);
            row(text, sender, "cores used by others", "%.2f", Measurement::elsewhere);
        }
        return text.toString();
    }

    private static double withoutCompilers(Measurement measurement) {
        return measurement.clientMicrosPerRecord() - measurement.compilerMicrosPerRecord();
    }

    /** Of the sink to another. */
    private void ratio(
            StringBuilder text, String name, String goal, Sender other, ToDoubleFunction<Measurement> field) {
        double[] values = new double[options.rounds()];
        for (int round = 0; round < values.length; round++) {
            values[round] = of(Sender.SINK, round, field) / of(other, round, field);
        }
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

    private double of(Sender sender, int round, ToDoubleFunction<Measurement> field) {
        return field.applyAsDouble(measurements.getOrDefault(sender, List.of()).get(round));
    }

    private void row(
            StringBuilder text, Sender sender, String unit, String format, ToDoubleFunction<Measurement> field) {
        double[] values = measurements.getOrDefault(sender, List.of()).stream()
                .mapToDouble(field)
                .sorted()
                .toArray();
        if (values.length == 0 || Double.isNaN(values[0])) {
            return;
        }
        text.append(String.format(
                "%-16s %-27s %10s  %s..%s%n",
                sender.title,
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
