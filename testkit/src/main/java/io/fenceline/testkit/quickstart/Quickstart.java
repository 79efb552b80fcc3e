package io.fenceline.testkit.quickstart;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaBroker;
import io.fenceline.testkit.KafkaJars;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.PluginArchive;
import io.fenceline.testkit.ProjectRoot;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import io.fenceline.testkit.history.CommitWatcher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.TopicPartition;

/**
 * From nothing to records in S2 with a real broker, a real Connect worker and an S2 server; kills the worker in the
 * middle and shows that nothing is lost, repeated or reordered. Exit code 0: checked and found right; 1: not; 2: wrong use.
 */
public final class Quickstart {

    private static final int PARTITIONS = 4;
    private static final String TOPIC = "quickstart";
    private static final Pattern IN_KAFKA = Pattern.compile("(?m)^records in Kafka\\D+(\\d+)");

    private final Options options;
    private final Progress progress = new Progress();
    private final Path root = ProjectRoot.find();
    private final Path folder;
    /** Set by Ctrl-C: servers that vanish now are no failure. */
    private volatile boolean ending;

    private Quickstart(Options options) throws IOException {
        this.options = options;
        this.folder = Files.createTempDirectory("fenceline-quickstart-");
    }

    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
            System.out.print(Options.USAGE);
            return;
        }
        Options options;
        try {
            options = Options.parse(arguments);
        } catch (Options.UsageException e) {
            System.err.println("quickstart: " + e.getMessage());
            if (!String.valueOf(e.getMessage()).endsWith("not yet")) {
                System.err.print(Options.USAGE);
            }
            System.exit(2);
            return;
        }
        Quickstart quickstart = new Quickstart(options);
        Runtime.getRuntime().addShutdownHook(new Thread(quickstart::cleanUp, "clean-up"));
        int code;
        try {
            code = quickstart.run();
        } catch (Exception | AssertionError e) {
            if (!quickstart.ending) {
                System.out.flush();
                System.err.println("quickstart failed: " + (e.getMessage() == null ? e : e.getMessage()));
                quickstart.keepLogs();
            }
            code = 1;
        }
        System.exit(code);
    }

    private int run() throws Exception {
        S2Location location = location();
        KafkaJars jars = KafkaJars.configured();

        CompletableFuture<S2Server> s2Start = CompletableFuture.supplyAsync(() -> S2Server.builder(folder.resolve("s2"))
                .in(folder.resolve("s2/data"))
                .start(location));
        KafkaBroker broker = progress.step(
                "starting a Kafka broker (" + jars.version() + ") and an S2 server",
                () -> KafkaBroker.start(jars, folder.resolve("broker")));
        S2Server s2 = s2Start.join();
        progress.detail("Kafka at " + broker.bootstrapServers() + ", S2 at " + s2.basinEndpoint() + " ("
                + describe(location) + ")");

        Path archive = PluginArchive.find();
        Path plugins = PluginArchive.install(archive, folder.resolve("plugins"));
        ConnectWorker worker =
                progress.step("starting a Connect worker with " + archive.getFileName(), () -> ConnectWorker.builder(
                                jars, broker.bootstrapServers(), folder.resolve("worker"))
                        .pluginPath(plugins)
                        // the default of Connect is a minute; nobody wants to wait that long for a first commit
                        .with("offset.flush.interval.ms", "2000")
                        .start());
        progress.detail("Connect at " + worker.url());

        S2Reader reader = s2.reader(options.basin()).createBasin();
        String topic = createTopic(broker, location);
        Path posted = folder.resolve("connector.json");
        String name = post(worker.rest(), s2, topic, posted);
        progress.step("starting the connector", () -> {
            worker.rest().awaitRunning(name, 2, Duration.ofSeconds(60));
            return true;
        });

        long inKafka = produce(broker, worker, reader, name, topic);
        boolean verified = verify(broker, s2, topic, inKafka);
        progress.say("");
        progress.say(String.format(
                Locale.ROOT,
                "%s in %.0f s%s",
                verified ? "Every record arrived exactly once" : "NOT what was promised, see above",
                progress.elapsed(),
                options.crash() ? ", through a worker killed with SIGKILL." : "."));
        if (options.keep()) {
            keepRunning(broker, worker, s2, name, topic, posted);
        }
        return verified ? 0 : 1;
    }

    private S2Location location() throws Exception {
        if (options.server() == Options.Server.EMBEDDED) {
            return new S2Location.Embedded();
        }
        if (options.server() == Options.Server.REAL) {
            return progress.step("looking for an S2 server (bin/s2)", S2Location::findOrInstall);
        }
        Optional<S2Location> real = progress.step("looking for an S2 server (bin/s2 --ready)", S2Location::findReady);
        if (real.isEmpty()) {
            progress.detail("using the embedded one instead; bin/s2 gets a real one, or run with --s2 real");
        }
        return real.orElse(new S2Location.Embedded());
    }

    private static String createTopic(KafkaBroker broker, S2Location location) {
        // on a server that lives on, the streams of an earlier run belong to a topic that is gone
        String topic = location instanceof S2Location.Endpoints ? TOPIC + "-" + System.currentTimeMillis() : TOPIC;
        broker.createTopic(topic, PARTITIONS, Map.of());
        return topic;
    }

    /** Posts the file from config/, with the addresses of this run in it. */
    private String post(ConnectRest rest, S2Server s2, String topic, Path posted) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Path file = root.resolve("config/s2-sink-quickstart.json");
        ObjectNode body = (ObjectNode) json.readTree(file.toFile());
        ObjectNode config = (ObjectNode) body.get("config");
        config.put("topics", topic);
        config.put("s2.basin", options.basin());
        config.put("s2.account.endpoint", s2.accountEndpoint());
        config.put("s2.basin.endpoint", s2.basinEndpoint());
        Files.writeString(posted, json.writerWithDefaultPrettyPrinter().writeValueAsString(body));
        // not into the file: it may be a real one
        String token = System.getenv("S2_ACCESS_TOKEN");
        if (token != null) {
            config.put("s2.access.token", token);
        }
        progress.detail(
                "posting " + root.relativize(file) + " for topic " + topic + " with " + PARTITIONS + " partitions");
        ConnectRest.Answer[] answer = new ConnectRest.Answer[1];
        Await.until(
                "the worker takes the connector",
                Duration.ofSeconds(30),
                () -> {
                    answer[0] = rest.create(body.toString());
                    // 409 and 500 while the worker joins its group
                    return answer[0].status() != 409 && answer[0].status() != 500 && answer[0].status() != 0;
                },
                () -> "Last answer: " + answer[0]);
        answer[0].require(201);
        return body.get("name").asText();
    }

    private long produce(KafkaBroker broker, ConnectWorker worker, S2Reader reader, String name, String topic)
            throws Exception {
        Records records = Records.start(broker.bootstrapServers(), topic, options);
        try (Admin admin = broker.admin()) {
            String what = "producing " + number(records.count()) + " records"
                    + (options.crash() ? "; the worker will be killed in the middle" : "");
            if (options.crash()) {
                progress.step(what, () -> how(records, reader, topic), () -> {
                    Await.until(
                            "some records are in S2",
                            Duration.ofSeconds(60),
                            () -> durable(reader, topic) >= Math.max(1, records.count() * 4 / 10),
                            () -> status(worker, name));
                    return true;
                });
                kill(records, worker, admin, reader, name, topic);
            }
            progress.step(
                    options.crash() ? "waiting for the rest to arrive" : what,
                    () -> how(records, reader, topic),
                    () -> {
                        long[] best = {-1, System.nanoTime()};
                        Await.until(
                                "all records are in S2",
                                Duration.ofMinutes(10),
                                () -> {
                                    long now = durable(reader, topic);
                                    if (now > best[0]) {
                                        best[0] = now;
                                        best[1] = System.nanoTime();
                                    } else if (System.nanoTime() - best[1] > 90e9) {
                                        throw new AssertionError(
                                                "nothing has arrived in S2 for 90 s. " + status(worker, name));
                                    }
                                    return acknowledged(records) == records.count() && now >= records.count();
                                },
                                () -> status(worker, name));
                        return true;
                    });
            return records.acknowledged();
        }
    }

    private void kill(Records records, ConnectWorker worker, Admin admin, S2Reader reader, String name, String topic)
            throws Exception {
        worker.kill();
        long durable = durable(reader, topic);
        long committed = CommitWatcher.committed(admin, "connect-" + name).entrySet().stream()
                .filter(entry -> entry.getKey().topic().equals(topic))
                .mapToLong(Map.Entry<TopicPartition, Long>::getValue)
                .sum();
        progress.say("          worker " + worker.process().pid() + " killed with SIGKILL");
        progress.detail("in S2: " + number(durable) + " records; committed in Kafka: " + number(committed)
                + ". Starting from the commit alone would repeat " + number(Math.max(0, durable - committed)) + ".");
        progress.step("starting the worker again", () -> how(records, reader, topic), () -> {
            worker.launch();
            worker.awaitReady();
            return true;
        });
    }

    private boolean verify(KafkaBroker broker, S2Server s2, String topic, long produced) throws Exception {
        String[] output = new String[1];
        int code = progress.step("bin/verify: comparing the topic with its streams", () -> {
            ProcessBuilder builder = new ProcessBuilder(
                            "bash",
                            root.resolve("bin/verify").toString(),
                            "--bootstrap-servers",
                            broker.bootstrapServers(),
                            "--topic",
                            topic,
                            "--basin",
                            options.basin(),
                            "--account-endpoint",
                            s2.accountEndpoint(),
                            "--basin-endpoint",
                            s2.basinEndpoint())
                    .redirectErrorStream(true);
            builder.environment().putIfAbsent("S2_ACCESS_TOKEN", "any");
            Process verify = builder.start();
            output[0] = new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return verify.waitFor();
        });
        progress.say("");
        progress.say(output[0].stripTrailing());
        Matcher counted = IN_KAFKA.matcher(output[0]);
        if (code == 0 && (!counted.find() || Long.parseLong(counted.group(1)) != produced)) {
            progress.say("but " + number(produced) + " records were produced");
            return false;
        }
        return code == 0;
    }

    private void keepRunning(
            KafkaBroker broker, ConnectWorker worker, S2Server s2, String name, String topic, Path posted) {
        ManagedProcess.leaveRunning();
        List<String> pids = new ArrayList<>();
        pids.add(Long.toString(worker.process().pid()));
        pids.add(Long.toString(broker.process().pid()));
        ManagedProcess s2Process = s2.process();
        if (s2Process != null) {
            pids.add(Long.toString(s2Process.pid()));
        }
        String basin = s2.basinEndpoint().replace("{basin}", options.basin());
        progress.say("""

                Everything is left running; its files are in %s
                  the connector:    curl %s/connectors/%s/status
                  its configuration: %s
                  offsets:          curl %s/connectors/%s/offsets
                  the streams:      curl -H 's2-basin: %s' '%s/v1/streams?prefix=%s/'
                  last records:     curl -H 's2-basin: %s' '%s/v1/streams/%s%%2F0/records?tail_offset=3&count=3'
                  check again:      bin/verify --bootstrap-servers %s --topic %s --basin %s --account-endpoint %s --basin-endpoint %s --access-token any
                  stop it all:      kill %s""".formatted(
                        folder,
                        worker.url(),
                        name,
                        posted,
                        worker.url(),
                        name,
                        options.basin(),
                        basin,
                        topic,
                        options.basin(),
                        basin,
                        topic,
                        broker.bootstrapServers(),
                        topic,
                        options.basin(),
                        s2.accountEndpoint(),
                        s2.basinEndpoint(),
                        String.join(" ", pids)));
    }

    private String how(Records records, S2Reader reader, String topic) {
        return number(acknowledged(records)) + " in Kafka, " + number(durable(reader, topic)) + " in S2";
    }

    private static long acknowledged(Records records) {
        try {
            return records.acknowledged();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Offsets are dense here, so the last record of a stream tells how many there should be. */
    private static long durable(S2Reader reader, String topic) {
        long sum = 0;
        for (int partition = 0; partition < PARTITIONS; partition++) {
            sum += CommitWatcher.durable(reader, topic + "/" + partition);
        }
        return sum;
    }

    private static String status(ConnectWorker worker, String name) {
        ConnectRest.Status status = worker.rest().status(name);
        return "The connector: " + status.state() + " " + status.traces();
    }

    private static String describe(S2Location location) {
        if (location instanceof S2Location.Binary binary) {
            return binary.path().toString();
        }
        if (location instanceof S2Location.Embedded) {
            return "Fenceline's embedded server, not the real one";
        }
        return location instanceof S2Location.Image image ? image.name() : "as S2_BASIN_ENDPOINT says";
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    /** After a failure the logs are what helps; everything else goes. */
    private void keepLogs() {
        try {
            Path logs = Files.createTempDirectory("fenceline-quickstart-logs-");
            try (Stream<Path> files = Files.walk(folder, 2)) {
                for (Path log :
                        files.filter(file -> file.toString().endsWith(".log")).toList()) {
                    Files.copy(log, logs.resolve(log.getFileName()));
                }
            }
            System.err.println("the logs of broker, worker and S2 server are in " + logs);
        } catch (IOException e) {
            System.err.println("the logs could not be saved: " + e);
        }
    }

    private void cleanUp() {
        ending = true;
        if (!ManagedProcess.killAllStarted()) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // a temporary folder: the system will
        }
    }
}
