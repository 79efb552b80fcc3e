package io.fenceline.benchmarks;

import static io.fenceline.benchmarks.Arguments.number;
import static io.fenceline.benchmarks.Arguments.setting;
import static io.fenceline.benchmarks.Arguments.value;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The command line of {@code bin/bench sqs-source}. Immutable.
 *
 * @param rounds      measured rounds
 * @param slices      queues that are filled and emptied in each, one after the other
 * @param messages    of one of them
 * @param size        bytes of a body
 * @param groups      message groups of a FIFO queue
 * @param receivers   long polls at once, of the source and of the bare loop
 * @param delay       milliseconds by which a proxy makes each answer later; -1 for no proxy
 * @param exactlyOnce with exactly-once source support in the worker
 * @param warmUps     slices that are not counted
 * @param queues      kinds of queues
 * @param patience    seconds to wait, before a measurement, for other processes to become quiet
 * @param source      further configuration of the SQS source connector, {@code key=value}
 * @param threads     tell what the worker's threads use
 * @param profile     record the source with the JVM's flight recorder
 * @param keep        leave logs, recordings and data
 */
record SqsSourceOptions(
        int rounds,
        int slices,
        int messages,
        int size,
        int groups,
        int receivers,
        int delay,
        boolean exactlyOnce,
        int warmUps,
        Set<QueueKind> queues,
        int patience,
        List<String> source,
        boolean threads,
        boolean profile,
        boolean keep) {

    static final String USAGE = """
            Usage: bin/bench sqs-source [options]
              --rounds N          measured rounds, interleaved (3)
              --slices N          queues filled and emptied in each, one after the other (3)
              --messages N        of one of them: ElasticMQ searches its queues, and long ones are slow (5000)
              --size BYTES        of one body (1024)
              --groups N          message groups of a FIFO queue (500)
              --receivers N       long polls at once, of the source and of the bare loop (4)
              --delay MS          a proxy makes each answer that much later, for both; 0 shows what the detour costs
              --at-least-once     the worker's exactly-once source support is off
              --warm-ups N        slices that are not counted (6)
              --queues LIST       of standard, fifo (both)
              --patience N        seconds to wait for other processes to be quiet before a measurement (5)
              --source KEY=VALUE  one more line of the source's configuration; repeat as needed
              --threads           print what each kind of thread in the worker uses per message
              --profile           flight recordings of the worker under the source
              --keep              leave logs, recordings and data in benchmarks/target/bench
            """;

    static SqsSourceOptions parse(List<String> arguments) {
        int rounds = 3;
        int slices = 3;
        int messages = 5_000;
        int size = 1024;
        int groups = 500;
        int receivers = 4;
        int delay = -1;
        boolean exactlyOnce = true;
        int warmUps = 6;
        Set<QueueKind> queues = EnumSet.allOf(QueueKind.class);
        int patience = 5;
        List<String> source = new ArrayList<>();
        boolean threads = false;
        boolean profile = false;
        boolean keep = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--rounds" -> rounds = number(arguments, ++i, 1, 100);
                case "--slices" -> slices = number(arguments, ++i, 1, 100);
                case "--messages" -> messages = number(arguments, ++i, 1_000, 1_000_000) / 10 * 10;
                case "--size" -> size = number(arguments, ++i, 1, 100_000);
                case "--groups" -> groups = number(arguments, ++i, 1, 100_000);
                case "--receivers" -> receivers = number(arguments, ++i, 1, 100);
                case "--delay" -> delay = number(arguments, ++i, 0, 10_000);
                case "--at-least-once" -> exactlyOnce = false;
                case "--warm-ups" -> warmUps = number(arguments, ++i, 0, 100);
                case "--queues" -> queues = QueueKind.listed(value(arguments, ++i));
                case "--patience" -> patience = number(arguments, ++i, 0, 3_600);
                case "--source" -> source.add(setting(arguments, ++i));
                case "--threads" -> threads = true;
                case "--profile" -> profile = true;
                case "--keep" -> keep = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return new SqsSourceOptions(
                rounds,
                slices,
                messages,
                size,
                groups,
                receivers,
                delay,
                exactlyOnce,
                warmUps,
                queues,
                patience,
                List.copyOf(source),
                threads,
                profile,
                keep);
    }
}
