package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.fenceline.testkit.PageCommands;
import io.fenceline.testkit.PageCommands.Block;
import io.fenceline.testkit.PageCommands.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Every command on our pages can be typed as it stands: it is executed by another test, or held here against the script, source
 * or interface that has to understand it. What can be neither is in one table, with the reason.
 *
 * <p>{@code TutorialIT} executes the tutorial of the README and asks S2's own command line for the commands of all pages.
 */
class DocumentedCommandsTest {

    private static final Path ROOT = SourceTree.ROOT;

    /** Neither executed nor checked beyond the files that they name; each has to be on a page. */
    private static final Map<String, String> NOT_CHECKED = Map.ofEntries(
            Map.entry("git", "what it does is to a repository on a server, or to the reader's own checkout"),
            Map.entry("brew", "fetches from outside of package registries"),
            Map.entry("docker", "needs a Docker engine; ContainersIT runs the images where there is one"),
            Map.entry("kubectl", "needs a cluster of Kubernetes"),
            Map.entry("aws", "needs an account of AWS"),
            Map.entry("confluent", "needs Confluent Platform"),
            Map.entry("prometheus", "not on every machine; MonitoringIT runs one with our rules where it is"),
            Map.entry("kafka-acls.sh", "needs a broker with an authorizer"),
            Map.entry("kafka-storage.sh", "Kafka's own way to a first broker"),
            Map.entry("kafka-server-start.sh", "Kafka's own way to a first broker"),
            Map.entry("kafka-configs.sh", "Kafka's own, on a topic that the page only names"),
            Map.entry("kafka-features.sh", "Kafka's own; it asks the cluster of the reader"),
            Map.entry("kafka-consumer-groups", "Kafka's own; it is named as what does not help"),
            Map.entry("kafka-consumer-groups.sh", "Kafka's own, on the consumer group of the reader"),
            Map.entry("jq", "not on every machine; it takes one field out of what Connect answers"));

    /** Of a shell; they do nothing that could be wrong without the command beside them being wrong. */
    private static final Set<String> SHELL = Set.of(
            "mkdir",
            "unzip",
            "ls",
            "export",
            "cat",
            "echo",
            "sleep",
            "for",
            "seq",
            "grep",
            "head",
            "kill",
            "wait",
            "jobs",
            "bash",
            "cd",
            "start_worker()",
            "start_worker",
            "}");

    /** Executed in the README's tutorial by TutorialIT. */
    private static final Set<String> EXECUTED =
            Set.of("kafka-topics.sh", "kafka-console-producer.sh", "connect-distributed.sh");

    /** Kafka Connect 3.7 and newer: {@code ConnectorsResource}, {@code ConnectorPluginsResource}, {@code LoggingResource}. */
    private static final List<String> CONNECT_REST = List.of(
            "GET /connectors",
            "POST /connectors",
            "DELETE /connectors/[^/]+",
            "PUT /connectors/[^/]+/config",
            "GET /connectors/[^/]+/status",
            "PUT /connectors/[^/]+/(stop|pause|resume)",
            "POST /connectors/[^/]+/restart(\\?(includeTasks=true|onlyFailed=true)(&onlyFailed=true)?)?",
            "(GET|PATCH|DELETE) /connectors/[^/]+/offsets",
            "GET /connector-plugins",
            "PUT /connector-plugins/(S2|Sqs)(Sink|Source)Connector/config/validate",
            "(GET|PUT) /admin/loggers/[\\w.]+(\\?scope=cluster)?");

    private static final Set<String> METHODS = Set.of("GET", "PUT", "POST", "PATCH", "DELETE");
    private static final Pattern MAVEN_OWN = Pattern.compile("test|it\\.test|skipTests|maven\\.test\\.skip"
            + "|(surefire|failsafe)\\.failIfNoSpecifiedTests|gpg\\.skip|altDeploymentRepository|artifact|outputDirectory"
            + "|mdep\\.stripVersion");

    private final List<String> wrong = new ArrayList<>();

    @Test
    void everyBlockSaysWhatItIsAndWhatIsDataCanBeRead() throws IOException {
        var data = new ArrayList<Block>();
        for (Path page : PageCommands.pages()) {
            for (Block block : PageCommands.blocks(page)) {
                assertThat(block.language())
                        .as(place(block))
                        .isIn("bash", "text", "http", "json", "yaml", "java", "python", "mermaid");
                if (block.language().equals("json")) {
                    assertThat(isJson(block.text())).as(place(block)).isTrue();
                    data.add(block);
                } else if (block.language().equals("yaml")) {
                    assertThat(new YAMLMapper().readTree(block.text()).isObject())
                            .as(place(block))
                            .isTrue();
                    data.add(block);
                }
            }
        }
        assertThat(data).hasSizeGreaterThan(2);
    }

