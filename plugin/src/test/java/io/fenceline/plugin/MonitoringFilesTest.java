package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.plugin.PublishedFigures.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The files in {@code metrics/} speak of figures that there are, under the names that the exporter's rules give them. That the
 * exporter, Prometheus and the alerts do what they say is for the system tests.
 */
class MonitoringFilesTest {

    private static final Path METRICS = Path.of(System.getProperty("basedir", "."), "..", "metrics");
    private static final Pattern SERIES = Pattern.compile("\\b(?:fenceline|kafka)_[a-z0-9_]+");

    /** Connect's and Kafka's own. */
    private static final Set<String> OTHERS =
            Set.of("kafka_connect_task_status", "kafka_connect_consumer_records_lag_max");

    private static Map<String, List<Figure>> published = Map.of();

    @BeforeAll
    static void publish() throws JMException {
        published = PublishedFigures.byType();
    }

    @Test
    void dashboardAndAlertsAskForFiguresThatThereAre() throws IOException {
        Set<String> known = new TreeSet<>(OTHERS);
        published.forEach(
                (type, figures) -> figures.forEach(figure -> known.add(MetricsPage.inPrometheus(type, figure.name()))));

        for (String file : List.of("prometheus-alerts.yml", "grafana-dashboard.json")) {
            Set<String> asked = new TreeSet<>();
            SERIES.matcher(read(file)).results().map(found -> found.group()).forEach(asked::add);
            // of the variable: all of a task's
            asked.remove("fenceline_task_");
            assertThat(asked).as(file).hasSizeGreaterThan(20).isSubsetOf(known);
        }
    }

    @Test
    void theExportersRulesGiveEachFigureItsNameAndLabelsWithoutQuotes() throws IOException {
        List<Rule> rules = rules();
        String connector = "a:b, \"c\"=d";
        published.forEach((type, figures) -> {
            Map<String, String> tags = new TreeMap<>();
            if (type.startsWith("s2-sink-stream") || type.startsWith("sqs-sink-queue")) {
                tags.put("topic", "orders.eu");
                tags.put("partition", "12");
            } else if (!type.endsWith("-task")) {
                tags.put(type.substring(type.lastIndexOf('-') + 1), "with:colon/and \"quote\"");
            }
            for (Figure figure : figures) {
                String word = MetricsPage.WORDS.contains(figure.name()) ? "OPEN" : "17";
                // as the exporter puts it together, in the order of the bean's name
                StringBuilder bean = new StringBuilder("io.fenceline<type=" + type)
                        .append(", connector=\"" + connector + "\", task=0");
                for (String tag : List.of("topic", "partition", "stream", "queue")) {
                    if (tags.containsKey(tag)) {
                        String value = tags.get(tag);
                        bean.append(", " + tag + "=" + (value.contains(":") ? "\"" + value + "\"" : value));
                    }
                }
                bean.append("><>" + figure.name() + ": " + word);
                Exported exported = exported(rules, bean.toString());

                assertThat(exported.name).as(bean.toString()).isEqualTo(MetricsPage.inPrometheus(type, figure.name()));
                Map<String, String> labels = new TreeMap<>(tags);
                labels.put("plugin", type.substring(0, type.lastIndexOf('-')));
                labels.put("connector", connector);
                labels.put("task", "0");
                if (MetricsPage.WORDS.contains(figure.name())) {
                    labels.put(figure.name().equals("held-code") ? "code" : figure.name(), word);
                }
                assertThat(exported.labels).as(bean.toString()).isEqualTo(labels);
                assertThat(exported.type)
                        .as(bean.toString())
                        .isEqualTo(figure.name().endsWith("-total") ? "COUNTER" : "GAUGE");
            }
        });
        assertThat(exported(
                        rules, "kafka.connect<type=connector-task-metrics, connector=\"a:b\", task=3><>status: failed"))
                .isEqualTo(new Exported(
                        "kafka_connect_task_status",
                        Map.of("connector", "a:b", "task", "3", "status", "failed"),
                        "GAUGE"));
        assertThat(exported(
                        rules,
                        "kafka.consumer<type=consumer-fetch-manager-metrics, client-id=connector-consumer-a-1-3><>records-lag-max:"
                                + " 4.0"))
                .isEqualTo(new Exported(
                        "kafka_connect_consumer_records_lag_max", Map.of("connector", "a-1", "task", "3"), "GAUGE"));
    }

