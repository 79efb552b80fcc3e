package io.fenceline.testkit.conformance;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The servers the suite runs against, each started once, by the first class that needs it, and ended with the JVM. */
enum Target {
    /** The measure: where another differs from it, the other is wrong. */
    REAL,
    EMBEDDED,
    EMBEDDED_IN_A_FOLDER;

    static final String BASIN = "conformance";

    private S2Server server;

    synchronized S2Server server() {
        if (server == null) {
            Path logs = Path.of("target", "runs", "conformance", name());
            S2Server.Builder builder = S2Server.builder(logs);
            if (this == REAL) {
                assumeFalse(
                        S2Location.Wanted.bySystemProperty() == S2Location.Wanted.EMBEDDED,
                        "left out by -Ds2=embedded: the comparison with the real server");
                server = builder.start(S2Location.findOrInstallOwn());
            } else if (this == EMBEDDED) {
                server = builder.start(new S2Location.Embedded());
            } else {
                server = builder.in(emptyFolder()).start(new S2Location.Embedded());
            }
            server.reader(BASIN).createBasin();
        }
        return server;
    }

    private static Path emptyFolder() {
        try {
            return Files.createTempDirectory(
                    Files.createDirectories(Path.of("target", "runs", "conformance")), "data-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
