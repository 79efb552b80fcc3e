package io.fenceline.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A Prometheus that looks at one exporter once a second, and at its rules as often. */
final class PrometheusServer implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ManagedProcess process;
    private final String url;

    private PrometheusServer(ManagedProcess process, String url) {
        this.process = process;
        this.url = url;
    }

    /**
     * A program of Debian's package {@code prometheus}: on the PATH, in the cache folder, or put there now from the package, which
     * needs no root. Empty where that does not work.
     */
    static Optional<Path> program(String name) {
        String home = System.getenv().getOrDefault("HOME", "/tmp");
        Path cache = Path.of(System.getenv().getOrDefault("FENCELINE_CACHE", home + "/.cache/fenceline"), "prometheus");
        Stream<Path> places = Stream.concat(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":")).map(Path::of),
                Stream.of(cache.resolve("usr/bin")));
        Optional<Path> found = places.map(folder -> folder.resolve(name))
                .filter(Files::isExecutable)
                .findFirst();
        return found.isPresent() || !unpack(cache)
                ? found
                : Optional.of(cache.resolve("usr/bin").resolve(name)).filter(Files::isExecutable);
    }

    private static boolean unpack(Path cache) {
        try {
            Files.createDirectories(cache);
            String script =
                    "apt-get -q download prometheus && dpkg-deb -x prometheus_*.deb . && rm -f prometheus_*.deb";
            Process process = new ProcessBuilder("sh", "-c", script)
                    .directory(cache.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(cache.resolve("unpack.log").toFile())
                    .start();
            if (!process.waitFor(90, TimeUnit.SECONDS)) {
                process.destroy();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** @param rules a file of alert rules */
    static PrometheusServer start(Path program, Path folder, int exporterPort, Path rules) throws IOException {
        Files.createDirectories(folder);
        int port = Ports.free();
        Path config = folder.resolve("prometheus.yml");
        Files.writeString(
                config,
                String.join(
                        "\n",
                        "global:",
                        "  scrape_interval: 1s",
                        "  scrape_timeout: 1s",
                        "  evaluation_interval: 1s",
                        "rule_files:",
                        "  - " + rules.toAbsolutePath(),
                        "scrape_configs:",
                        "  - job_name: connect",
                        "    static_configs:",
                        "      - targets: ['127.0.0.1:" + exporterPort + "']",
                        ""));
        ManagedProcess process = ManagedProcess.start(
                "prometheus",
                List.of(
                        program.toString(),
                        "--config.file=" + config,
                        "--storage.tsdb.path=" + folder.resolve("data"),
                        "--web.listen-address=127.0.0.1:" + port),
                Map.of(),
                folder.resolve("prometheus.log"));
        PrometheusServer server = new PrometheusServer(process, "http://127.0.0.1:" + port);
        Await.until(
                "Prometheus is ready",
                Duration.ofSeconds(30),
                () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError("Prometheus has ended: " + process.logTail(20));
                    }
                    return server.isReady();
                },
                () -> process.logTail(20));
        return server;
    }

    private boolean isReady() {
        try {
            return get(url + "/-/ready").statusCode() == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    /** The series that an expression has at present. */
    JsonNode query(String expression) {
        JsonNode answer = json("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
        if (!answer.path("status").asText().equals("success")) {
            throw new AssertionError(expression + ": " + answer);
        }
        return answer.at("/data/result");
    }

    /** Name and connector of each alert that fires, as {@code name connector}. */
    Set<String> firing() {
        Set<String> firing = new TreeSet<>();
        for (JsonNode alert : json("/api/v1/alerts").at("/data/alerts")) {
            if (alert.path("state").asText().equals("firing")) {
                firing.add(alert.at("/labels/alertname").asText() + " "
                        + alert.at("/labels/connector").asText());
            }
        }
        return firing;
    }

    /** The rules, each with its health. */
    JsonNode rules() {
        return json("/api/v1/rules").at("/data/groups/0/rules");
    }

    private JsonNode json(String path) {
        try {
            return JSON.readTree(get(url + path).body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What an exporter shows, line by line. */
    static List<String> scrape(int exporterPort) {
        return get("http://127.0.0.1:" + exporterPort + "/metrics")
                .body()
                .lines()
                .toList();
    }

    private static HttpResponse<String> get(String url) {
        try {
            return Objects.requireNonNull(HTTP.send(
                    HttpRequest.newBuilder(URI.create(url))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.stop(Duration.ofSeconds(10));
    }
}
