package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.ServerError;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A token that stops working under a running task. The real server takes any token, so a scripted one refuses here. */
final class CredentialsIT {

    private static final Duration MINUTE = Duration.ofSeconds(60);

    private final Cluster cluster = Cluster.shared();
    private final ConnectRest rest = cluster.rest();

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"401, authn", "403, permission_denied"})
    void aTokenThatIsRefusedOnceIsTriedAgainAndOneThatStaysRefusedStopsTheTask(int status, String code) {
        String topic = cluster.createTopic("refused", 1);
        try (ScriptedS2Server server = ScriptedS2Server.start()) {
            Map<String, String> config =
                    Cluster.sinkTo(server.url().toString(), server.url().toString(), topic, 1);
            config.put("validate.connection", "false");
            rest.put("sink-" + topic, config);
            rest.awaitRunning("sink-" + topic, 1, MINUTE);
            Numbered.produce(cluster, topic, 0, 0, 10);
            awaitWritten(server, topic, 10);
            Fault refusal = new Fault.RejectAppend(ServerError.of(status, code, "as the cloud says it"));
            Fault again = new Fault.RejectRequest(ServerError.of(status, code, "as the cloud says it"));

            server.inject(refusal);
            Numbered.produce(cluster, topic, 0, 10, 20);
            awaitWritten(server, topic, 20);
            assertThat(rest.status("sink-" + topic).running(1)).isTrue();

            server.inject(refusal, again, again);
            Numbered.produce(cluster, topic, 0, 20, 30);
            assertThat(rest.awaitFailed("sink-" + topic, MINUTE))
                    .contains("AUTH")
                    .contains("s2.access.token")
                    .contains(topic + "-0")
                    .contains("offsets up to 19 are durable")
                    .doesNotContain(Cluster.TOKEN);

            rest.restart("sink-" + topic);
            awaitWritten(server, topic, 30);
            assertThat(written(server, topic))
                    .isEqualTo(Numbered.range(0, 30).stream()
                            .map(offset -> topic + "/0/" + offset)
                            .toList());
            rest.delete("sink-" + topic);
        }
    }

    private void awaitWritten(ScriptedS2Server server, String topic, int count) {
        Await.until(
                count + " records of " + topic + " are written",
                MINUTE,
                () -> written(server, topic).size() >= count,
                () -> "There are " + written(server, topic) + ", status " + rest.status("sink-" + topic));
    }

    private static List<String> written(ScriptedS2Server server, String topic) {
        try {
            return server.records(topic + "/0").stream()
                    .filter(record -> !record.isCommand())
                    .map(record -> new String(record.headers().get(0).value(), StandardCharsets.UTF_8))
                    .toList();
        } catch (IllegalArgumentException | IllegalStateException noSuchStream) {
            return List.of();
        }
    }
}
