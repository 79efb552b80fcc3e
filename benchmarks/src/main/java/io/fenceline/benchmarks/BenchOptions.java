package io.fenceline.benchmarks;

import static io.fenceline.benchmarks.Arguments.number;
import static io.fenceline.benchmarks.Arguments.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The command line of {@code bin/bench sink}. Immutable.
 *
 * @param rounds     measured rounds; one that is not counted comes before them
 * @param records    in the topic, drained by both connectors; 0 for as many as suit their size
 * @param sizes      bytes of a record: of the Kafka value, and metered in S2's own benchmark and the session alone
 * @param partitionCounts of the topic, and so streams of the sink
 * @param idleLanes  lanes whose memory to measure, instead of anything else; 0 not to
 * @param tasks      of both connectors
 * @param only       what to measure
 * @param ackDelay   milliseconds by which answers of the S2 server are late in {@link Subject#LATE_SINK}; -1 if not wanted
 * @param seconds    length of the two measurements without Kafka
 * @param latency    records whose way through the sink is timed; 0 for none
 * @param patience   seconds to wait, before a measurement, for other processes to become quiet
 * @param sink       further configuration of the S2 sink connector, {@code key=value}
 * @param workerJvm  further options of the worker's JVM
 * @param threads    tell what the worker's threads use
 * @param profile    record both connectors with the JVM's flight recorder
 * @param plots      folder for plots; empty for none
 * @param keep       leave logs, recordings and data
 */
record BenchOptions(
        int rounds,
        int records,
        List<Integer> sizes,
        List<Integer> partitionCounts,
        int idleLanes,
        int tasks,
        Set<Subject> only,
        int ackDelay,
        int seconds,
        int latency,
        int patience,
        List<String> sink,
        List<String> workerJvm,
        boolean threads,
        boolean profile,
        String plots,
        boolean keep) {

    static final String USAGE = """
            Usage: bin/bench sink [options]
              --rounds N        measured rounds of each shape, interleaved (2)
              --records N       records in the topic (a gibibyte, but 50000 to 2000000)
              --size LIST       bytes of one record (1024)
              --partitions LIST of the topic, one stream each (1,16,64)
              --matrix          the same as --size 100,1024,16384; about fifteen minutes
              --idle-lanes N    measure the memory of that many idle lanes, and nothing else
              --tasks N         of both connectors (1)
              --only LIST       of no-op, sink, s2-bench, session (all)
              --ack-delay MS    measure the sink also with acks that come so much later; 0 shows what the detour costs
              --seconds N       length of s2-bench and session (8)
              --latency N       records whose way from a producer to a reader of the stream is timed (200)
              --patience N      seconds to wait for other processes to be quiet before a measurement (5)
              --sink KEY=VALUE  one more line of the sink's configuration; repeat as needed
              --worker-jvm OPT  one more option for the worker's JVM; repeat as needed
              --threads         print what each kind of thread in the worker uses per record
              --profile         flight recordings of the worker under both connectors
              --plots FOLDER    write plots there, as the page on performance shows them
              --keep            leave logs, recordings and data in benchmarks/target/bench
            """;

    /** What can be measured, in the order of a round. */
    enum Subject {
        NO_OP("no-op sink"),
        SINK("S2 sink"),
        LATE_SINK("S2 sink, late"),
        S2_BENCH("s2 bench"),
        SESSION("append session");

        /** The other one has an option of its own. */
        private static final Set<Subject> WITHOUT_BEING_ASKED = EnumSet.complementOf(EnumSet.of(LATE_SINK));

        final String title;

        Subject(String title) {
            this.title = title;
        }

        boolean usesKafka() {
            return this == NO_OP || this == SINK || this == LATE_SINK;
        }

        String option() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static Subject of(String option) {
            return WITHOUT_BEING_ASKED.stream()
                    .filter(subject -> subject.option().equals(option))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("--only takes "
                            + WITHOUT_BEING_ASKED.stream().map(Subject::option).collect(Collectors.joining(", "))
                            + ", not " + option));
        }
    }

    static BenchOptions parse(List<String> arguments) {
        int rounds = 2;
        int records = 0;
        List<Integer> sizes = List.of(1024);
        List<Integer> partitions = List.of(1, 16, 64);
        String plots = "";
        int idleLanes = 0;
        int tasks = 1;
        Set<Subject> only = EnumSet.copyOf(Subject.WITHOUT_BEING_ASKED);
        int ackDelay = -1;
        int seconds = 8;
        int latency = 200;
        int patience = 5;
        List<String> sink = new ArrayList<>();
        List<String> workerJvm = new ArrayList<>();
        boolean threads = false;
        boolean profile = false;
        boolean keep = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--rounds" -> rounds = number(arguments, ++i, 1, 100);
                case "--records" -> records = number(arguments, ++i, 10_000, 100_000_000);
                case "--size" -> sizes = numbers(arguments, ++i, 64, 1_000_000);
                case "--matrix" -> sizes = List.of(100, 1024, 16_384);
                case "--plots" -> plots = value(arguments, ++i);
                case "--partitions" -> partitions = numbers(arguments, ++i, 1, 1000);
                case "--idle-lanes" -> idleLanes = number(arguments, ++i, 1, 5000);
                case "--tasks" -> tasks = number(arguments, ++i, 1, 100);
                case "--ack-delay" -> ackDelay = number(arguments, ++i, 0, 10_000);
                case "--seconds" -> seconds = number(arguments, ++i, 3, 600);
                case "--latency" -> latency = number(arguments, ++i, 0, 100_000);
                case "--patience" -> patience = number(arguments, ++i, 0, 3600);
                case "--sink" -> sink.add(value(arguments, ++i));
                case "--worker-jvm" -> workerJvm.add(value(arguments, ++i));
                case "--only" ->
                    only = Arrays.stream(value(arguments, ++i).split(","))
                            .map(Subject::of)
                            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Subject.class)));
                case "--threads" -> threads = true;
                case "--profile" -> profile = true;
                case "--keep" -> keep = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        if (ackDelay >= 0) {
            only.add(Subject.LATE_SINK);
        }
        return new BenchOptions(
                rounds,
                records,
                sizes,
                partitions,
                idleLanes,
                tasks,
                only,
                ackDelay,
                seconds,
                latency,
                patience,
                List.copyOf(sink),
                List.copyOf(workerJvm),
                threads,
                profile,
                plots,
                keep);
    }

    /** One shape of the topic, everything else as here. */
    BenchOptions at(int size, int partitions) {
        return new BenchOptions(
                rounds,
                records,
                List.of(size),
                List.of(partitions),
                idleLanes,
                tasks,
                only,
                ackDelay,
                seconds,
                latency,
                patience,
                sink,
                workerJvm,
                threads,
                profile,
                plots,
                keep);
    }

    /** The only size, or the first. */
    int size() {
        return sizes.get(0);
    }

    /** The only number of partitions, or the first. */
    int partitions() {
        return partitionCounts.get(0);
    }

    /** A drain has to take a few seconds, and S2 keeps all of it in memory. */
    int recordsToDrain() {
        return records > 0 ? records : Math.max(50_000, Math.min(2_000_000, (1 << 30) / size()));
    }

    private static List<Integer> numbers(List<String> arguments, int at, int min, int max) {
        return Arrays.stream(value(arguments, at).split(","))
                .map(number -> number(arguments.get(at - 1), number, min, max))
                .toList();
    }
}
