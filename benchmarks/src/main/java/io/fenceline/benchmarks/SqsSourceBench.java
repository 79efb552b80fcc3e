package io.fenceline.benchmarks;

import io.fenceline.benchmarks.SqsSourceReport.Receiver;
import io.fenceline.testkit.KafkaJars;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code bin/bench sqs-source}: the SQS source beside the AWS SDK alone, which receives and deletes with as many threads, in
 * interleaved rounds on one ElasticMQ. What is measured is a number of queues, filled and emptied one after the other: ElasticMQ
 * searches its queues, and of a long one the search would be measured. Says what is; judges nothing. Exit code 0 if everything
 * asked for was measured, 1 if something did not run, 2 for a command line that is not understood.
 */
public final class SqsSourceBench {

    private final SqsSourceOptions options;
    private final Lab lab;
    private final QueueFiller filler;

    private SqsSourceBench(SqsSourceOptions options, Path output) {
        this.options = options;
        this.lab = new Lab(output);
        this.filler = new QueueFiller(options.size(), options.groups());
    }

    public static void main(String[] args) {
        new BenchCommand<>(
                        SqsSourceOptions.USAGE,
                        SqsSourceOptions::parse,
                        SqsSourceOptions::keep,
                        options -> options.keep() || options.profile(),
                        (options, folder) -> new SqsSourceBench(options, folder).run())
                .runWith(args);
    }

    private void run() {
        long start = System.nanoTime();
        Map<QueueKind, SqsSourceReport> reports = new EnumMap<>(QueueKind.class);
        options.queues().forEach(kind -> reports.put(kind, new SqsSourceReport(options, kind)));
        try (lab) {
            lab.startKafka(
                    List.of(), Map.of("exactly.once.source.support", options.exactlyOnce() ? "enabled" : "disabled"));
            lab.startSqs();
            try (QueueLab queues = new QueueLab(lab, options.delay());
                    BareLoopJvm loop = BareLoopJvm.start(
                            queues.endpoint(),
                            options.receivers(),
                            QueueLab.jvmOptions(),
                            lab.output().resolve("bare-loop.log"))) {
                measure(queues, loop, reports);
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

    private void measure(QueueLab queues, BareLoopJvm loop, Map<QueueKind, SqsSourceReport> reports) {
        SqsSourceDrain drain = new SqsSourceDrain(lab, queues, options);
        // what JVMs load and compile once is not part of what a message costs
        for (int pass = 1; pass <= options.warmUps(); pass++) {
            ProgressTicker.say("warming up, " + pass + " of " + options.warmUps());
            for (QueueKind kind : options.queues()) {
                for (Receiver receiver : Receiver.values()) {
                    slice(receiver, kind, queues, drain, loop);
                }
            }
        }
        for (int round = 1; round <= options.rounds(); round++) {
            ProgressTicker.say("round " + round + " of " + options.rounds());
            for (Map.Entry<QueueKind, SqsSourceReport> each : reports.entrySet()) {
                for (Receiver receiver : Receiver.values()) {
                    @Nullable Measurement all = null;
                    for (int i = 0; i < options.slices(); i++) {
                        Measurement slice = slice(receiver, each.getKey(), queues, drain, loop);
                        all = all == null ? slice : all.then(slice);
                    }
                    if (all != null) {
                        ProgressTicker.say(each.getValue().line(receiver, all));
                        each.getValue().add(receiver, all);
                    }
                }
            }
        }
    }

    private Measurement slice(
            Receiver receiver, QueueKind kind, QueueLab queues, SqsSourceDrain drain, BareLoopJvm loop) {
        String name =
                (receiver.name() + "-" + kind.name()).toLowerCase(Locale.ROOT).replace('_', '-');
        String queue = queues.create(kind, name);
        filler.fill(queues.calls(), queue, kind, options.messages());
        lab.awaitIdleWorker();
        lab.awaitQuiet(options.patience());
        Measurement measurement =
                switch (receiver) {
                    case SOURCE -> drain.source(name, queue);
                    case BARE_LOOP -> bareLoop(loop, queues.seen(queue));
                };
        queues.delete(queue);
        return measurement;
    }

    private Measurement bareLoop(BareLoopJvm loop, String queue) {
        CpuWindow window = CpuWindow.open(
                new CpuWindow.Pids(loop.pid(), lab.sqs().process().pid(), -1));
        BareResult result = loop.drain(queue, options.messages());
        Measurement around = window.close(options.messages());
        return result.with(around.serverCpu(), around.elsewhere());
    }
}
