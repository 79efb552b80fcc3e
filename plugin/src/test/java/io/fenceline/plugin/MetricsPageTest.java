package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.plugin.PublishedFigures.Figure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code docs/metrics.md} has what tasks show, all of it, and nothing else. */
class MetricsPageTest {

    private static final Path ROOT = Path.of(System.getProperty("basedir", "."), "..");
    private static final Path PAGE = ROOT.resolve("docs/metrics.md");

    /** A figure where it is made, with its name beside it. */
    private static final Pattern MADE =
            Pattern.compile("\\b(?:Gauge|counter|gauge|count|sum|age)\\(\\s*\"([a-z0-9]+(?:-[a-z0-9]+)*)\"");

    private static final Pattern LATENCIES_MADE = Pattern.compile("new RecentLatencies\\(\\s*\"([a-z-]+)\"");

    private static Map<String, List<Figure>> published = Map.of();

    @BeforeAll
    static void publish() throws JMException {
        published = PublishedFigures.byType();
    }

    @Test
    void shouldBeWhatRunningTasksShow() throws IOException {
        if ("write".equals(System.getProperty("metrics.page"))) {
            Files.writeString(PAGE, MetricsPage.markdown(published));
        }

        assertThat(PAGE)
                .as("docs/metrics.md; its first lines say how to print it again")
                .exists()
                .hasContent(MetricsPage.markdown(published));
        assertThat(published.keySet()).containsExactlyInAnyOrderElementsOf(MetricsPage.types());
    }

    @Test
    void shouldHaveEveryFigureThatTheSourcesMake() throws IOException {
        Set<String> made = new TreeSet<>();
        for (String module : List.of("connector-common", "connector-sink", "connector-source")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String source = Files.readString(file);
                    if (!source.contains("io.fenceline.connect.metrics")) {
                        continue;
                    }
                    MADE.matcher(source).results().map(found -> found.group(1)).forEach(made::add);
                    LATENCIES_MADE
                            .matcher(source)
                            .results()
                            .flatMap(found -> Stream.of(found.group(1) + "-p50-ms", found.group(1) + "-p99-ms"))
                            .forEach(made::add);
                }
            }
        }
        Set<String> shown = published.values().stream()
                .flatMap(List::stream)
                .map(Figure::name)
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(made)
                .as(
                        "made in the sources, against what tasks show: one that is made and never shown needs a task that shows"
                                + " it in PublishedFigures, one that is shown and not found here needs its way of being made in"
                                + " this test")
                .isEqualTo(shown);
    }

    @Test
    void everyFigureSaysWhatItShows() {
        published.forEach(
                (type, figures) -> assertThat(figures).as(type).allSatisfy(figure -> assertThat(figure.description())
                        .as(figure.name())
                        .isNotBlank()
                        .doesNotContain("|", "\n")));
    }
}
