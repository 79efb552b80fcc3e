package io.fenceline.testkit;

import io.fenceline.s2.S2ClientConfig;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class ScriptedAppendExchangeTest extends AppendExchangeContract {

    private static ScriptedS2Server server;

    @BeforeAll
    static void start() {
        server = ScriptedS2Server.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Override
    S2ClientConfig config() {
        return S2ClientConfig.forBasin("scripted").withEndpoint(server.url().toString());
    }
}
