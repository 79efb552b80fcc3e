package io.fenceline.testkit;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * ElasticMQ in a process of its own, in memory, as module sqs-runtime lays it out. It can be killed and launched again on the same
 * port; its queues are gone then. What it does differently from SQS is in {@code docs/queue-servers.md}. Thread-safe but for
 * {@link #launch}.
 */
public final class SqsServer implements QueueServer {

    private static final String VERSION = "1.7.1";
    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final Path logFolder;
    private final int port = Ports.free();
    private final int controlPort = Ports.free();
    private @Nullable ManagedProcess process;

    private SqsServer(Path logFolder) {
        this.logFolder = logFolder;
    }

    /**
     * Starts one; returns when it answers.
     *
     * @param logFolder for {@code elasticmq.log}
     */
    public static SqsServer start(Path logFolder) {
        SqsServer server = new SqsServer(logFolder);
        server.launch();
        return server;
    }

    @Override
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port);
    }

    public Path log() {
        return logFolder.resolve("elasticmq.log");
    }

    public ManagedProcess process() {
        if (process == null) {
            throw new IllegalStateException("the SQS server is not started");
        }
        return process;
    }

    /** Starts the process, again after {@link #kill}; returns when it answers. */
    public void launch() {
        ManagedProcess started = ManagedProcess.start("elasticmq", command(), Map.of(), log());
        process = started;
        Await.until("ElasticMQ listens on port " + port, START_TIMEOUT, () -> {
            started.requireAlive();
            return control("GET", "/ready", Duration.ofSeconds(2)) == 200;
        });
    }

    /** SIGKILL. */
    public void kill() {
        process().kill();
    }

    /** SIGSTOP: connections stay open, and nobody answers. */
    public void pause() {
        process().suspend();
    }

    /** SIGCONT: what was sent meanwhile is served. */
    public void resume() {
        process().resume();
    }

    @Override
    public void moveClock(Duration ahead) {
        int status = control("POST", "/clock?ahead=" + ahead.toMillis(), Duration.ofSeconds(30));
        if (status != 200) {
            throw new IllegalStateException("the clock was not moved, status " + status + "; see " + log());
        }
    }

    @Override
    public void close() {
        if (process != null) {
            process.kill();
        }
    }

    /** The answer's status; 0 without one. */
    private int control(String method, String path, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + controlPort + path))
                .timeout(timeout)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private List<String> command() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmx512m",
                "-Djava.awt.headless=true",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                classPath(),
                "io.fenceline.sqsruntime.ElasticMqMain",
                Integer.toString(port),
                Integer.toString(controlPort));
    }

    private static String classPath() {
        Path built = ProjectRoot.find().resolve("sqs-runtime/target");
        Path libs = built.resolve("elasticmq-" + VERSION + "/libs");
        Path classes = built.resolve("classes");
        if (!Files.isDirectory(libs) || !Files.isDirectory(classes)) {
            throw new IllegalStateException(
                    "ElasticMQ " + VERSION + " is not in " + built + "; get it with: mvn -pl sqs-runtime compile");
        }
        try (Stream<Path> jars = Files.list(libs)) {
            return classes
                    + File.pathSeparator
                    + String.join(
                            File.pathSeparator,
                            jars.map(Path::toString).sorted().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
