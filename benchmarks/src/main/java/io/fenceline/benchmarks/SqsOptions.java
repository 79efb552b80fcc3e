package io.fenceline.benchmarks;

import static io.fenceline.benchmarks.Arguments.number;
import static io.fenceline.benchmarks.Arguments.setting;
import static io.fenceline.benchmarks.Arguments.value;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The command line of {@code bin/bench sqs-sink}. Immutable.
 *
 * @param rounds      measured rounds
 * @param messages    sent by the sink and by the bare SDK in each
 * @param oneByOne    messages after which the sink that sends them one by one is stopped
 * @param size        bytes of a body
 * @param partitions  of the topic, and so message groups on the FIFO queue
 * @param concurrency requests in flight, of the sink and of the bare SDK
 * @param delay       milliseconds by which a proxy makes each answer later; -1 for no proxy
 * @param queues      kinds of queues
 * @param patience    seconds to wait, before a measurement, for other processes to become quiet
 * @param sink        further configuration of the SQS sink connector, {@code key=value}
 * @param threads     tell what the worker's threads use
 * @param profile     record the sink with the JVM's flight recorder
 * @param keep        leave logs, recordings and data
 */
record SqsOptions(
        int rounds,
        int messages,
        int oneByOne,
        int size,
        int partitions,
        int concurrency,
        int delay,
        Set<QueueKind> queues,
        int patience,
        List<String> sink,
        boolean threads,
        boolean profile,
        boolean keep) {

    static final String USAGE = """
            Usage: bin/bench sqs-sink [options]
              --rounds N        measured rounds, interleaved (3)
              --messages N      sent by sink and bare SDK in each (50000)
              --one-by-one N    messages of the sink that sends them one by one (5000)
              --size BYTES      of one body (1024)
              --partitions N    of the topic, each a message group on the FIFO queue (32)
              --concurrency N   requests in flight, of the sink and of the bare SDK (16)
              --delay MS        a proxy makes each answer that much later, for all of them; 0 shows what the detour costs
              --queues LIST     of standard, fifo (both)
              --patience N      seconds to wait for other processes to be quiet before a measurement (5)
              --sink KEY=VALUE  one more line of the sink's configuration; repeat as needed
              --threads         print what each kind of thread in the worker uses per message
              --profile         flight recordings of the worker under the sink
              --keep            leave logs, recordings and data in benchmarks/target/bench
            """;

    static SqsOptions parse(List<String> arguments) {
        int rounds = 3;
        int messages = 50_000;
        int oneByOne = 5_000;
        int size = 1024;
        int partitions = 32;
        int concurrency = 16;
        int delay = -1;
        Set<QueueKind> queues = EnumSet.allOf(QueueKind.class);
        int patience = 5;
        List<String> sink = new ArrayList<>();
        boolean threads = false;
        boolean profile = false;
        boolean keep = false;
        for (int i = 0; i < arguments.size(); i++) {
            String option = arguments.get(i);
            switch (option) {
                case "--rounds" -> rounds = number(arguments, ++i, 1, 100);
                case "--messages" -> messages = number(arguments, ++i, 1_000, 1_000_000) / 10 * 10;
                case "--one-by-one" -> oneByOne = number(arguments, ++i, 100, 1_000_000);
                case "--size" -> size = number(arguments, ++i, 1, 100_000);
                case "--partitions" -> partitions = number(arguments, ++i, 1, 1_000);
                case "--concurrency" -> concurrency = number(arguments, ++i, 1, 200);
                case "--delay" -> delay = number(arguments, ++i, 0, 10_000);
                case "--queues" -> queues = QueueKind.listed(value(arguments, ++i));
                case "--patience" -> patience = number(arguments, ++i, 0, 3_600);
                case "--sink" -> sink.add(setting(arguments, ++i));
                case "--threads" -> threads = true;
                case "--profile" -> profile = true;
                case "--keep" -> keep = true;
                default -> throw new IllegalArgumentException("unknown option " + option);
            }
        }
        return new SqsOptions(
                rounds,
                messages,
                Math.min(oneByOne, messages),
                size,
                partitions,
                concurrency,
                delay,
                queues,
                patience,
                List.copyOf(sink),
                threads,
                profile,
                keep);
    }
}
