package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;
import io.fenceline.testkit.s2.EmbeddedServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** Acks that wait for the disk. */
class FolderAppendExchangeTest extends AppendExchangeContract {

    private static EmbeddedServer server;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        server = EmbeddedServer.builder().in(folder).oneBasin().start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    S2ClientConfig config() {
        return S2ClientConfig.forBasin("in-a-folder").withEndpoint(server.url().toString());
    }
}
