package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.testkit.PageCommands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pages people read lead somewhere. */
class DocumentationTest {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern RUNS_TESTS = Pattern.compile("-D(?:it\\.)?test='?([\\w.*,#]+)");
    private static final Pattern MODULE = Pattern.compile("-pl ([\\w-]+)");
    private static final Pattern ANCHORED = Pattern.compile("]\\(([\\w./-]*)#([^)\\s]+)\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern OUR_KEY = Pattern.compile("[`\"]((?:s2|sqs|aws)\\.[a-z.]+[a-z])(?=[=`\"])");
    /** Headers of the SQS source's records, and keys of other connectors on the pages about moving from them. */
    private static final List<String> NOT_OUR_KEYS = List.of(
            "sqs.message.id",
            "sqs.sequence.number",
            "sqs.endpoint.url",
            "sqs.credentials.provider.class",
            "sqs.message.attributes.enabled",
            "sqs.queue.arn",
            "sqs.max.messages");

    /** A connector's configuration, in a block of its own or on its way into a file. */
    private static final Pattern JSON = Pattern.compile("(?ms)^(\\{\\n  \"connector\\.class\".*?^})$");

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

    @Test
    void everyLinkToAHeadingLeadsToOne() throws IOException {
        var broken = new TreeSet<String>();
        int links = 0;
        for (Path page : pages()) {
            for (MatchResult link :
                    ANCHORED.matcher(Files.readString(page)).results().toList()) {
                Path target = link.group(1).isEmpty()
                        ? page
                        : page.resolveSibling(link.group(1)).normalize();
                if (target.toString().endsWith(".md") && Files.exists(target)) {
                    links++;
                    if (!anchors(target).contains(link.group(2))) {
                        broken.add(ROOT.relativize(page) + " -> " + link.group(1) + "#" + link.group(2));
                    }
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(links).isGreaterThan(60);
    }

    /** As GitHub makes them: small letters, no punctuation, a hyphen for each blank. */
    private static List<String> anchors(Path page) throws IOException {
        return HEADING.matcher(FENCED.matcher(Files.readString(page)).replaceAll(""))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .toList();
    }

    @Test
    void everyKeyOfOursThatAPageNamesIsAKeyOfAConnector() throws IOException {
        var keys = new TreeSet<String>();
        ConfigurationPage.SECTIONS.forEach(section -> Pattern.compile("`([a-z0-9.]+)`")
                .matcher(section.toMarkdown())
                .results()
                .forEach(key -> keys.add(key.group(1))));
        var unknown = new TreeSet<String>();
        int named = 0;
        for (Path page : pages()) {
            if (page.endsWith("CHANGELOG.md")) {
                continue; // it also says what was mistyped once
            }
            for (MatchResult key :
                    OUR_KEY.matcher(Files.readString(page)).results().toList()) {
                named++;
                if (!keys.contains(key.group(1)) && !NOT_OUR_KEYS.contains(key.group(1))) {
                    unknown.add(ROOT.relativize(page) + ": " + key.group(1));
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(named).isGreaterThan(150);
    }

    @Test
    void everyLoggerOfOursThatAPageNamesIsAPackage() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/logging.md"));
        List<String> loggers = Pattern.compile("\\| `(io\\.fenceline[\\w.]*)` \\|")
                .matcher(page)
                .results()
                .map(logger -> logger.group(1))
                .toList();
        assertThat(loggers).hasSizeGreaterThan(4).allSatisfy(logger -> assertThat(SourceTree.classes())
                .anyMatch(file -> file.toString().contains("/src/main/java/" + logger.replace('.', '/') + "/")));
    }

    @Test
    void everyPageCanBeReachedFromTheReadMe() throws IOException {
        var reached = new TreeSet<Path>();
        var next = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        while (!next.isEmpty()) {
            Path page = next.remove(next.size() - 1);
            if (page.toString().endsWith(".md") && Files.exists(page) && reached.add(page)) {
                LINK.matcher(Files.readString(page))
                        .results()
                        .map(link -> page.resolveSibling(link.group(1)).normalize())
                        .forEach(next::add);
            }
        }
        assertThat(pages().stream().filter(page -> !page.startsWith(ROOT.resolve(".github"))))
                .allSatisfy(page -> assertThat(reached).contains(page));
    }

    @Test
    void everyConfigurationOnAPageIsTakenByItsConnector() throws IOException {
        int connectors = 0;
        for (Path page : pages()) {
            for (MatchResult block :
                    JSON.matcher(Files.readString(page)).results().toList()) {
                Map<String, String> properties =
                        new ObjectMapper().readValue(block.group(1), new TypeReference<HashMap<String, String>>() {});
                // as a worker does that has the provider
                properties.replaceAll(
                        (key, value) -> value.replaceAll("\\$\\{env:[A-Z0-9_]*ENDPOINT}", "http://localhost:8080")
                                .replaceAll("\\$\\{env:[A-Z0-9_]+}", "provided"));
                assertThat(properties).containsEntry("connector.class", "io.fenceline.connect.sink.s2.S2SinkConnector");
                properties.putIfAbsent("name", "from-a-page");
                // part of Connect, and not of this module
                properties.remove("body.converter", "org.apache.kafka.connect.json.JsonConverter");
                connectors++;
                assertThat(new S2SinkConfig(properties).connection().basin()).isNotEmpty();
                assertThat(S2SinkConfig.unknownKeys(properties))
                        .as(page.toString())
                        .isEmpty();
            }
        }
        assertThat(connectors).as("README and schema registry").isEqualTo(2);
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

    private static List<Path> pages() {
        return PageCommands.pages();
    }
}
