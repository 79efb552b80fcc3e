package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.HttpProxy;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The server of {@link RealServer} behind a proxy with a password: tinyproxy where there is one, by {@code -Dtinyproxy} or on
 * the path, else the tests' own. It says which.
 */
final class TunnelledServer {

    private static final String USER = "connect";
    private static final String PASSWORD = "a-password";
    /** base64 of the two with a colon between. */
    private static final String CREDENTIALS = "Basic Y29ubmVjdDphLXBhc3N3b3Jk";

    private static final int PORT = tinyproxy().map(TunnelledServer::start).orElseGet(TunnelledServer::own);

    private TunnelledServer() {}

    static S2ClientConfig config() {
        return RealServer.config().withProxy(new HttpProxy("127.0.0.1", PORT, USER, PASSWORD));
    }

    private static Optional<Path> tinyproxy() {
        String named = System.getProperty("tinyproxy");
        return named != null
                ? Optional.of(Path.of(named))
                : Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, "tinyproxy"))
                        .filter(Files::isExecutable)
                        .findFirst();
    }

    private static int start(Path program) {
        int port = Ports.free();
        Path folder = Path.of("target", "runs", "tinyproxy").toAbsolutePath();
        try {
            Files.createDirectories(folder);
            Path config = Files.writeString(
                    folder.resolve("tinyproxy.conf"),
                    String.join(
                            "\n",
                            "Port " + port,
                            "Listen 127.0.0.1",
                            "Timeout 600",
                            "MaxClients 200",
                            "BasicAuth " + USER + " " + PASSWORD,
                            ""));
            ManagedProcess proxy = ManagedProcess.start(
                    "tinyproxy",
                    List.of(program.toString(), "-d", "-c", config.toString()),
                    Map.of(),
                    folder.resolve("tinyproxy.log"));
            Await.until("tinyproxy answers", Duration.ofSeconds(20), () -> {
                proxy.requireAlive();
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    return socket.isConnected();
                } catch (IOException e) {
                    return false;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println("[tunnels] through " + program);
        return port;
    }

    @SuppressWarnings("resource") // ends with the JVM
    private static int own() {
        System.out.println("[tunnels] there is no tinyproxy: through the tests' own proxy");
        return new ConnectProxy(CREDENTIALS).port();
    }
}
