package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.plugin.PublishedFigures.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.management.JMException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What an operator meets, a code or a figure, has its row in the guide or in the page of metrics that it leads to, and no row
 * names what he never meets.
 */
class OperationsPageTest {

    private static final Path PAGE = Path.of(System.getProperty("basedir", "."), "..", "docs", "operations.md");
    private static final Path METRICS = PAGE.resolveSibling("metrics.md");
    /** Nothing else that the guide quotes looks like one. */
    private static final Pattern FIGURE =
            Pattern.compile("(lanes|streams|progress|messages|discovery)-[a-z-]+|[a-z-]+-(total|ms)");

    private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");

    private static String page = "";

    @BeforeAll
    static void read() throws IOException {
        page = Files.readString(PAGE);
    }

    @Test
    void everyCodeHasARowAndEveryRowACode() {
        Set<String> rows = new TreeSet<>();
        tables(page, "code").values().forEach(rows::addAll);
        assertThat(rows)
                .containsExactlyInAnyOrder(
                        Arrays.stream(TerminalCode.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void everyCodeSaysWhatIsSafeAndHowFarItReaches() {
        String table = page.substring(page.indexOf("| code | is about |"));
        table = table.substring(0, table.indexOf("\n\n"));
        assertThat(quoted(table.lines()
                        .filter(row -> row.startsWith("| `"))
                        .map(row -> row.substring(0, row.indexOf('|', 1)))
                        .collect(Collectors.joining())))
                .containsExactlyInAnyOrder(
                        Arrays.stream(TerminalCode.values()).map(Enum::name).toArray(String[]::new));
    }

    @Test
    void theContentsListHasEveryHeadingInItsOrder() {
        String contents = page.substring(page.indexOf("## Contents"), page.indexOf("## Words"));
        assertThat(contents.lines()
                        .filter(line -> line.strip().startsWith("- ["))
                        .map(line -> line.replaceAll("^( *)- \\[(.*)]\\(.*", "$1$2")))
                .containsExactlyElementsOf(page.substring(page.indexOf("## Words"))
                        .lines()
                        .filter(line -> line.startsWith("##"))
                        .map(line -> line.replaceFirst("^## ", "").replaceFirst("^### ", "  "))
                        .toList());
    }

    @Test
    void everyFigureOfARunningTaskHasARowAndEveryRowAFigure() throws JMException, IOException {
        assertThat(page).as("where to find them").contains("(metrics.md)");
        assertThat(tables(Files.readString(METRICS), "figure of ")).isEqualTo(published());
    }

    @Test
    void everyFigureThatTheGuideNamesIsOne() throws JMException, IOException {
        Set<String> figures = new TreeSet<>();
        published().values().forEach(figures::addAll);
        for (String other : List.of("sizing.md", "upgrading.md", "kubernetes.md", "sqs-sink.md", "sqs-source.md")) {
            assertThat(Files.readString(PAGE.resolveSibling(other)).lines().flatMap(line -> quoted(line).stream()))
                    .as(other)
                    .filteredOn(word -> FIGURE.matcher(word).matches())
                    .allSatisfy(word -> assertThat(figures).contains(word));
        }
        assertThat(page.lines().flatMap(line -> quoted(line).stream()))
                .filteredOn(word -> FIGURE.matcher(word).matches())
                .hasSizeGreaterThan(20)
                .allSatisfy(word -> assertThat(figures).contains(word));
    }

    /** What the first columns of tables name whose header begins so, by the first thing that the header names. */
    private static Map<String, Set<String>> tables(String page, String headerBegins) {
        Map<String, Set<String>> tables = new TreeMap<>();
        Set<String> rows = null;
        for (String line : page.split("\n")) {
            if (!line.startsWith("|")) {
                rows = null;
            } else if (line.startsWith("| " + headerBegins)) {
                rows = tables.computeIfAbsent(quoted(line).stream().findFirst().orElse(""), of -> new TreeSet<>());
            } else if (rows != null && !line.startsWith("|---")) {
                List<String> names = quoted(line.substring(1, line.indexOf('|', 1)));
                assertThat(names).as(line).isNotEmpty();
                // a row may be for one case of a code, told by an S2 code or a word in its message
                rows.addAll(headerBegins.equals("code") ? names.subList(0, 1) : names);
            }
        }
        assertThat(tables).isNotEmpty();
        return tables;
    }

    private static List<String> quoted(String text) {
        return QUOTED.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /** By type, as JMX shows them while partitions are written and a stream is read. */
    private static Map<String, Set<String>> published() throws JMException {
        Map<String, Set<String>> figures = new TreeMap<>();
        PublishedFigures.byType()
                .forEach((type, shown) -> figures.put(
                        type, shown.stream().map(Figure::name).collect(Collectors.toCollection(TreeSet::new))));
        return figures;
    }
}
