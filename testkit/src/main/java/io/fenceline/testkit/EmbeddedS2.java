package io.fenceline.testkit;

import io.fenceline.testkit.s2.EmbeddedServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** The embedded S2 server as a program. It says at its start that it is not the real one. */
public final class EmbeddedS2 {

    private static final String USAGE = """
            usage: EmbeddedS2 [options]
              --port N          port on loopback (default: any free one)
              --local-root DIR  keep streams in this folder; what is acknowledged is on disk (default: in memory)
              --log-requests    one line per answered request
            """;

    /** As long as the real one takes at most. */
    private static final Duration SHUTDOWN = Duration.ofSeconds(10);

    private EmbeddedS2() {}

    public static void main(String[] arguments) throws InterruptedException {
        int port = 0;
        Path root = null;
        boolean logRequests = false;
        try {
            for (int i = 0; i < arguments.length; i++) {
                switch (arguments[i]) {
                    case "--port" -> port = Integer.parseInt(value(arguments, ++i));
                    case "--local-root" -> root = Path.of(value(arguments, ++i));
                    case "--log-requests" -> logRequests = true;
                    case "--help", "-h" -> {
                        System.out.print(USAGE);
                        return;
                    }
                    default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
                }
            }
        } catch (IllegalArgumentException e) {
            System.err.println("embedded S2 server: " + e.getMessage());
            System.err.print(USAGE);
            System.exit(2);
            return;
        }
        System.exit(run(port, root, logRequests));
    }

    /** What starts it with the classes of this JVM. */
    static List<String> command(int port, boolean logRequests) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
                "-cp",
                System.getProperty("java.class.path"),
                EmbeddedS2.class.getName(),
                "--port",
                Integer.toString(port)));
        if (logRequests) {
            command.add("--log-requests");
        }
        return command;
    }

    private static int run(int port, @Nullable Path root, boolean logRequests) throws InterruptedException {
        EmbeddedServer.Builder settings = EmbeddedServer.builder()
                .port(port)
                .ioThreads(2)
                .onDiskFailure(failure -> {
                    // nothing can be acknowledged any more; a client's retry belongs to another process
                    System.err.println("embedded S2 server: cannot write to " + root + ": " + failure);
                    Runtime.getRuntime().halt(1);
                });
        if (root != null) {
            settings.in(root);
        }
        if (logRequests) {
            settings.logRequests(System.out::println);
        }
        EmbeddedServer server;
        try {
            server = settings.start();
        } catch (IOException e) {
            System.err.println("embedded S2 server: " + e.getMessage());
            return 1;
        }
        System.out.println(
                "This is Fenceline's embedded S2 server, for trying things out and for tests; it is not the real"
                        + " one. Listening on " + server.url() + ", "
                        + (root == null ? "in memory." : "streams in " + root.toAbsolutePath() + "."));
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.shutDown(SHUTDOWN);
                            ended.countDown();
                        },
                        "stop-s2"));
        ended.await();
        return 0;
    }

    private static String value(String[] arguments, int index) {
        if (index >= arguments.length) {
            throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
        }
        return arguments[index];
    }
}
