package io.fenceline.testkit.quickstart;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The command line of the quickstart. */
record Options(
        long records,
        boolean crash,
        boolean keep,
        @Nullable Path from,
        String route,
        Server server,
        String basin,
        Optional<URI> sqsEndpoint) {

    /** Which S2 server. */
    enum Server {
        /** A real one if it is there already, else the embedded one. */
        AUTO,
        REAL,
        EMBEDDED
    }

    static final List<String> ROUTES = List.of("s2-sink", "s2-source", "sqs-sink", "sqs-source", "mirror");

    static final String USAGE = """
            usage: bin/quickstart [options]
              --records N      how many records to put in (default 50000; 10000 with the SQS routes, for ElasticMQ takes
                               some 2000 a second into a FIFO queue; with --from: all lines)
              --from FILE      put in this file, one record a line, instead of the bundled sample
              --no-crash       do not kill the worker in the middle
              --keep           leave everything running at the end, and say how to look at it and how to stop it
              --route ROUTE    s2-sink (default): Kafka to S2
                               s2-source: S2 to Kafka, with exactly-once source support
                               mirror: Kafka to S2 and back, compared byte by byte
                               sqs-sink: Kafka to an SQS FIFO queue
                               sqs-source: an SQS FIFO queue to Kafka, with exactly-once source support
              --s2 WHICH       real: the server of S2_ACCOUNT_ENDPOINT and S2_BASIN_ENDPOINT, an s2 on the PATH or in
                               the cache, Docker, or one built with cargo (see bin/s2)
                               embedded: Fenceline's own, for trying things out; nothing to install
                               auto (default): a real one if it is there without Docker and cargo, else embedded
              --basin NAME     basin to use (default fenceline-quickstart); created if it does not exist
              --sqs-endpoint URL   sqs-sink, sqs-source: an SQS server that is there already, in place of ElasticMQ in a
                               process of its own; the queue is deleted in the end. Credentials and region come from
                               AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_REGION
            """;

    /** Wrong use: the message, for exit code 2. */
    static final class UsageException extends Exception {
        UsageException(String message) {
            super(message);
        }
    }

    static Options parse(String[] arguments) throws UsageException {
        long records = -1;
        boolean crash = true;
        boolean keep = false;
        Path from = null;
        String route = "s2-sink";
        Server server = Server.AUTO;
        String basin = "fenceline-quickstart";
        Optional<URI> sqsEndpoint = Optional.empty();
        for (int i = 0; i < arguments.length; i++) {
            String name = arguments[i];
            String inline = null;
            int equals = name.indexOf('=');
            if (name.startsWith("--") && equals > 0) {
                inline = name.substring(equals + 1);
                name = name.substring(0, equals);
            }
            switch (name) {
                case "--no-crash" -> crash = false;
                case "--keep" -> keep = true;
                case "--records", "--from", "--route", "--s2", "--basin", "--sqs-endpoint" -> {
                    if (inline == null && i + 1 >= arguments.length) {
                        throw new UsageException(name + " needs a value");
                    }
                    String value = inline == null ? arguments[++i] : inline;
                    switch (name) {
                        case "--records" -> records = positive(value);
                        case "--from" -> from = readable(value);
                        case "--route" -> route = route(value);
                        case "--basin" -> basin = value;
                        case "--sqs-endpoint" -> sqsEndpoint = Optional.of(endpoint(value));
                        default -> server = server(value);
                    }
                }
                default -> throw new UsageException("unknown option " + name);
            }
        }
        if (sqsEndpoint.isPresent() && !route.startsWith("sqs-")) {
            throw new UsageException("--sqs-endpoint goes with --route sqs-sink or sqs-source, not with " + route);
        }
        if (records < 0) {
            records = from != null ? Long.MAX_VALUE : route.startsWith("sqs-") ? 10_000 : 50_000;
        }
        return new Options(records, crash, keep, from, route, server, basin, sqsEndpoint);
    }

    private static long positive(String value) throws UsageException {
        try {
            long number = Long.parseLong(value.replace("_", ""));
            if (number > 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the same message
        }
        throw new UsageException("--records takes a whole number above 0, not '" + value + "'");
    }

    private static Path readable(String value) throws UsageException {
        Path file = Path.of(value);
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw new UsageException("--from: cannot read " + file.toAbsolutePath());
        }
        if (file.toFile().length() == 0 && Files.isRegularFile(file)) {
            throw new UsageException("--from: there is no line in " + file.toAbsolutePath());
        }
        return file;
    }

    private static String route(String value) throws UsageException {
        if (!ROUTES.contains(value)) {
            throw new UsageException("--route is one of " + ROUTES + ", not '" + value + "'");
        }
        return value;
    }

    private static URI endpoint(String value) throws UsageException {
        try {
            URI uri = new URI(value);
            boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            if (web && uri.getHost() != null && List.of("", "/").contains(uri.getPath())) {
                return new URI(uri.getScheme() + "://" + uri.getRawAuthority());
            }
        } catch (URISyntaxException e) {
            // the same message
        }
        throw new UsageException("--sqs-endpoint takes http(s)://host[:port], not '" + value + "'");
    }

    private static Server server(String value) throws UsageException {
        return switch (value) {
            case "auto" -> Server.AUTO;
            case "real" -> Server.REAL;
            case "embedded" -> Server.EMBEDDED;
            default -> throw new UsageException("--s2 is auto, real or embedded, not '" + value + "'");
        };
    }
}
