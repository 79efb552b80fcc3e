package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;
import java.nio.file.Path;

/**
 * One S2 server in memory for all ITs of this module, started by the first and ended with the JVM; a real one unless
 * the run asks for the embedded one.
 */
final class RealServer {

    private static final String BASIN = "fenceline-wire";
    private static final S2Server SERVER =
            S2Server.builder(Path.of("target", "runs", "wire")).start();

    static {
        SERVER.reader(BASIN).createBasin();
    }

    private RealServer() {}

    static S2ClientConfig config() {
        return S2ClientConfig.forBasin(BASIN)
                .withEndpoints(SERVER.accountEndpoint(), SERVER.basinEndpoint())
                .withAccessToken(System.getenv("S2_ACCESS_TOKEN"));
    }
}
