package io.fenceline.testkit;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An S2 server in a process of its own, in memory or in a folder, or one that runs elsewhere. Ours can be killed and
 * launched again on the same port and folder. It is a real one unless the run asks for the embedded one.
 */
public final class S2Server implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    private final S2Location location;
    private final Builder settings;
    private final int port;
    private @Nullable ManagedProcess process;

    private S2Server(S2Location location, Builder settings) {
        this.location = location;
        this.settings = settings;
        this.port = location instanceof S2Location.Endpoints ? -1 : Ports.free();
    }

    /** @param logFolder for {@code s2.log} */
    public static Builder builder(Path logFolder) {
        return new Builder(logFolder);
    }

    /** How to start it. In memory unless told otherwise. */
    public static final class Builder {

        private final Path logFolder;
        private final Map<String, String> environment = new LinkedHashMap<>();
        private @Nullable Path data;
        private boolean logsRequests;

        private Builder(Path logFolder) {
            this.logFolder = logFolder;
            environment.put("RUST_LOG", "warn");
            // also the pause at its start; one second by default
            environment.put("SL8_MANIFEST_POLL_INTERVAL", "100ms");
            environment.put("NO_COLOR", "1");
        }

        /** Keeps the streams in this folder, so that they survive a kill. */
        public Builder in(Path folder) {
            this.data = folder;
            return this;
        }

        /** One line of log per answered request. */
        public Builder logRequests() {
            logsRequests = true;
            return with("RUST_LOG", "info");
        }

        /** A variable of the real server's environment. */
        public Builder with(String variable, String value) {
            environment.put(variable, value);
            return this;
        }

        /** The server this run wants: one named by the environment, or one of our own. */
        public S2Server start() {
            return start(S2Location.wanted());
        }

        /** A server that can be killed. */
        public S2Server startOwn() {
            return start(S2Location.wantedOwn());
        }

        public S2Server start(S2Location location) {
            S2Server server = new S2Server(location, this);
            server.launch();
            return server;
        }
    }

    /** Value for {@code s2.account.endpoint}. */
    public String accountEndpoint() {
        return location instanceof S2Location.Endpoints there ? there.account() : local().toString();
    }

    /** Value for {@code s2.basin.endpoint}; may contain the placeholder <code>{basin}</code>. */
    public String basinEndpoint() {
        return location instanceof S2Location.Endpoints there ? there.basin() : local().toString();
    }

    public int port() {
        if (port < 0) {
            throw new IllegalStateException("a server named by S2_ACCOUNT_ENDPOINT has no local port");
        }
        return port;
    }

    /** Null for a server that is not ours. */
    public @Nullable ManagedProcess process() {
        return process;
    }

    /** For tests that ask what only a real server has. */
    public boolean isEmbedded() {
        return location instanceof S2Location.Embedded;
    }

    public Path log() {
        return settings.logFolder.resolve("s2.log");
    }

    public S2Reader reader(String basin) {
        return new S2Reader(accountEndpoint(), basinEndpoint(), basin, System.getenv("S2_ACCESS_TOKEN"));
    }

    /** Starts the process, again after {@link #kill}; returns when it is healthy. */
    public void launch() {
        if (location instanceof S2Location.Endpoints) {
            return;
        }
        ManagedProcess started = ManagedProcess.start("s2 server", command(), settings.environment, log());
        process = started;
        Await.until("the S2 server on port " + port + " is healthy", START_TIMEOUT, () -> {
            started.requireAlive();
            return healthy();
        });
    }

    /** SIGKILL, to this server's process alone. */
    public void kill() {
        ManagedProcess running = process;
        if (running == null) {
            throw new IllegalStateException("this test kills the S2 server, so it needs one of its own; unset"
                    + " S2_ACCOUNT_ENDPOINT and S2_BASIN_ENDPOINT");
        }
        if (location instanceof S2Location.Image) {
            // the process here is only docker's client
            ManagedProcess kill =
                    ManagedProcess.start("docker kill", List.of("docker", "kill", containerName()), Map.of(), log());
            kill.awaitExit(Duration.ofSeconds(20));
        }
        running.kill();
    }

    @Override
    public void close() {
        if (process != null) {
            process.stop(Duration.ofSeconds(10));
        }
    }

    private URI local() {
        return URI.create("http://127.0.0.1:" + port);
    }

    private List<String> command() {
        List<String> command = new ArrayList<>();
        if (location instanceof S2Location.Binary binary) {
            command.add(binary.path().toString());
            binary.subcommand().ifPresent(command::add);
            command.addAll(List.of("--port", Integer.toString(port), "--no-dashboard"));
            if (settings.data != null) {
                command.addAll(List.of("--local-root", makeFolder(settings.data)));
            }
        } else if (location instanceof S2Location.Embedded) {
            command.addAll(EmbeddedS2.command(port, settings.logsRequests));
            if (settings.data != null) {
                command.addAll(List.of("--local-root", makeFolder(settings.data)));
            }
        } else if (location instanceof S2Location.Image image) {
            command.addAll(List.of("docker", "run", "--rm", "--name", containerName()));
            command.addAll(List.of("--publish", "127.0.0.1:" + port + ":80"));
            settings.environment.forEach((name, value) -> command.addAll(List.of("--env", name + "=" + value)));
            if (settings.data != null) {
                command.addAll(List.of("--volume", makeFolder(settings.data) + ":/data"));
            }
            command.addAll(List.of(image.name(), "lite"));
            if (settings.data != null) {
                command.addAll(List.of("--local-root", "/data"));
            }
        }
        return command;
    }

    private String containerName() {
        return "fenceline-s2-" + ProcessHandle.current().pid() + "-" + port;
    }

    private static String makeFolder(Path folder) {
        try {
            return java.nio.file.Files.createDirectories(folder)
                    .toAbsolutePath()
                    .toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private boolean healthy() {
        HttpRequest request = HttpRequest.newBuilder(local().resolve("/health"))
                .timeout(Duration.ofSeconds(2))
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
