package io.fenceline.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** All shapes of one run beside each other: as a table, ratios first, and as plots. */
final class MatrixReport {

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
        row(text, "submit to ack p50 ms", "%.1f", cell -> cell.sink(Measurement::p50Millis));
        row(text, "submit to ack p99 ms", "%.1f", cell -> cell.sink(Measurement::p99Millis));
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
            text.append(String.format("%14s", Double.isNaN(number) ? "" : String.format(Locale.ROOT, format, number)));
        }
        text.append('\n');
    }

    private double besideOnePartition(SinkReport cell) {
        return cells.stream()
                .filter(other -> other.size() == cell.size() && other.partitions() == 1)
                .mapToDouble(
                        other -> cell.sink(Measurement::recordsPerSecond) / other.sink(Measurement::recordsPerSecond))
                .findFirst()
                .orElse(Double.NaN);
    }

    /**
     * Writes the plots that the page on performance shows, and the figures in them beside. Shapes that an earlier run left
     * there stay, so that all of them need not be measured at once.
     */
    void plot(Path folder) {
        try {
            Files.createDirectories(folder);
            Path figures = folder.resolve("sink.csv");
            TreeMap<Shape, Figures> all = Files.exists(figures) ? read(figures) : new TreeMap<>();
            for (SinkReport cell : cells) {
                all.put(new Shape(cell.size(), cell.partitions()), Figures.of(cell));
            }
            List<String> lines = new ArrayList<>(List.of(Figures.HEAD));
            all.forEach((shape, row) -> lines.add(shape.size() + "," + shape.partitions() + "," + row.line()));
            Files.write(figures, lines);
            BarChart cpu =
                    new BarChart("Worker CPU per record, S2 sink / no-op sink", "%.2f", 1.4, "asked for: at most 1.4");
            BarChart limit = new BarChart(
                    "Records per second, whole sink / [1/(1/no-op + 1/s2 bench)]",
                    "%.2f",
                    0.9,
                    "asked for: at least 0.9");
            BarChart rate = new BarChart("Durable MiB per second, S2 sink", "%.0f", Double.NaN, "");
            all.forEach((shape, row) -> {
                cpu.add(shape.text(), row.cpuRatio());
                limit.add(shape.text(), row.limitRatio());
                rate.add(shape.text(), row.mebibytes());
            });
            Files.writeString(folder.resolve("sink-cpu.svg"), cpu.svg());
            Files.writeString(folder.resolve("sink-limit.svg"), limit.svg());
            Files.writeString(folder.resolve("sink-rate.svg"), rate.svg());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TreeMap<Shape, Figures> read(Path file) throws IOException {
        TreeMap<Shape, Figures> all = new TreeMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.equals(Figures.HEAD)) {
                String[] words = line.split(",", -1);
                all.put(new Shape(Integer.parseInt(words[0]), Integer.parseInt(words[1])), Figures.parse(words, 2));
            }
        }
        return all;
    }

    private record Shape(int size, int partitions) implements Comparable<Shape> {

        String text() {
            return SinkReport.shape(size, partitions);
        }

        @Override
        public int compareTo(Shape other) {
            int bySize = Integer.compare(size, other.size);
            return bySize != 0 ? bySize : Integer.compare(partitions, other.partitions);
        }
    }

    /** Medians of one shape; NaN for what was not measured. */
    private record Figures(
            double limitRatio,
            double cpuRatio,
            double fairness,
            double recordsPerSecond,
            double mebibytes,
            double cpuMicros,
            double noOpCpuMicros,
            double allocated,
            double noOpAllocated) {

        static final String HEAD = "size,partitions,sink/limit,cpu/no-op cpu,slowest/fastest,records/s,MiB/s,"
                + "cpu us/record,no-op cpu us/record,bytes allocated/record,no-op bytes allocated/record";

        static Figures of(SinkReport cell) {
            return new Figures(
                    cell.medianSinkToLimit(),
                    cell.medianCpuToNoOp(),
                    cell.sink(Measurement::fairness),
                    cell.sink(Measurement::recordsPerSecond),
                    cell.sink(each -> each.mebibytesPerSecond(cell.size())),
                    cell.sink(Measurement::clientMicrosPerRecord),
                    cell.noOp(Measurement::clientMicrosPerRecord),
                    cell.sink(Measurement::allocatedPerRecord),
                    cell.noOp(Measurement::allocatedPerRecord));
        }

        static Figures parse(String[] words, int from) {
            double[] values = new double[9];
            for (int i = 0; i < values.length; i++) {
                values[i] = Double.parseDouble(words[from + i]);
            }
            return new Figures(
                    values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8]);
        }

        String line() {
            return String.format(
                    Locale.ROOT,
                    "%.3f,%.3f,%.3f,%.0f,%.1f,%.3f,%.3f,%.0f,%.0f",
                    limitRatio,
                    cpuRatio,
                    fairness,
                    recordsPerSecond,
                    mebibytes,
                    cpuMicros,
                    noOpCpuMicros,
                    allocated,
                    noOpAllocated);
        }
    }
}
