package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fenceline.testkit.KafkaBroker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.PageCommands;
import io.fenceline.testkit.PageCommands.Block;
import io.fenceline.testkit.PageCommands.Command;
import io.fenceline.testkit.Ports;
import io.fenceline.testkit.ProjectRoot;
import io.fenceline.testkit.S2Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The tutorial of the README, typed into one shell as its reader does, with a broker, a worker, an S2 server and S2's command line
 * that are real; and every command of S2's command line on any page. Ports are other ones, and three things are put in place
 * instead of made: the archive and the exporter, by the build that this test is part of, and Kafka's scripts, which are not on
 * Maven Central, by scripts that start the same classes.
 */
@Timeout(300)
final class TutorialIT {

    private static final String HEADING = "## Your own topic in S2, with a dashboard\n";

    /** What a block has to have in it to be left out here: it needs an account, a server outside, or a Docker engine. */
    private static final List<String> NOT_RUN = List.of("git clone ", "s2 login", "docker compose ");

    private static final Map<String, String> KAFKA_SCRIPTS = Map.of(
            "kafka-topics.sh", "org.apache.kafka.tools.TopicCommand",
            "kafka-console-producer.sh", "org.apache.kafka.tools.ConsoleProducer",
            "connect-distributed.sh", "org.apache.kafka.connect.cli.ConnectDistributed");

    /** Stands for the reader's checkout; kept, as the output of all system tests is. */
    private final Path checkout = Path.of(System.getProperty("fenceline.output", "target/runs"))
            .toAbsolutePath()
            .resolve("run-" + ProcessHandle.current().pid())
            .resolve(Cluster.unique("tutorial-"));

    @Test
    void theTutorialOfTheReadMeDoesWhatItSays() throws Exception {
        Path cli = commandLine();
        List<Step> steps = steps();
        assertThat(steps).as("blocks to run").hasSizeGreaterThan(5);
        try (KafkaBroker broker = KafkaBroker.start(KafkaJars.configured(), checkout.resolve("broker"), Map.of())) {
            String output = run(script(steps, broker.bootstrapServers()), environment(cli));

            String[] printed = output.split("(?m)^@@@ \\d+\n", -1);
            assertThat(printed).as(output).hasSize(steps.size() + 2);
            for (int i = 0; i < steps.size(); i++) {
                assertThat(unfound(steps.get(i).promised, printed[i + 1]))
                        .as("promised by the README and not printed by\n" + steps.get(i).script + "\nbut:\n"
                                + printed[i + 1])
                        .isNull();
            }
            assertThat(printed[steps.size() + 1].strip())
                    .as("what it says in the end")
                    .isEqualTo("all done");
        }
    }

