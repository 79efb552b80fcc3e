package io.fenceline.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/**
 * Rounds of measurements as text: ratios first, since they mean something elsewhere as well, then figures. What was not measured
 * has no line. Not thread-safe.
 */
final class RoundsText {

    private final StringBuilder text = new StringBuilder();

    /** A line above the tables. */
    RoundsText title(String format, Object... arguments) {
        text.append(String.format(Locale.ROOT, format, arguments)).append(System.lineSeparator());
        return this;
    }

    RoundsText ratios() {
        text.append(String.format("%n%-52s %8s  %-16s %s%n", "ratio, of the same round", "median", "min..max", "goal"));
        return this;
    }

    /** @param goal for people; empty for none */
    RoundsText ratio(String name, String goal, double[] rounds) {
        double[] values = sorted(rounds);
        if (values.length > 0) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-52s %8.2f  %-16s %s%n",
                    name,
                    median(values),
                    String.format(Locale.ROOT, "%.2f..%.2f", values[0], values[values.length - 1]),
                    goal));
        }
        return this;
    }

    RoundsText figures() {
        text.append(String.format("%n%-44s %10s  %s%n", "", "median", "min..max"));
        return this;
    }

    RoundsText figure(String subject, String unit, String format, double[] rounds) {
        double[] values = sorted(rounds);
        if (values.length > 0) {
            text.append(String.format(
                    "%-16s %-27s %10s  %s..%s%n",
                    subject,
                    unit,
                    String.format(Locale.ROOT, format, median(values)),
                    String.format(Locale.ROOT, format, values[0]),
                    String.format(Locale.ROOT, format, values[values.length - 1])));
        }
        return this;
    }

    /** NaN of nothing. */
    static double medianOf(double[] rounds) {
        double[] values = sorted(rounds);
        return values.length == 0 ? Double.NaN : median(values);
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** Empty for what was not measured. */
    private static double[] sorted(double[] rounds) {
        if (rounds.length == 0 || Double.isNaN(rounds[0])) {
            return new double[0];
        }
        double[] values = rounds.clone();
        Arrays.sort(values);
        return values;
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