    @Test
    void everyCommandIsOneThatIsUnderstood() throws IOException {
        var seen = new TreeMap<String, Integer>();
        for (Command command : everywhere()) {
            check(command);
            seen.merge(command.program(), 1, Integer::sum);
        }
        assertThat(wrong).isEmpty();
        assertThat(seen).containsKeys("bin/quickstart", "bin/verify", "bin/bench", "mvn", "curl", "s2");
        assertThat(seen.values().stream().mapToInt(Integer::intValue).sum()).isGreaterThan(60);
    }

    @Test
    void everyExceptionIsNeeded() {
        Set<String> programs = everywhere().stream().map(Command::program).collect(Collectors.toSet());
        var unused = new TreeSet<>(NOT_CHECKED.keySet());
        unused.removeAll(programs);
        assertThat(unused).isEmpty();
    }

    @Test
    void everyRequestToConnectIsOneThatItHas() {
        var unknown = new TreeSet<String>();
        int requests = 0;
        for (Path page : PageCommands.pages()) {
            for (Block block : PageCommands.blocks(page)) {
                if (block.language().equals("http")) {
                    for (String line : block.text().split("\n")) {
                        String[] words = line.trim().split(" +");
                        if (METHODS.contains(words[0])) {
                            requests++;
                            if (!isOfConnect(words[0], words[1])) {
                                unknown.add(place(block) + ": " + line);
                            }
                        }
                    }
                }
            }
            for (Command quoted : PageCommands.quoted(page)) {
                if (METHODS.contains(quoted.program()) && quoted.words().size() > 1) {
                    requests++;
                    if (!isOfConnect(quoted.program(), quoted.words().get(1))) {
                        unknown.add(quoted.toString());
                    }
                }
            }
        }
        assertThat(unknown).isEmpty();
        assertThat(requests).isGreaterThan(20);
    }

    /** Of blocks, and of running text what begins as a command does and has more than its name. */
    private static List<Command> everywhere() {
        var commands = new ArrayList<Command>();
        for (Path page : PageCommands.pages()) {
            commands.addAll(PageCommands.inBlocks(page));
            PageCommands.quoted(page).stream()
                    .filter(command ->
                            command.words().size() > 1 || command.program().startsWith("bin/"))
                    .filter(command -> command.program().startsWith("bin/")
                            || NOT_CHECKED.containsKey(command.program())
                            || EXECUTED.contains(command.program())
                            || Set.of("mvn", "curl", "s2").contains(command.program()))
                    .forEach(commands::add);
        }
        return commands;
    }

    private void check(Command command) throws IOException {
        checkFiles(command);
        String program = command.program();
        List<String> arguments = command.arguments();
        if (program.equals("bash")) {
            arguments.stream()
                    .findFirst()
                    .ifPresent(script ->
                            expect(command, script.matches("(.*/)?bin/(verify|position)"), "a script that there is"));
            if (!arguments.isEmpty()) {
                checkOptions(command, arguments.get(0).endsWith("position") ? positionOptions() : verifyOptions());
            }
        } else if (SHELL.contains(program) || EXECUTED.contains(program) || NOT_CHECKED.containsKey(program)) {
            return;
        } else if (program.startsWith("bin/")) {
            checkScript(command);
        } else if (program.equals("mvn")) {
            checkMaven(command);
        } else if (program.equals("curl")) {
            checkCurl(command);
        } else {
            expect(command, program.equals("s2"), "a program that this test knows: check it, or say why not");
        }
    }

    private void checkScript(Command command) throws IOException {
        Path script = ROOT.resolve(command.program());
        if (command.program().equals("bin/lib")) {
            return;
        }
        expect(command, Files.isExecutable(script), "an executable script");
        switch (command.program()) {
            case "bin/quickstart" ->
                checkOptions(command, options("testkit/src/main/java/io/fenceline/testkit/quickstart"));
            case "bin/verify" -> checkOptions(command, verifyOptions());
            case "bin/position" -> checkOptions(command, positionOptions());
            case "bin/bench" -> {
                checkOptions(command, options("benchmarks/src/main/java/io/fenceline/benchmarks"));
                String what = command.arguments().stream().findFirst().orElse("sink");
                expect(
                        command,
                        Files.readString(script).contains("bin/bench " + what + " [options]"),
                        "something that can be measured");
            }
            case "bin/s2" -> checkOptions(command, options("bin/s2"));
            default -> expect(command, false, "a script that this test knows");
        }
    }

    private static Set<String> verifyOptions() throws IOException {
        return withConnection("connector-common/src/main/java/io/fenceline/connect/verify/VerifyOptions.java");
    }

    private static Set<String> positionOptions() throws IOException {
        return withConnection("connector-sink/src/main/java/io/fenceline/connect/sink/position");
    }