    @Test
    void everyCommandOfS2sCommandLineIsOneWithThoseOptions() throws Exception {
        Path cli = commandLine();
        Map<String, String> help = new HashMap<>();
        var wrong = new TreeSet<String>();
        int commands = 0;
        for (Path page : PageCommands.pages()) {
            List<Command> all = new ArrayList<>(PageCommands.inBlocks(page));
            all.addAll(PageCommands.quoted(page));
            for (Command command : all) {
                if (!command.program().equals("s2") || command.arguments().isEmpty()) {
                    continue;
                }
                commands++;
                String subcommand = command.arguments().get(0);
                String text = help.get(subcommand);
                if (text == null) {
                    text = output(List.of(cli.toString(), subcommand, "--help"));
                    help.put(subcommand, text);
                }
                // of what is no subcommand the help is that of all
                if (!text.contains("Usage: s2 " + subcommand)) {
                    wrong.add(command + " is no command: "
                            + text.lines().findFirst().orElse(""));
                }
                for (String argument : command.arguments()) {
                    if (argument.startsWith("--")
                            && !Pattern.compile(Pattern.quote(argument.split("=")[0]) + "\\b")
                                    .matcher(text)
                                    .find()) {
                        wrong.add(command + " has no option " + argument);
                    }
                }
                int ops = command.arguments().indexOf("--ops");
                if (ops > 0) {
                    Arrays.stream(command.arguments().get(ops + 1).split(","))
                            .filter(operation -> !help.get(subcommand).contains(operation))
                            .forEach(operation -> wrong.add(command + " has no operation " + operation));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(commands).isGreaterThan(10);
    }

    @Test
    void prometheusTakesTheConfigurationsOfDeploy() throws Exception {
        Optional<Path> promtool = PrometheusServer.program("promtool");
        assumeTrue(promtool.isPresent(), "needs promtool");
        for (String file : List.of("prometheus.yml", "prometheus-in-docker.yml")) {
            String config = ProjectRoot.find()
                    .resolve("deploy/monitoring")
                    .resolve(file)
                    .toString();
            assertThat(output(List.of(promtool.get().toString(), "check", "config", config)))
                    .contains("rules found", "is valid prometheus config file");
        }
    }

    private static String output(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    /** A block, and what the block of text behind it promises. */
    private record Step(String script, List<String> promised) {}

    private static List<Step> steps() throws IOException {
        Path readme = ProjectRoot.find().resolve("README.md");
        String page = Files.readString(readme);
        int from = page.indexOf(HEADING);
        int to = page.indexOf("\n## ", from + 1);
        int firstLine = lines(page.substring(0, from));
        int lastLine = lines(page.substring(0, to));
        List<Block> blocks = PageCommands.blocks(readme).stream()
                .filter(block -> block.line() > firstLine && block.line() < lastLine)
                .toList();
        var steps = new ArrayList<Step>();
        for (int i = 0; i < blocks.size(); i++) {
            Block block = blocks.get(i);
            if (block.language().equals("bash") && NOT_RUN.stream().noneMatch(block.text()::contains)) {
                boolean promises =
                        i + 1 < blocks.size() && blocks.get(i + 1).language().equals("text");
                steps.add(new Step(
                        block.text(),
                        promises ? blocks.get(i + 1).text().lines().toList() : List.of()));
            }
        }
        return steps;
    }

    private static int lines(String text) {
        return (int) text.lines().count();
    }

    private String script(List<Step> steps, String bootstrapServers) {
        var script =
                new StringBuilder("set -e -o pipefail\ntrap 'jobs -p | xargs -r kill -9' EXIT\ncd \"$CHECKOUT\"\n");
        for (int i = 0; i < steps.size(); i++) {
            script.append("echo @@@ ").append(i).append('\n').append(steps.get(i).script);
        }
        script.append("echo @@@ ").append(steps.size()).append("\necho all done\n");
        return script.toString()
                .replace("localhost:9092", bootstrapServers)
                .replace("localhost:8083", "localhost:" + Ports.free())
                .replaceAll("(localhost:|--port )8080", "$1" + Ports.free())
                .replaceAll("(localhost:|jar=)9404", "$1" + Ports.free());
    }

    /** The first line that does not come, in this order, in what was printed; … stands for anything. */
    private static @Nullable String unfound(List<String> promised, String printed) {
        List<String> lines = printed.lines().toList();
        int next = 0;
        for (String line : promised) {
            Pattern pattern = Pattern.compile(Arrays.stream(line.strip().split("…", -1))
                    .map(part -> part.isEmpty() ? "" : Pattern.quote(part))
                    .reduce((before, after) -> before + ".*" + after)
                    .orElse(""));
            while (next < lines.size()
                    && !pattern.matcher(lines.get(next).strip()).matches()) {
                next++;
            }
            if (next++ >= lines.size()) {
                return line;
            }
        }
        return null;
    }

    private Map<String, String> environment(Path cli) throws IOException {
        Path root = ProjectRoot.find();
        for (String folder : List.of("config", "metrics", "plugin", "deploy")) {
            Files.createSymbolicLink(checkout.resolve(folder), root.resolve(folder));
        }
        Path kafka = checkout.resolve("kafka");
        Path libs = KafkaJars.configured().libs();
        Files.createDirectories(kafka);
        Files.createSymbolicLink(kafka.resolve("libs"), libs);
        String tools = System.getProperty("kafka.tools", "");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        for (var script : KAFKA_SCRIPTS.entrySet()) {
            executable(
                    kafka.resolve("bin").resolve(script.getKey()),
                    "exec '" + java
                            + "' -Xmx512m -XX:+UseSerialGC $KAFKA_OPTS -Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
                            + " -cp '" + libs + "/*:" + tools + "' " + script.getValue() + " \"$@\"");
        }
        Path programs = checkout.resolve("programs");
        executable(programs.resolve("s2"), "exec '" + cli + "' \"$@\"");
        executable(
                programs.resolve("mvn"),
                "case \" $* \" in",
                "*' dependency:copy '*) cp '" + System.getProperty("jmx.exporter")
                        + "' target/tutorial/jmx_prometheus_javaagent.jar ;;",
                "*' package '*) ls plugin/target/components/packages/*.zip > /dev/null ;;",
                "*) exit 1 ;;",
                "esac");
        return Map.of(
                "CHECKOUT", checkout.toString(),
                "KAFKA_HOME", kafka.toString(),
                "HOME", Files.createDirectories(checkout.resolve("home")).toString(),
                "JAVA_HOME", System.getProperty("java.home"),
                "PATH", programs + ":" + System.getenv("PATH"));
    }

    private static void executable(Path file, String... lines) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String run(String script, Map<String, String> environment) throws IOException, InterruptedException {
        Path typed = Files.writeString(checkout.resolve("typed.sh"), script);
        Path printed = checkout.resolve("printed");
        ProcessBuilder builder = new ProcessBuilder("bash", typed.toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile());
        Set.of("S2_ACCOUNT_ENDPOINT", "S2_BASIN_ENDPOINT", "S2_ACCESS_TOKEN", "KAFKA_OPTS")
                .forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process shell = builder.start();
        try {
            boolean ended = shell.waitFor(200, TimeUnit.SECONDS);
            String output = Files.readString(printed, StandardCharsets.UTF_8);
            assertThat(ended).as("it ends\n" + output + log("worker.log")).isTrue();
            assertThat(shell.exitValue()).as(output + log("worker.log")).isZero();
            return output;
        } finally {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
        }
    }

    private String log(String name) throws IOException {
        Path file = checkout.resolve("target/tutorial").resolve(name);
        if (!Files.exists(file)) {
            return "";
        }
        List<String> lines = Files.readAllLines(file);
        return "\n" + name + ":\n" + String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    /** S2's own; the server of a Docker image, or the embedded one, has none. */
    private static Path commandLine() {
        Optional<Path> found = S2Location.findReady()
                .filter(S2Location.Binary.class::isInstance)
                .map(S2Location.Binary.class::cast)
                .filter(binary -> binary.subcommand().isPresent())
                .map(S2Location.Binary::path);
        if (found.isEmpty()) {
            Cluster.say("no command line of S2 on the PATH or in the cache: the tutorial is not tried");
        }
        assumeTrue(found.isPresent(), "needs S2's command line");
        return found.get();
    }
}
