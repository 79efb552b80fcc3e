package io.fenceline.benchmarks;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;

/** What was measured in interleaved rounds, by subject. Not thread-safe. */
final class Rounds<S extends Enum<S>> {

    private final int count;
    private final Map<S, List<Measurement>> measurements;

    /** @param count of the rounds */
    Rounds(Class<S> subjects, int count) {
        this.count = count;
        this.measurements = new EnumMap<>(subjects);
    }

    void add(S subject, Measurement measurement) {
        measurements.computeIfAbsent(subject, ignored -> new ArrayList<>()).add(measurement);
    }

    /** In the order of the rounds; empty for what was not measured. */
    List<Measurement> of(S subject) {
        return List.copyOf(measurements.getOrDefault(subject, List.of()));
    }

    /** Of one round, counted from 0 on; NaN for what was not measured. */
    double at(S subject, int round, ToDoubleFunction<Measurement> figure) {
        List<Measurement> all = measurements.get(subject);
        return all == null ? Double.NaN : figure.applyAsDouble(all.get(round));
    }

    double[] all(S subject, ToDoubleFunction<Measurement> figure) {
        return of(subject).stream().mapToDouble(figure).toArray();
    }

    /** Of one subject to another within each round; NaN for what was not measured. */
    double[] ratios(S subject, S other, ToDoubleFunction<Measurement> figure) {
        return perRound(round -> at(subject, round, figure) / at(other, round, figure));
    }

    /** @param value of a round, counted from 0 on */
    double[] perRound(IntToDoubleFunction value) {
        double[] values = new double[count];
        for (int round = 0; round < count; round++) {
            values[round] = value.applyAsDouble(round);
        }
        return values;
    }
}
