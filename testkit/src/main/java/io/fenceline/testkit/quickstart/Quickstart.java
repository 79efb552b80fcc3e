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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongPredicate;
import java.util.stream.Stream;

/**
 * From nothing to records at the end of their route with a real broker, a real Connect worker and an S2 or SQS server; kills the worker
 * in the middle and shows that nothing is lost, repeated or reordered. Exit code 0: checked and found right; 1: not; 2: wrong use.
 */
public final class Quickstart {

    private final Options options;
    private final Progress progress = new Progress();
    private final Path root = ProjectRoot.find();
    private final Path folder;
    private final List<FarSide> farSides = new CopyOnWriteArrayList<>();
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
            System.err.print(Options.USAGE);
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
                System.err.println("quickstart failed: " + reason(e));
                quickstart.keepLogs();
            }
            code = 1;
        }
        System.exit(code);
    }

    /** A message, and what lies below it if that is not said already. */
    private static String reason(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        Throwable cause = failure.getCause();
        return cause == null || message.contains(cause.toString()) ? message : message + ": " + cause;
    }

    private int run() throws Exception {
        return run(Plan.of(options));
    }

    private <F extends FarSide> int run(Plan<F> plan) throws Exception {
        Callable<F> start = plan.far().find(options, folder, progress);
        KafkaJars jars = KafkaJars.configured();
        CompletableFuture<F> starting = inBackground(start);
        KafkaBroker broker = progress.step(
                "starting a Kafka broker (" + jars.version() + ")"
                        + (plan.server().isEmpty() ? "" : " and " + plan.server()),
                () -> KafkaBroker.start(jars, folder.resolve("broker")));
        F far = result(starting);
        farSides.add(far);
        progress.detail("Kafka at " + broker.bootstrapServers() + ", " + far.where());
        ConnectWorker worker = startWorker(jars, broker, plan.workerSettings());
        Servers<F> servers = new Servers<>(broker, worker, far, root);
        try (Route route = plan.opening().apply(servers, options)) {
            List<Posted> posted = new ArrayList<>();
            for (Route.Posting posting : route.postings()) {
                posted.add(post(servers, posting));
            }
            progress.step("starting " + (posted.size() == 1 ? "the connector" : "both connectors"), () -> {
                for (Posted connector : posted) {
                    worker.rest().awaitRunning(connector.name(), connector.tasks(), Duration.ofSeconds(60));
                }
                return true;
            });

            long given = carry(servers, route, posted);
            Route.Balance verdict = progress.step(route.checking(), route::howFar, () -> route.check(given));
            progress.say("");
            progress.say(verdict.summary());
            progress.say("");
            progress.say(String.format(
                    Locale.ROOT,
                    "%s in %.0f s%s",
                    verdict.right() ? "Every record arrived exactly once" : "NOT what was promised, see above",
                    progress.elapsed(),
                    options.crash() ? ", through a worker killed with SIGKILL." : "."));
            if (options.keep()) {
                keepRunning(servers, route, posted);
            }
            return verdict.right() ? 0 : 1;
        }
    }

    private static <F> CompletableFuture<F> inBackground(Callable<F> work) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return work.call();
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        });
    }

    /** Waits for it; what it failed of is thrown as it was. */
    private static <F> F result(CompletableFuture<F> future) throws Exception {
        try {
            return future.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception failure ? failure : e;
        }
    }

    private ConnectWorker startWorker(KafkaJars jars, KafkaBroker broker, Map<String, String> settings)
            throws Exception {
        Path archive = PluginArchive.find();
        Path plugins = PluginArchive.install(archive, folder.resolve("plugins"));
        ConnectWorker.Builder builder = ConnectWorker.builder(jars, broker.bootstrapServers(), folder.resolve("worker"))
                .pluginPath(plugins)
                // the default of Connect is a minute; nobody wants to wait that long for a first commit
                .with("offset.flush.interval.ms", "2000");
        settings.forEach(builder::with);
        ConnectWorker worker = progress.step("starting a Connect worker with " + archive.getFileName(), builder::start);
        progress.detail("Connect at " + worker.url() + (settings.isEmpty() ? "" : ", with " + settings));
        return worker;
    }

    /** A connector that runs. */
    private record Posted(String name, int tasks, Path file) {}

    /** Posts a file from config/, with the addresses of this run in it. */
    private Posted post(Servers<?> servers, Route.Posting posting) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Path file = root.resolve(posting.file());
        ObjectNode body = (ObjectNode) json.readTree(file.toFile());
        ObjectNode config = (ObjectNode) body.get("config");
        posting.changes().forEach(config::put);
        servers.far().connection().forEach(config::put);
        String name = body.get("name").asText();
        Path kept = folder.resolve(name + ".json");
        Files.writeString(kept, json.writerWithDefaultPrettyPrinter().writeValueAsString(body));
        servers.far().credentials().forEach(config::put);
        progress.detail("posting " + posting.file()
                + (posting.changes().isEmpty() ? "" : " with " + new TreeMap<>(posting.changes())));
        ConnectRest.RestAnswer[] answer = new ConnectRest.RestAnswer[1];
        Await.until(
                "the worker takes the connector",
                Duration.ofSeconds(30),
                () -> {
                    answer[0] = servers.worker().rest().create(body.toString());
                    return !isPassing(answer[0]);
                },
                () -> "Last answer: " + answer[0]);
        answer[0].require(201);
        return new Posted(name, posting.tasks(), kept);
    }

    /**
     * 409 and 500 while the worker joins its group; on a busy machine the check of the connection, which loads its client's classes
     * first, may take more than its five seconds once.
     */
    private static boolean isPassing(ConnectRest.RestAnswer answer) {
        return switch (answer.status()) {
            case 0, 409, 500 -> true;
            case 400 -> answer.body().contains("did not answer within");
            default -> false;
        };
    }

    /** Until everything that is put in has arrived; with a kill in between. */
    private long carry(Servers<?> servers, Route route, List<Posted> posted) throws Exception {
        String what = route.begin() + (options.crash() ? "; the worker will be killed in the middle" : "");
        if (options.crash()) {
            long some = Math.max(1, route.total() * 4 / 10);
            progress.step(what, route::how, () -> awaitArrived("some", servers, route, posted, now -> now >= some));
            kill(servers, route, posted);
        }
        progress.step(
                options.crash() ? "waiting for the rest to arrive" : what,
                route::how,
                () -> awaitArrived(
                        "all", servers, route, posted, now -> route.given() == route.total() && now >= route.total()));
        return route.given();
    }

    /** However long a busy machine takes, as long as it goes on. */
    private static boolean awaitArrived(
            String how, Servers<?> servers, Route route, List<Posted> posted, LongPredicate enough) {
        long[] best = {-1, System.nanoTime()};
        Await.until(
                how + " records have arrived",
                Duration.ofMinutes(10),
                () -> {
                    route.given();
                    long now = route.arrived();
                    if (now > best[0]) {
                        best[0] = now;
                        best[1] = System.nanoTime();
                    } else if (System.nanoTime() - best[1] > 90e9) {
                        throw new AssertionError("nothing has arrived for 90 s. " + status(servers.worker(), posted));
                    }
                    return enough.test(now);
                },
                () -> status(servers.worker(), posted));
        return true;
    }

    private void kill(Servers<?> servers, Route route, List<Posted> posted) throws Exception {
        ConnectWorker worker = servers.worker();
        worker.kill();
        List<String> cutOff = route.afterKill(posted.get(posted.size() - 1).name());
        progress.detail("worker " + worker.process().pid() + " killed with SIGKILL");
        cutOff.forEach(progress::detail);
        progress.step("starting the worker again", route::how, () -> {
            worker.launch();
            worker.awaitReady();
            return true;
        });
    }

    private void keepRunning(Servers<?> servers, Route route, List<Posted> posted) {
        route.refill();
        ManagedProcess.leaveRunning();
        List<String> pids = new ArrayList<>();
        pids.add(Long.toString(servers.worker().process().pid()));
        pids.add(Long.toString(servers.broker().process().pid()));
        servers.far().processes().forEach(process -> pids.add(Long.toString(process.pid())));
        progress.say("");
        progress.say("Everything is left running; its files are in " + folder);
        for (Posted connector : posted) {
            String url = servers.worker().url() + "/connectors/" + connector.name();
            progress.say("  the connector:    curl " + url + "/status");
            progress.say("  its configuration: " + connector.file());
            progress.say("  offsets:          curl " + url + "/offsets");
        }
        route.lookAt().forEach(line -> progress.say("  " + line));
        progress.say("  stop it all:      kill " + String.join(" ", pids));
    }

    private static String status(ConnectWorker worker, List<Posted> posted) {
        StringBuilder all = new StringBuilder();
        for (Posted connector : posted) {
            ConnectRest.Status status = worker.rest().status(connector.name());
            all.append(connector.name())
                    .append(": ")
                    .append(status.state())
                    .append(' ')
                    .append(status.traces());
        }
        return all.toString();
    }

    /** After a failure the logs are what helps; everything else goes. */
    private void keepLogs() {
        try (Stream<Path> files = Files.walk(folder, 2)) {
            List<Path> written =
                    files.filter(file -> file.toString().endsWith(".log")).toList();
            if (written.isEmpty()) {
                return;
            }
            Path logs = Files.createTempDirectory("fenceline-quickstart-logs-");
            for (Path log : written) {
                Files.copy(log, logs.resolve(log.getFileName()));
            }
            System.err.println("the logs of everything that ran are in " + logs);
        } catch (IOException e) {
            System.err.println("the logs could not be saved: " + e);
        }
    }

    private void cleanUp() {
        ending = true;
        if (!ManagedProcess.killAllStarted()) {
            return;
        }
        farSides.forEach(FarSide::close);
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // a temporary folder: the system will
        }
    }
}