    @Test
    void everyAlertIsExplainedAndEveryExplanationHasItsAlert() throws IOException {
        List<String> alerts = Pattern.compile("- alert: (\\w+)")
                .matcher(read("prometheus-alerts.yml"))
                .results()
                .map(found -> found.group(1))
                .toList();
        List<String> rows = read("README.md")
                .lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> Pattern.compile("`(\\w+)`")
                        .matcher(line.substring(0, line.indexOf('|', 1)))
                        .results()
                        .map(found -> found.group(1)))
                .toList();

        assertThat(alerts).first().isEqualTo("KafkaConnectTaskFailed");
        assertThat(rows).containsExactlyInAnyOrderElementsOf(alerts);
    }

    @Test
    void everyPanelOfTheDashboardHasAPlaceOfItsOwn() throws IOException {
        JsonNode dashboard = new ObjectMapper().readTree(read("grafana-dashboard.json"));
        Set<String> places = new TreeSet<>();
        Set<Integer> ids = new TreeSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(panel.at("/gridPos/x").asInt() + panel.at("/gridPos/w").asInt())
                    .isLessThanOrEqualTo(24);
            assertThat(places.add(panel.at("/gridPos/x") + "/" + panel.at("/gridPos/y")))
                    .as(panel.path("title").asText())
                    .isTrue();
            assertThat(ids.add(panel.path("id").asInt())).isTrue();
        }
        assertThat(ids).hasSizeGreaterThan(30);
    }

    private record Rule(Pattern pattern, String name, Map<String, String> labels, String type) {}

    private record Exported(String name, Map<String, String> labels, String type) {}

    /** As far as our rules make use of what the exporter can. */
    private static List<Rule> rules() throws IOException {
        List<Rule> rules = new ArrayList<>();
        for (String rule : read("jmx-exporter.yml").split("\n  - pattern: '")) {
            if (rule.startsWith("#")) {
                continue;
            }
            Map<String, String> labels = new TreeMap<>();
            String name = "";
            String type = "";
            for (String line : rule.split("\n")) {
                Matcher entry = Pattern.compile("( +)([a-z]+): \"?(.*?)\"?").matcher(line);
                if (!entry.matches()) {
                    continue;
                }
                if (entry.group(1).length() == 6) {
                    labels.put(entry.group(2), entry.group(3));
                } else if (entry.group(2).equals("name")) {
                    name = entry.group(3);
                } else if (entry.group(2).equals("type")) {
                    type = entry.group(3);
                }
            }
            rules.add(new Rule(Pattern.compile(rule.substring(0, rule.indexOf("'\n"))), name, labels, type));
        }
        assertThat(rules).hasSizeGreaterThan(8);
        return rules;
    }

    private static Exported exported(List<Rule> rules, String bean) {
        for (Rule rule : rules) {
            Matcher matcher = rule.pattern().matcher(bean);
            if (matcher.matches()) {
                Map<String, String> labels = new TreeMap<>();
                rule.labels().forEach((name, value) -> labels.put(name, matcher.replaceAll(value)));
                return new Exported(matcher.replaceAll(rule.name()).replace('-', '_'), labels, rule.type());
            }
        }
        throw new AssertionError("no rule takes " + bean);
    }

    private static String read(String file) throws IOException {
        try (Stream<String> lines = Files.lines(METRICS.resolve(file))) {
            return String.join("\n", lines.toList()) + "\n";
        }
    }
}
