package io.fenceline.plugin;

import io.fenceline.plugin.PublishedFigures.Figure;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code docs/metrics.md} as running tasks make it, and the names that the rules in {@code metrics/} give the figures. */
final class MetricsPage {

    /** Figures that show a word; in Prometheus it is a label. */
    static final Set<String> WORDS = Set.of("state", "held-code");

    private record Section(String title, List<Table> tables) {}

    private record Table(String type, String of, String tags) {}

    private static final List<Section> SECTIONS = List.of(
            new Section(
                    "S2 sink",
                    List.of(
                            new Table("s2-sink-task", "a task", ""),
                            new Table("s2-sink-stream", "a partition", "topic=…,partition=…"))),
            new Section(
                    "S2 source",
                    List.of(
                            new Table("s2-source-task", "a task", ""),
                            new Table("s2-source-stream", "a stream", "stream=…"))),
            new Section(
                    "SQS sink",
                    List.of(
                            new Table("sqs-sink-task", "a task", ""),
                            new Table("sqs-sink-queue", "a partition", "topic=…,partition=…"))),
            new Section(
                    "SQS source",
                    List.of(
                            new Table("sqs-source-task", "a task", ""),
                            new Table("sqs-source-queue", "a queue", "queue=…"))));

    private static final String INTRODUCTION = String.join(
            "\n",
            "# Metrics",
            "",
            "This page is printed from what running tasks show; change that, then run",
            "`mvn -pl plugin -am test -Dtest=MetricsPageTest -Dsurefire.failIfNoSpecifiedTests=false"
                    + " -Dmetrics.page=write`.",
            "",
            "| where | name |",
            "|---|---|",
            "| JMX, on every worker | `io.fenceline:type=<type>,connector=<name>,task=<number>`, and behind that what each"
                    + " table says; a figure is an attribute |",
            "| the worker's own registry besides, from Connect 4.1 on: for its `metric.reporters`, and over JMX |"
                    + " `kafka.connect:type=plugins,connector=<name>,task=<number>,kind=<type>`, and the same behind that |",
            "| Prometheus, by the rules in [`metrics/`](../metrics/README.md) | what each table says, with `_` for `-`;"
                    + " labels `plugin` (`s2-sink`, `sqs-sink`, `s2-source`, `sqs-source`), `connector`, `task`, and what is"
                    + " behind them in the bean's name |",
            "",
            "A counter ends in `-total` and counts since the task has started. A word is a label of a series that is 1 in"
                    + " Prometheus: `state`, or",
            "`code` for `held-code`. What is not known is absent: an attribute without a value, and no series. JMX quotes"
                    + " names with a comma, a colon, an",
            "equals sign, a quote, an asterisk, a question mark or a space; the rules take the quotes away. While a task that"
                    + " was given up still ends, the",
            "beans are those of its successor.",
            "",
            "[What to do](operations.md#when-nothing-arrives-and-no-task-has-failed) ·"
                    + " [alerts and a dashboard](../metrics/README.md)",
            "");

    private MetricsPage() {}

    static String markdown(Map<String, List<Figure>> figures) {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        for (Section section : SECTIONS) {
            page.append("\n## ").append(section.title()).append('\n');
            for (Table table : section.tables()) {
                append(page, table, figures.getOrDefault(table.type(), List.of()));
            }
        }
        return page.toString();
    }

    private static void append(StringBuilder page, Table table, List<Figure> figures) {
        page.append("\nIn Prometheus `").append(prefix(table.type())).append("…`");
        if (!table.tags().isEmpty()) {
            page.append(", over JMX `").append(table.tags()).append("` behind the task");
        }
        page.append(".\n\n| figure of ")
                .append(table.of())
                .append(" (`")
                .append(table.type())
                .append("`) | is a | shows |\n|---|---|---|\n");
        for (Figure figure : figures) {
            page.append("| `")
                    .append(figure.name())
                    .append("` | ")
                    .append(kind(figure.name()))
                    .append(" | ")
                    .append(figure.description())
                    .append(" |\n");
        }
    }

    private static String kind(String figure) {
        if (figure.endsWith("-total")) {
            return "counter";
        }
        return WORDS.contains(figure) ? "word" : "gauge";
    }

    /** As {@code metrics/jmx-exporter.yml} makes it. */
    static String inPrometheus(String type, String figure) {
        return prefix(type) + figure.replace('-', '_');
    }

    private static String prefix(String type) {
        if (type.endsWith("-task")) {
            return "fenceline_task_";
        } else if (type.contains("-sink-")) {
            return "fenceline_partition_";
        }
        return "fenceline_" + type.substring(type.lastIndexOf('-') + 1) + "_";
    }

    /** Types of beans, in the order of the page. */
    static List<String> types() {
        return SECTIONS.stream()
                .flatMap(section -> section.tables().stream())
                .map(Table::type)
                .toList();
    }
}
