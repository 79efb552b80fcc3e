package io.fenceline.benchmarks;

import io.fenceline.benchmarks.SqsOptions.QueueKind;
import io.fenceline.benchmarks.SqsReport.Sender;
import io.fenceline.testkit.HttpFaultProxy;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.sqs.SqsCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

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
    private @Nullable HttpFaultProxy proxy;

    private SqsSinkBench(SqsOptions options, Path output) {
        this.options = options;
        this.lab = new Lab(output);
    }

    public static void main(String[] args) {
        if (List.of(args).contains("--help")) {
            System.out.print(SqsOptions.USAGE);
            return;
        }
        SqsOptions options;
        try {
            options = SqsOptions.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.print(SqsOptions.USAGE);
            System.exit(2);
            return;
        }
        RunFolder folder = RunFolder.ofThisProcess();
        if (!options.keep()) {
            folder.removeDataAtExit();
        }
        System.exit(
                folder.run(() -> new SqsSinkBench(options, folder.path()).run(), options.keep() || options.profile()));
    }

    private void run() {
        long start = System.nanoTime();
        Map<QueueKind, SqsReport> reports = new EnumMap<>(QueueKind.class);
        options.queues().forEach(kind -> reports.put(kind, new SqsReport(options, kind)));
        try (lab) {
            lab.startKafka(List.of(), Map.of(), OneByOnePlugin::install);
            lab.startSqs();
            if (options.delay() >= 0) {
                HttpFaultProxy late = HttpFaultProxy.to(lab.sqs().endpoint());
                late.delay(Duration.ofMillis(options.delay()));
                proxy = late;
            }
            try (Admin admin = lab.broker().admin()) {
                TopicFiller.fillWithText(
                        admin,
                        lab.broker().bootstrapServers(),
                        topic,
                        options.partitions(),
                        options.messages(),
                        options.size());
            }
            SqsDrain drain = new SqsDrain(lab, options, topic);
            warmUp(drain);
            for (int round = 1; round <= options.rounds(); round++) {
                ProgressTicker.say("round " + round + " of " + options.rounds());
                for (Map.Entry<QueueKind, SqsReport> each : reports.entrySet()) {
                    QueueKind kind = each.getKey();
                    SqsReport report = each.getValue();
                    for (Sender sender : Sender.values()) {
                        Measurement measurement = measure(sender, kind, drain, "round-" + round);
                        ProgressTicker.say(report.line(sender, measurement));
                        report.add(sender, measurement);
                    }
                }
            }
        } finally {
            if (proxy != null) {
                proxy.close();
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

    /** What the worker's JVM and ElasticMQ's load and compile once is not part of what a message costs. */
    private void warmUp(SqsDrain drain) {
        for (int pass = 1; pass <= WARM_UP_PASSES; pass++) {
            ProgressTicker.say("warming up, " + pass + " of " + WARM_UP_PASSES);
            for (QueueKind kind : options.queues()) {
                measure(Sender.SINK, kind, drain, "warm-up-" + pass);
                measure(Sender.ONE_BY_ONE, kind, drain, "warm-up-" + pass);
            }
        }
    }

    private Measurement measure(Sender sender, QueueKind kind, SqsDrain drain, String pass) {
        lab.awaitIdleWorker();
        lab.awaitQuiet(options.patience());
        String name = (kind.name() + "-" + sender.name() + "-" + pass)
                .toLowerCase(Locale.ROOT)
                .replace('_', '-');
        String queue = create(kind, name);
        Measurement measurement =
                switch (sender) {
                    case SINK -> drain.sink(name, seen(queue), options.messages());
                    case ONE_BY_ONE -> drain.oneByOne(name, seen(queue), options.oneByOne());
                    case BARE_SDK -> bareSdk(kind, name, queue);
                };
        long waiting = calls().waiting(queue);
        if (sender != Sender.ONE_BY_ONE && waiting != options.messages()) {
            throw new IllegalStateException(
                    name + " sent " + options.messages() + " messages, and the queue has " + waiting);
        }
        calls().deleteQueue(queue);
        return measurement;
    }

    private Measurement bareSdk(QueueKind kind, String name, String queue) {
        String warmUp = create(kind, name + "-warm-up");
        int messages = options.messages();
        CpuWindow window =
                CpuWindow.open(new CpuWindow.Pids(-1, lab.sqs().process().pid(), -1));
        String output = lab.runJava(
                "bare SDK",
                BareSdk.class.getName(),
                List.of(
                        proxy == null
                                ? lab.sqs().endpoint().toString()
                                : proxy.url().toString(),
                        seen(warmUp),
                        seen(queue),
                        Integer.toString(messages),
                        Integer.toString(options.size()),
                        Integer.toString(options.concurrency()),
                        Integer.toString(kind == QueueKind.FIFO ? options.partitions() : 0)),
                jvmOptions());
        calls().deleteQueue(warmUp);
        return BareSdk.parse(output, window.close(messages));
    }

    private String create(QueueKind kind, String name) {
        return kind == QueueKind.FIFO
                ? calls().createFifoQueue(name + kind.suffix)
                : calls().createQueue(name, Map.of());
    }

    /** The queue's URL as senders are given it. */
    private String seen(String queueUrl) {
        return proxy == null ? queueUrl : proxy.queueUrl(queueUrl);
    }

    private SqsCalls calls() {
        return lab.sqs().calls();
    }

    /** As the worker's, so that both JVMs run the same code in the same way. */
    private static Set<String> jvmOptions() {
        return new LinkedHashSet<>(List.of(
                "-Xms1g",
                "-Xmx1g",
                "-XX:+UseG1GC",
                "-XX:-UseDynamicNumberOfCompilerThreads",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"));
    }
}
