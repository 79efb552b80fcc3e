package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** All shapes of one run beside each other: as a table, ratios first, and as plots. */
final class MatrixReport {

    private static final double NO_LIMIT = Double.NaN;

    private final List<SinkReport> cells = new ArrayList<>();

    void add(SinkReport cell) {
        cells.add(cell);
    }

    String text() {
        StringBuilder text = new StringBuilder("medians of the rounds, by size of a record and partitions\n\n");
        text.append(String.format("%-44s", ""));
        cells.forEach(cell -> text.append(String.format("%14s", cell.shape())));
        text.append('\n');
        row(text, "whole sink / [1/(1/no-op + 1/s2 bench)]", "%.2f", SinkReport::medianSinkToLimit);
        row(text, "worker CPU, S2 sink / no-op sink", "%.2f", SinkReport::medianCpuToNoOp);
        row(text, "records/s, beside one partition", "%.2f", this::besideOnePartition);
        row(text, "slowest partition / fastest", "%.2f", cell -> cell.sink(Measurement::fairness));
        row(text, "records/s", "%,.0f", cell -> cell.sink(Measurement::recordsPerSecond));
        row(text, "MiB/s", "%.1f", cell -> cell.sink(each -> each.mebibytesPerSecond(cell.size())));
        row(text, "worker CPU s per million records", "%.2f", cell -> cell.sink(Measurement::clientMicrosPerRecord));
        row(text, "  no-op sink", "%.2f", cell -> cell.noOp(Measurement::clientMicrosPerRecord));
        row(text, "bytes allocated per record", "%,.0f", cell -> cell.sink(Measurement::allocatedPerRecord));
        row(text, "  no-op sink", "%,.0f", cell -> cell.noOp(Measurement::allocatedPerRecord));
        return text.toString();
    }

    private void row(StringBuilder text, String name, String format, ToDoubleFunction<SinkReport> value) {
        if (cells.stream().mapToDouble(value).allMatch(Double::isNaN)) {
            return;
        }
        text.append(String.format("%-44s", name));
        for (SinkReport cell : cells) {
            double number = value.applyAsDouble(cell);
            text.append(
                    String.format("%14s", Double.isNaN(number) ? "" : String.format(Locale.ROOT, format, number)));
        }
        text.append('\n');
    }

    private double besideOnePartition(SinkReport cell) {
        return cells.stream()
                .filter(other -> other.size() == cell.size() && other.partitions() == 1)
                .mapToDouble(other -> cell.sink(Measurement::recordsPerSecond)
                        / other.sink(Measurement::recordsPerSecond))
                .findFirst()
                .orElse(Double.NaN);
    }

    /** Writes the plots that the page on performance shows. */
    void plot(Path folder) {
        BarChart cpu = new BarChart("Worker CPU per record, S2 sink / no-op sink", "%.2f", 1.4, "asked for: at most 1.4");
        BarChart limit = new BarChart(
                "Records per second, whole sink / [1/(1/no-op + 1/s2 bench)]", "%.2f", 0.9, "asked for: at least 0.9");
        BarChart rate = new BarChart("Durable MiB per second, S2 sink", "%.0f", NO_LIMIT, "");
        for (SinkReport cell : cells) {
            cpu.add(cell.shape(), cell.medianCpuToNoOp());
            limit.add(cell.shape(), cell.medianSinkToLimit());
            rate.add(cell.shape(), cell.sink(each -> each.mebibytesPerSecond(cell.size())));
        }
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("sink-cpu.svg"), cpu.svg());
            Files.writeString(folder.resolve("sink-limit.svg"), limit.svg());
            Files.writeString(folder.resolve("sink-rate.svg"), rate.svg());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
