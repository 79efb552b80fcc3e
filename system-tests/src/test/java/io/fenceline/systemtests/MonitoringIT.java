package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.HttpFaultProxy;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.ProjectRoot;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsCalls;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The files in {@code metrics/} against what they are for: a worker with the exporter and a Prometheus, both real, connectors
 * that are well, and one for each fault that an alert is to tell of. Alerts wait seconds here where they wait minutes.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MonitoringIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Path METRICS = ProjectRoot.find().resolve("metrics");
    private static final Pattern SERIES = Pattern.compile("\\b(?:fenceline|kafka)_[a-z0-9_]+");

    private final Cluster cluster = Cluster.shared();
    private final int exporter = Ports.free();
    private String topic = "";
    private String slowTopic = "";
    private final ScriptedS2Server oneStreamAway = ScriptedS2Server.start();
    private final ScriptedS2Server slow = ScriptedS2Server.start();
    private @Nullable ConnectWorker started;

    private String good = "";
    private String away = "";
    private String partly = "";
    private String held = "";
    private String failed = "";
    private String lagging = "";
    private String goodSource = "";
    private String awaySource = "";
    private String laggingSource = "";
    private String goodQueueSink = "";
    private String goodQueueSource = "";
    private String awayQueueSink = "";
    private String awayQueueSource = "";
    private String unansweredQueueSink = "";
    private String undeletedQueueSource = "";
    private final List<HttpFaultProxy> proxies = new ArrayList<>();
    private @Nullable RecurringFaults recurring;

    private ConnectRest rest() {
        if (started == null) {
            throw new IllegalStateException("no worker");
        }
        return started.rest();
    }

    @BeforeAll
    void startConnectors() {
        started = cluster.newWorker("monitoring")
                .with("offset.flush.interval.ms", "1000")
                .jvmOptions(
                        "-Xms64m",
                        "-Xmx768m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-javaagent:" + System.getProperty("jmx.exporter") + "=127.0.0.1:" + exporter + ":"
                                + METRICS.resolve("jmx-exporter.yml"))
                .start();
        String nobody = "http://127.0.0.1:" + Ports.free();

        topic = cluster.createTopic("monitored", 2);
        good = put("good", cluster.sink(topic, 1));
        away = put("away", Cluster.sinkTo(nobody, nobody, cluster.createTopic("monitored-away", 1), 1));

        String partlyTopic = cluster.createTopic("monitored-partly", 2);
        oneStreamAway.unavailable(partlyTopic + "/1", true);
        partly = put("partly", sinkTo(oneStreamAway, partlyTopic));

        String heldTopic = cluster.createTopic("monitored-held", 1);
        Map<String, String> holds = cluster.sink(heldTopic, 1);
        holds.put("behavior.on.null.values", "fail");
        holds.put("on.stop", "hold");
        held = put("held", holds);
        Map<String, String> fails = cluster.sink(heldTopic, 1);
        fails.put("s2.stream", "failed/${topic}/${partition}");
        fails.put("behavior.on.null.values", "fail");
        failed = put("failed", fails);

        slowTopic = cluster.createTopic("monitored-slow", 1);
        lagging = put("lagging", sinkTo(slow, slowTopic));

        Await.until("the streams are there", PATIENCE, () -> shows("fenceline_task_lanes_owned", good, 2));
        goodSource = put("good-source", source(topic + "/0," + topic + "/1", cluster.createTopic("monitored-read", 1)));
        Map<String, String> lists = source("any/*", cluster.createTopic("monitored-none", 1));
        lists.put("s2.account.endpoint", nobody);
        lists.put("s2.basin.endpoint", nobody);
        lists.put("validate.connection", "false");
        awaySource = put("away-source", lists);
        Map<String, String> toNowhere = source(topic + "/0", Cluster.unique("monitored-missing"));
        toNowhere.keySet().removeIf(key -> key.startsWith("topic.creation."));
        laggingSource = put("lagging-source", toNowhere);

        SqsCalls sqs = cluster.sqs().calls();
        String queue = sqs.createQueue(Cluster.unique("monitored"), Map.of());
        goodQueueSink = put("queue-sink", Cluster.sinkToQueue(cluster.sqs().endpoint(), queue, topic, 1));
        goodQueueSource = put("queue-source", queueSource(cluster.sqs().endpoint(), queue));
        awayQueueSink = put("away-queue-sink", Cluster.sinkToQueue(URI.create(nobody), queue, topic, 1));
        awayQueueSource = put("away-queue-source", queueSource(URI.create(nobody), queue));

        HttpFaultProxy silent = HttpFaultProxy.to(cluster.sqs().endpoint());
        proxies.add(silent);
        silent.plan(QueueSink.SEND, HttpFaultProxy.Plan.every(1, HttpFaultProxy.Fault.ERROR_500_AFTER));
        String fifo = sqs.createFifoQueue(Cluster.unique("monitored") + ".fifo");
        unansweredQueueSink = put("unanswered-queue-sink", Cluster.sinkToQueue(silent.url(), fifo, topic, 1));

        HttpFaultProxy undeleting = HttpFaultProxy.to(cluster.sqs().endpoint());
        proxies.add(undeleting);
        undeleting.plan(QueueSource.DELETE, HttpFaultProxy.Plan.every(1, HttpFaultProxy.Fault.ERROR_503_BEFORE));
        String full = sqs.createQueue(Cluster.unique("monitored-full"), Map.of());
        for (int i = 0; i < 60; i++) {
            sqs.send(full, SentEntry.of("m" + i, "message " + i));
        }
        Map<String, String> holds10 = queueSource(undeleting.url(), full);
        holds10.put("sqs.max.held.messages", "10");
        undeletedQueueSource = put("undeleted-queue-source", holds10);

        recurring = new RecurringFaults(cluster, this::put);
        produce(topic, 2, 100);
        produce(partlyTopic, 2, 10);
        produce(slowTopic, 1, 10);
        produceTombstone(heldTopic);
        Await.until(
                "the slow sink has written",
                PATIENCE,
                () -> shows("fenceline_partition_watermark", lagging, 9),
                () -> "The exporter shows " + lines(lagging) + ", status " + rest().status(lagging));
        slow.holdDurability();
    }

    private String put(String prefix, Map<String, String> config) {
        String name = Cluster.unique("monitoring-" + prefix);
        config.putIfAbsent("validate.connection", "false");
        rest().put(name, config);
        return name;
    }

    private static Map<String, String> sinkTo(ScriptedS2Server server, String topic) {
        return Cluster.sinkTo(server.url().toString(), server.url().toString(), topic, 1);
    }

    private Map<String, String> source(String streams, String topic) {
        return Source.config(cluster.s2(), streams, topic, 1);
    }

    private Map<String, String> queueSource(URI endpoint, String queueUrl) {
        return QueueSource.config(endpoint, queueUrl, cluster.createTopic("monitored-received", 1));
    }

    private void produce(String topic, int partitions, int records) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(
                        topic, i % partitions, null, ("record " + i).getBytes(StandardCharsets.UTF_8)));
            }
        }
    }

    private void produceTombstone(String topic) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            producer.send(new ProducerRecord<>(topic, 0, new byte[] {1}, null));
        }
    }

    @AfterAll
    void stop() {
        if (started != null) {
            started.close();
        }
        oneStreamAway.close();
        slow.close();
        proxies.forEach(HttpFaultProxy::close);
        if (recurring != null) {
            recurring.close();
        }
    }

    // ------------------------------------------------------------------ the exporter

    @Test
    void theExporterShowsWhatDashboardAndAlertsAskFor() throws IOException {
        Set<String> asked = new TreeSet<>();
        for (String file : List.of("prometheus-alerts.yml", "grafana-dashboard.json")) {
            SERIES.matcher(Files.readString(METRICS.resolve(file)))
                    .results()
                    .map(found -> found.group())
                    .forEach(asked::add);
        }
        asked.remove("fenceline_task_");

        Await.until("every series is there", PATIENCE, () -> shown().containsAll(asked), () -> {
            asked.removeAll(shown());
            return "missing: " + asked;
        });
        List<String> lines = PrometheusServer.scrape(exporter);
        assertThat(lines).filteredOn(line -> line.startsWith("fenceline_")).allSatisfy(line -> assertThat(line)
                .doesNotContain("\\\"")
                .contains("plugin=\"", "connector=\"monitoring-", "task=\"0\""));
        assertThat(lines)
                .anyMatch(line -> line.startsWith("fenceline_partition_state{")
                        && line.contains("connector=\"" + good + "\"")
                        && line.contains("state=\"OWNED\""))
                .anyMatch(line -> line.startsWith("fenceline_stream_state{")
                        && line.contains("connector=\"" + goodSource + "\"")
                        && line.contains("state=\"OPEN\""))
                .anyMatch(line -> line.startsWith("kafka_connect_task_status{")
                        && line.contains("connector=\"" + failed + "\"")
                        && line.contains("status=\"failed\""));
        assertThat(lines)
                .as("the lag of what was never claimed is not known")
                .noneMatch(line ->
                        line.startsWith("fenceline_partition_lag{") && line.contains("connector=\"" + away + "\""));
    }

    private Set<String> shown() {
        Set<String> names = new TreeSet<>();
        for (String line : PrometheusServer.scrape(exporter)) {
            if (!line.startsWith("#")) {
                names.add(line.replaceFirst("[{ ].*", ""));
            }
        }
        return names;
    }

    private List<String> lines(String connector) {
        return PrometheusServer.scrape(exporter).stream()
                .filter(line -> line.contains("connector=\"" + connector + "\""))
                .toList();
    }

    private boolean shows(String series, String connector, double value) {
        return PrometheusServer.scrape(exporter).stream()
                .anyMatch(line -> line.startsWith(series + "{")
                        && line.contains("connector=\"" + connector + "\"")
                        && Double.parseDouble(line.substring(line.lastIndexOf(' '))) == value);
    }

    // ------------------------------------------------------------------ Prometheus

    @Test
    void theDashboardShowsSomethingInEachPanelAndEachAlertFiresOnItsFaultAndOnNoOther() throws IOException {
        Optional<Path> program = PrometheusServer.program("prometheus");
        if (program.isEmpty()) {
            Cluster.say(
                    "no Prometheus on the PATH, and none to be had from Debian's package: the alerts are not tried");
        }
        assumeTrue(program.isPresent(), "needs Prometheus");
        Path folder = cluster.output().resolve("prometheus");
        Files.createDirectories(folder);
        Path rules = folder.resolve("alerts.yml");
        Files.writeString(rules, hurried(Files.readString(METRICS.resolve("prometheus-alerts.yml"))));
        checkByPromtool(METRICS.resolve("prometheus-alerts.yml"));

        try (PrometheusServer prometheus = PrometheusServer.start(program.get(), folder, exporter, rules)) {
            Set<String> expected = new TreeSet<>(Set.of(
                    "KafkaConnectTaskFailed " + failed,
                    "FencelineTaskOwnsNothing " + away,
                    "FencelinePartitionNotOwned " + away,
                    "FencelinePartitionNotOwned " + partly,
                    "FencelineNoProgress " + away,
                    "FencelineNoProgress " + partly,
                    "FencelineNoProgress " + lagging,
                    "FencelinePartitionHeld " + held,
                    "FencelineSinkLagGrows " + lagging,
                    "FencelineDiscoveryFails " + awaySource,
                    "FencelineSourceHasNoStream " + awaySource,
                    "FencelineSourceLagGrows " + laggingSource,
                    "FencelineTaskOwnsNothing " + awayQueueSink,
                    "FencelineReceivesFail " + awayQueueSource,
                    "FencelineSqsRequestUnanswered " + unansweredQueueSink,
                    "FencelineSqsMessagesInDoubt " + unansweredQueueSink,
                    "FencelineDeletesFail " + undeletedQueueSource,
                    "FencelineLedgerStuck " + undeletedQueueSource));
            RecurringFaults faults = Objects.requireNonNull(recurring);
            expected.addAll(faults.alerts());
            assertThat(expected.stream().map(alert -> alert.substring(0, alert.indexOf(' '))))
                    .as("alerts that are tried")
                    .containsAll(alertNames());
            Set<String> everFired = new TreeSet<>();
            Await.until(
                    "all alerts fire",
                    Duration.ofSeconds(75),
                    () -> {
                        produce(slowTopic, 1, 5);
                        produce(topic, 2, 5);
                        faults.happen();
                        everFired.addAll(prometheus.firing());
                        return everFired.containsAll(expected);
                    },
                    () -> {
                        expected.removeAll(everFired);
                        return "missing: " + expected + "; fired: " + everFired;
                    });

            assertThat(everFired)
                    .as("nothing is wrong with these")
                    .noneMatch(alert -> List.of(good, goodSource, goodQueueSink, goodQueueSource).stream()
                            .anyMatch(alert::endsWith));
            assertThat(prometheus.rules()).hasSizeGreaterThan(20).allSatisfy(rule -> assertThat(
                            rule.path("health").asText())
                    .as(rule.toString())
                    .isEqualTo("ok"));
            everyPanelShowsSomething(prometheus);
        }
    }

    private static List<String> alertNames() throws IOException {
        List<String> names = Pattern.compile("alert: (\\w+)")
                .matcher(Files.readString(METRICS.resolve("prometheus-alerts.yml")))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(names).hasSizeGreaterThan(20);
        return names;
    }

    /** Seconds for minutes, and thresholds of seconds. */
    private static String hurried(String rules) {
        String hurried = rules.replaceAll("for: \\d+m", "for: 2s")
                .replaceAll("\\[\\d+[mh]]", "[5s]")
                .replaceAll("offset \\d+m", "offset 5s")
                .replaceAll("> (?:60|120)000", "> 3000");
        assertThat(hurried).doesNotContainPattern("\\d+[mh]\\b");
        return hurried;
    }

    private void everyPanelShowsSomething(PrometheusServer prometheus) throws IOException {
        JsonNode dashboard = new ObjectMapper()
                .readTree(METRICS.resolve("grafana-dashboard.json").toFile());
        List<String> empty = new ArrayList<>();
        int queries = 0;
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries++;
                String query =
                        target.path("expr").asText().replace("$connector", ".+").replace("$__rate_interval", "5s");
                if (prometheus.query(query).isEmpty()) {
                    empty.add(panel.path("title").asText() + ": " + query);
                }
            }
        }
        assertThat(queries).isGreaterThan(40);
        assertThat(empty).isEmpty();
    }

    private void checkByPromtool(Path rules) throws IOException {
        Optional<Path> promtool = PrometheusServer.program("promtool");
        if (promtool.isEmpty()) {
            return;
        }
        Process check = new ProcessBuilder(promtool.get().toString(), "check", "rules", rules.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(said).contains("SUCCESS").doesNotContain("FAILED");
    }
}
