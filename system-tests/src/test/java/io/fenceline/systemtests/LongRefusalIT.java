package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the other side says ends up in messages, and those in Connect's status topic and requests. */
final class LongRefusalIT {

    private static final int MEGABYTES = 2_000_000;

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    /** The status was too large for its topic, so REST showed the task as RUNNING for ever. */
    @ParameterizedTest
    @ValueSource(strings = {"source with a prefix", "source", "source over sse", "sink"})
    void aRefusalOfTwoMegabytesIsShownAsAFailedTask(String what) throws IOException {
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            Fault refusal = new Fault.RejectRequest(ServerError.of(403, "permission_denied", "m".repeat(MEGABYTES)));
            // credentials get a second chance, and a start may ask more than one question
            server.inject(refusal, refusal, refusal, refusal);
            String name = Cluster.unique("long-refusal");
            String url = server.url().toString();
            Map<String, String> config = what.equals("sink")
                    ? Cluster.sinkTo(url, url, cluster.createTopic("long-refusal", 1), 1)
                    : Source.config(cluster.s2(), what.endsWith("prefix") ? name + "*" : name, name + "-topic", 1);
            if (what.endsWith("sse")) {
                config.put("s2.transport", "sse");
            }
            config.put("s2.account.endpoint", url);
            config.put("s2.basin.endpoint", url);
            config.put("validate.connection", "false");
            rest.put(name, config);

            String trace = rest.awaitFailed(name, Duration.ofSeconds(60));

            assertThat(trace).contains("[AUTH]", "permission_denied", "more than 8192 bytes");
            assertThat(trace.length()).isLessThan(50_000);
            assertThat(Files.readAllLines(cluster.worker().log()).stream()
                            .filter(line -> line.contains(name) || line.contains("permission_denied"))
                            .mapToInt(String::length)
                            .max()
                            .orElseThrow())
                    .isLessThan(50_000);
            rest.delete(name);
        }
    }

    @Test
    void theRequestAMessagePrintsIsOneThatConnectTakesWhateverTheStreamIsCalled() {
        String name = Cluster.unique("odd");
        String stream = name + " \"quoted\" \\ name";
        cluster.reader().createStream(stream, null);
        cluster.reader().appendTexts(stream, List.of("not written by a sink"));
        rest.put(name, Source.config(cluster.s2(), stream, "copy.${topic}", 1));
        String trace = rest.awaitFailed(name, Duration.ofSeconds(60));
        String body = trace.substring(trace.indexOf("{\"offsets\""), trace.indexOf("}}]}") + 4);

        rest.stop(name);
        rest.awaitState(name, "STOPPED", Duration.ofSeconds(30));
        rest.patchOffsets(name, body).require(200);

        assertThat(rest.offsets(name)
                        .require(200)
                        .json()
                        .path("offsets")
                        .path(0)
                        .path("partition")
                        .path("stream")
                        .asText())
                .isEqualTo(Cluster.BASIN + "/" + stream);
        rest.delete(name);
    }
}