    /** Both commands take the options of the connection to S2. */
    private static Set<String> withConnection(String place) throws IOException {
        var options = new TreeSet<>(options(place));
        options.addAll(options("connector-common/src/main/java/io/fenceline/connect/command"));
        return options;
    }

    private void checkOptions(Command command, Set<String> known) {
        for (String argument : command.arguments()) {
            if (argument.startsWith("--")) {
                expect(command, known.contains(argument.split("=")[0]), "an option " + argument);
            }
        }
    }

    /** What the sources name in quotes, and a script in a case. */
    private static Set<String> options(String place) throws IOException {
        var options = new TreeSet<String>();
        try (Stream<Path> files = Files.walk(ROOT.resolve(place))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Pattern.compile("(?m)\"(--[a-z0-9-]+)\"|^ *(--[a-z]+)\\)")
                        .matcher(Files.readString(file))
                        .results()
                        .map((MatchResult found) -> found.group(1) == null ? found.group(2) : found.group(1))
                        .forEach(options::add);
            }
        }
        assertThat(options).as(place).isNotEmpty();
        return options;
    }

    private void checkMaven(Command command) throws IOException {
        String poms = poms();
        List<String> arguments = command.arguments();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("-pl")) {
                for (String module : arguments.get(++i).split(",")) {
                    expect(command, Files.isRegularFile(ROOT.resolve(module).resolve("pom.xml")), "a module " + module);
                }
            } else if (argument.startsWith("-P")) {
                expect(command, poms.contains("<id>" + argument.substring(2) + "</id>"), "a profile " + argument);
            } else if (argument.startsWith("-D")) {
                String property = argument.substring(2).split("=")[0];
                expect(
                        command,
                        MAVEN_OWN.matcher(property).matches() || isRead(property, poms),
                        "a property " + property);
            } else if (argument.contains(":")) {
                String plugin = argument.split(":")[0];
                expect(
                        command,
                        poms.contains(plugin + "-maven-plugin") || poms.contains("maven-" + plugin + "-plugin"),
                        "a plugin " + plugin);
            } else if (!argument.startsWith("-")) {
                expect(
                        command,
                        Set.of("test", "package", "verify", "install", "deploy").contains(argument),
                        "a phase " + argument);
            }
        }
    }

    private static String poms() {
        return SourceTree.files().stream()
                .filter(file -> file.endsWith("pom.xml"))
                .map(SourceTree::text)
                .collect(Collectors.joining("\n"));
    }

    private static boolean isRead(String property, String poms) {
        return poms.contains("<" + property + ">")
                || poms.contains("${" + property + "}")
                || poms.contains("<name>" + property + "</name>")
                || SourceTree.classes().stream()
                        .map(SourceTree::text)
                        .anyMatch(text -> text.contains("(\"" + property + "\""));
    }

    private void checkCurl(Command command) {
        List<String> arguments = command.arguments();
        String method = "GET";
        String url = "";
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("-X")) {
                method = arguments.get(++i);
            } else if (argument.startsWith("http")) {
                url = argument;
            } else if (argument.startsWith("{")) {
                expect(command, isJson(argument), "JSON");
            }
        }
        expect(command, !url.isEmpty(), "an address");
        if (url.contains("8083/")) {
            expect(command, isOfConnect(method, url.substring(url.indexOf("8083/") + 4)), "a request that Connect has");
        } else {
            expect(
                    command,
                    Set.of("http://localhost:8080/health", "http://localhost:9404/metrics", "https://s2.dev/install.sh")
                            .contains(url),
                    "an address that this test knows");
        }
    }

    private static boolean isOfConnect(String method, String path) {
        // … stands for /connectors and a name
        String request = method + " "
                + path.replace("…/config/validate", "/connector-plugins/S2SinkConnector/config/validate")
                        .replace("…", "/connectors/some")
                        .replaceAll("<\\w+>", "some");
        return CONNECT_REST.stream().anyMatch(request::matches);
    }

    /** Files of the repository that a command is given. */
    private void checkFiles(Command command) {
        for (String argument : command.arguments()) {
            String file = argument.replaceFirst("^(@|fileb?://|--config\\.file=)", "");
            if (file.matches("(config|deploy|metrics|docs|bin)/[\\w./-]+")) {
                expect(command, Files.exists(ROOT.resolve(file)), "a file " + file);
            }
        }
    }

    private static boolean isJson(String text) {
        try {
            return new ObjectMapper().readTree(text).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    private void expect(Command command, boolean right, String what) {
        if (!right) {
            wrong.add(command + "  -- not " + what);
        }
    }

    private static String place(Block block) {
        return SourceTree.name(block.page()) + ":" + block.line();
    }
}
