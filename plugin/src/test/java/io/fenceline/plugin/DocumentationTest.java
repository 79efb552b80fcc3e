package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages people read lead somewhere. */
class DocumentationTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern RUNS_TESTS = Pattern.compile("-D(?:it\\.)?test='?([\\w.*,#]+)");
    private static final Pattern MODULE = Pattern.compile("-pl ([\\w-]+)");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(#[^)]*)?\\)");

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        var broken = new TreeSet<String>();
        for (Path page : pages()) {
            LINK.matcher(Files.readString(page))
                    .results()
                    .map(link -> link.group(1))
                    .forEach(target -> {
                        if (!target.contains("://") && !Files.exists(page.resolveSibling(target))) {
                            broken.add(ROOT.relativize(page) + " -> " + target);
                        }
                    });
        }
        assertThat(broken).isEmpty();
    }

    /** {@code -Dsurefire.failIfNoSpecifiedTests=false} is needed for {@code -am}, and hides that a name is nowhere. */
    @Test
    void everyTestThatACommandRunsIsInTheModuleItNames() throws IOException {
        var wrong = new TreeSet<String>();
        int commands = 0;
        for (Path page : pages()) {
            for (String line : Files.readAllLines(page)) {
                for (MatchResult option : RUNS_TESTS.matcher(line).results().toList()) {
                    commands++;
                    Matcher module = MODULE.matcher(line);
                    String below = module.find() ? module.group(1) : "";
                    Arrays.stream(option.group(1).split(","))
                            .filter(test -> !test.equals("None") && !isThere(test, below))
                            .forEach(test -> wrong.add(ROOT.relativize(page) + ": " + test + " in module " + below));
                }
            }
        }
        assertThat(commands).as("commands looked at").isGreaterThan(5);
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyChangeIsUnderAddedChangedOrFixed() throws IOException {
        String section = "";
        var elsewhere = new ArrayList<String>();
        int changes = 0;
        for (String line : Files.readAllLines(ROOT.resolve("CHANGELOG.md"))) {
            if (line.startsWith("#")) {
                section = line;
            } else if (line.startsWith("- ")) {
                changes++;
                if (!List.of("### Added", "### Changed", "### Fixed").contains(section)) {
                    elsewhere.add(section + " " + line);
                }
            }
        }
        assertThat(changes).isPositive();
        assertThat(elsewhere).isEmpty();
    }

    @Test
    void theOldestKafkaThatIsPromisedIsTheOneThatTestsRunOn() throws IOException {
        Matcher floor = Pattern.compile("<kafka.floor.version>(.*)</")
                .matcher(Files.readString(ROOT.resolve("kafka-runtime/floor/pom.xml")));
        assertThat(floor.find()).isTrue();
        assertThat(Files.readString(ROOT.resolve("README.md")))
                .contains("Kafka Connect " + floor.group(1) + " and newer");
        assertThat(Files.readString(ROOT.resolve("manifest.json")))
                .contains("Kafka Connect " + floor.group(1) + " or newer");
        assertThat(Files.readString(ROOT.resolve("testkit/src/main/java/io/fenceline/testkit/KafkaJars.java")))
                .contains("OLDEST_VERSION = \"" + floor.group(1) + "\"");
    }

    private static boolean isThere(String test, String module) {
        String[] classAndMethod = test.split("#", 2);
        String name = classAndMethod[0].substring(classAndMethod[0].lastIndexOf('.') + 1);
        Pattern wanted = Pattern.compile(name.replace("*", ".*") + "\\.java");
        Pattern method = Pattern.compile(
                classAndMethod.length == 1 ? "" : "void " + classAndMethod[1].replace("*", "\\w*") + "\\(");
        return SourceTree.classes().stream()
                .filter(file -> wanted.matcher(file.getFileName().toString()).matches())
                .filter(file -> SourceTree.name(file).startsWith(module))
                .anyMatch(file -> method.matcher(SourceTree.text(file)).find());
    }

    private static List<Path> pages() throws IOException {
        var pages = new ArrayList<Path>();
        for (String folder :
                List.of("", ".github", "append-session", "config", "deploy", "docs", "docs/adr", "metrics")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
            }
        }
        return pages;
    }
}
