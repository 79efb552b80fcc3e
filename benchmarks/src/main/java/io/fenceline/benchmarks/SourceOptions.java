package io.fenceline.benchmarks;

import static io.fenceline.benchmarks.Arguments.number;

import java.util.List;

/**
 * The command line of {@code bin/bench source}. Immutable.
 *
 * @param rounds      measured rounds
 * @param records     in all streams together
 * @param size        bytes of a record's body
 * @param streams     they are spread over
 * @param transport   session or sse
 * @param exactlyOnce with exactly-once source support in the worker
 * @param warmUps     passes that are not counted
 * @param latency     records whose way through is timed; 0 for none
 * @param profile     record the source with the JVM's flight recorder
 * @param keep        leave logs and data
 */
record SourceOptions(
        int rounds,
        int records,
        int size,
        int streams,
        String transport,
        boolean exactlyOnce,
        int warmUps,
        int latency,
        boolean profile,
        boolean keep) {

    static final String USAGE = """
            Usage: bin/bench source [options]
              --rounds N            measured rounds, interleaved (3)
              --records N           in all streams together (400000)
              --size BYTES          of one record's body (1024)
              --streams N           they are spread over (1)
              --transport WHICH     session or sse (session)
              --exactly-once on|off the worker's exactly-once source support (on)
              --warm-ups N          passes that are not counted (2)
              --latency N           records whose way from append to a read_committed reader is timed (200)
              --profile             a flight recording of the worker under the source
              --keep                leave logs, recordings and data in benchmarks/target/bench
            """;

    static SourceOptions parse(List<String> arguments) {
        int rounds = 3;
        int records = 400_000;
        int size = 1024;
        int streams = 1;
        String transport = "session";
        boolean exactlyOnce = true;
        int warmUps = 2;
        int latency = 200;
        boolean profile = false;
        boolean keep = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--profile" -> profile = true;
                case "--keep" -> keep = true;
                default -> {
                    if (i + 1 >= arguments.size()) {
                        throw new IllegalArgumentException("unknown option, or a value is missing: " + option);
                    }
                    String value = arguments.get(++i);
                    switch (option) {
                        case "--rounds" -> rounds = number(option, value, 1, 100);
                        case "--records" -> records = number(option, value, 10_000, 10_000_000);
                        case "--size" -> size = number(option, value, 16, 900_000);
                        case "--streams" -> streams = number(option, value, 1, 1000);
                        case "--warm-ups" -> warmUps = number(option, value, 0, 10);
                        case "--latency" -> latency = number(option, value, 0, 100_000);
                        case "--transport" -> transport = oneOf(option, value, "session", "sse");
                        case "--exactly-once" ->
                            exactlyOnce = oneOf(option, value, "on", "off").equals("on");
                        default -> throw new IllegalArgumentException("unknown option " + option);
                    }
                }
            }
        }
        return new SourceOptions(
                rounds,
                records / streams * streams,
                size,
                streams,
                transport,
                exactlyOnce,
                warmUps,
                latency,
                profile,
                keep);
    }

    private static String oneOf(String option, String value, String... allowed) {
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(option + " takes " + String.join(" or ", allowed) + ", not " + value);
        }
        return value;
    }
}
