package io.fenceline.benchmarks;

import io.fenceline.benchmarks.SqsReport.Sender;
import io.fenceline.testkit.KafkaJars;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/**
 * {@code bin/bench sqs-sink}: the SQS sink beside the AWS SDK alone, with the same HTTP client and as many requests in flight, and
 * beside a sink in the same worker that sends one message a request, in interleaved rounds on one ElasticMQ. Each measurement
 * has a queue of its own. Says what is; judges nothing. Exit code 0 if everything asked for was measured, 1 if something did
 * not run, 2 for a command line that is not understood.
 */
public final class SqsSinkBench {

    private static final int WARM_UP_PASSES = 3;

    private final SqsOptions options;
    private final Lab lab;
    private final String topic = "bench";

    private SqsSinkBench(SqsOptions options, Path output) {
        this.options = options;
        this.lab = new Lab(output);
    }

    public static void main(String[] args) {
        new BenchCommand<>(
                        SqsOptions.USAGE,
                        SqsOptions::parse,
                        SqsOptions::keep,
                        options -> options.keep() || options.profile(),
                        (options, folder) -> new SqsSinkBench(options, folder).run())
                .runWith(args);
    }

    private void run() {
        long start = System.nanoTime();
        Map<QueueKind, SqsReport> reports = new EnumMap<>(QueueKind.class);
        options.queues().forEach(kind -> reports.put(kind, new SqsReport(options, kind)));
        try (lab) {
            lab.startKafka(List.of(), Map.of(), OneByOnePlugin::install);
            lab.startSqs();
            try (Admin admin = lab.broker().admin()) {
                TopicFiller.fillWithText(
                        admin,
                        lab.broker().bootstrapServers(),
                        topic,
                        options.partitions(),
                        options.messages(),
                        options.size());
            }
            try (QueueLab queues = new QueueLab(lab, options.delay())) {
                measure(queues, reports);
            }
        }
        reports.values().forEach(report -> System.out.println(report.text()));
        System.out.printf(
                Locale.ROOT,
                "%d cores, JDK %s, Kafka %s, ElasticMQ on the same machine; took %d s%n",
                Runtime.getRuntime().availableProcessors(),
                Runtime.version(),
                KafkaJars.configured().version(),
                (System.nanoTime() - start) / 1_000_000_000);
    }

    private void measure(QueueLab queues, Map<QueueKind, SqsReport> reports) {
        SqsDrain drain = new SqsDrain(lab, options, topic);
        warmUp(queues, drain);
        for (int round = 1; round <= options.rounds(); round++) {
            ProgressTicker.say("round " + round + " of " + options.rounds());
            for (Map.Entry<QueueKind, SqsReport> each : reports.entrySet()) {
                QueueKind kind = each.getKey();
                SqsReport report = each.getValue();
                for (Sender sender : Sender.values()) {
                    Measurement measurement = measure(sender, kind, queues, drain, "round-" + round);
                    ProgressTicker.say(report.line(sender, measurement));
                    report.add(sender, measurement);
                }
            }
        }
    }

    /** What the worker's JVM and ElasticMQ's load and compile once is not part of what a message costs. */
    private void warmUp(QueueLab queues, SqsDrain drain) {
        for (int pass = 1; pass <= WARM_UP_PASSES; pass++) {
            ProgressTicker.say("warming up, " + pass + " of " + WARM_UP_PASSES);
            for (QueueKind kind : options.queues()) {
                measure(Sender.SINK, kind, queues, drain, "warm-up-" + pass);
                measure(Sender.ONE_BY_ONE, kind, queues, drain, "warm-up-" + pass);
            }
        }
    }

    private Measurement measure(Sender sender, QueueKind kind, QueueLab queues, SqsDrain drain, String pass) {
        lab.awaitIdleWorker();
        lab.awaitQuiet(options.patience());
        String name = (kind.name() + "-" + sender.name() + "-" + pass)
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        String queue = queues.create(kind, name);
        Measurement measurement =
                switch (sender) {
                    case SINK -> drain.sink(name, queues.seen(queue), options.messages());
                    case ONE_BY_ONE -> drain.oneByOne(name, queues.seen(queue), options.oneByOne());
                    case BARE_SDK -> bareSdk(kind, name, queues, queue);
                };
        long waiting = queues.calls().waiting(queue);
        if (sender != Sender.ONE_BY_ONE && waiting != options.messages()) {
            throw new IllegalStateException(
                    name + " sent " + options.messages() + " messages, and the queue has " + waiting);
        }
        queues.delete(queue);
        return measurement;
    }

    private Measurement bareSdk(QueueKind kind, String name, QueueLab queues, String queue) {
        String warmUp = queues.create(kind, name + "-warm-up");
        int messages = options.messages();
        CpuWindow window =
                CpuWindow.open(new CpuWindow.Pids(-1, lab.sqs().process().pid(), -1));
        String output = lab.runJava(
                "bare SDK",
                BareSdk.class.getName(),
                List.of(
                        queues.endpoint(),
                        queues.seen(warmUp),
                        queues.seen(queue),
                        Integer.toString(messages),
                        Integer.toString(options.size()),
                        Integer.toString(options.concurrency()),
                        Integer.toString(kind == QueueKind.FIFO ? options.partitions() : 0)),
                QueueLab.jvmOptions());
        queues.delete(warmUp);
        return BareSdk.parse(output, window.close(messages));
    }
}
