package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.connect.Version;
import io.fenceline.connect.sink.s2.S2SinkConfig;
import io.fenceline.connect.sink.s2.S2SinkConnector;
import io.fenceline.connect.source.s2.S2SourceConfig;
import io.fenceline.connect.source.s2.S2SourceConnector;
import io.fenceline.testkit.ShippedConfigurations;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is given to other programs, Docker, Kubernetes, AWS and GitHub, can be read, and hangs together. */
class DeploymentFilesTest {

    static Stream<Path> files() {
        return ShippedConfigurations.files("deploy", ".github").stream();
    }

    static Stream<String> connectors() {
        return ShippedConfigurations.all().keySet().stream().filter(name -> name.startsWith("deploy"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFileCanBeRead(Path file) {
        assertThat(ShippedConfigurations.documents(file))
                .isNotEmpty()
                .allSatisfy(document -> assertThat(document.isObject()).isTrue());
    }

    @Test
    void everyWayToDeployHasAConnector() {
        assertThat(connectors().map(name -> name.split("/")[1]).distinct())
                .containsExactlyInAnyOrder("compose", "confluent", "msk", "strimzi");
    }

    @ParameterizedTest
    @MethodSource("connectors")
    void everyConnectorIsTakenWithoutAnUnknownKeyAndKeepsBytesAndOrder(String name) {
        Map<String, String> properties =
                new HashMap<>(ShippedConfigurations.all().get(name));

        assertThat(properties)
                .containsEntry("key.converter", "org.apache.kafka.connect.converters.ByteArrayConverter")
                .containsEntry("value.converter", "org.apache.kafka.connect.converters.ByteArrayConverter")
                .containsEntry("header.converter", "org.apache.kafka.connect.converters.ByteArrayConverter");
        assertThat(properties.get("s2.access.token")).startsWith("${").endsWith("}");
        // as a worker does that has the provider
        properties.replaceAll((key, value) -> value.replaceAll("\\$\\{[a-z]+:[^}]+}", "provided"));
        if (properties.get("connector.class").equals(S2SinkConnector.class.getName())) {
            assertThat(new S2SinkConfig(properties).connection().basin()).isNotEmpty();
            assertThat(S2SinkConfig.unknownKeys(properties)).isEmpty();
            assertThat(properties).containsEntry("consumer.override.isolation.level", "read_committed");
        } else {
            assertThat(properties).containsEntry("connector.class", S2SourceConnector.class.getName());
            assertThat(new S2SourceConfig(properties).connection().basin()).isNotEmpty();
            assertThat(S2SourceConfig.unknownKeys(properties)).isEmpty();
        }
    }

    @Test
    void theComposeFileMountsWhatIsThereAndWaitsForWhatItHas() {
        Path file = SourceTree.ROOT.resolve("deploy/compose/compose.yaml");
        JsonNode services = ShippedConfigurations.documents(file).get(0).get("services");
        var missing = new TreeSet<String>();
        var mounted = new ArrayList<String>();
        for (JsonNode service : services) {
            service.path("depends_on").fieldNames().forEachRemaining(other -> {
                if (!services.has(other)) {
                    missing.add("service " + other);
                }
            });
            for (JsonNode volume : service.path("volumes")) {
                String source = volume.asText().split(":")[0];
                if (source.startsWith("./")) {
                    mounted.add(source);
                    if (!Files.isRegularFile(file.resolveSibling(source))) {
                        missing.add(source);
                    }
                }
            }
        }
        assertThat(missing).isEmpty();
        assertThat(mounted).hasSize(2);
        assertThat(services.get("connect").toString())
                .as("the archive as the build leaves it")
                .contains("/plugin/target/components/packages/fenceline-kafka-connect-fenceline-" + Version.current()
                        + "}");
    }

    @Test
    void monitoringMountsWhatIsThereAndLooksAtTheRulesAndTheDashboardOfMetrics() throws IOException {
        Path folder = SourceTree.ROOT.resolve("deploy/monitoring");
        JsonNode services = ShippedConfigurations.documents(folder.resolve("compose.yaml"))
                .get(0)
                .get("services");
        var mounted = new TreeSet<String>();
        for (JsonNode service : services) {
            for (JsonNode volume : service.path("volumes")) {
                Path source = folder.resolve(volume.asText().split(":")[0]).normalize();
                assertThat(source).exists();
                mounted.add(SourceTree.name(source));
            }
        }
        assertThat(mounted).contains("metrics/grafana-dashboard.json", "metrics/prometheus-alerts.yml");

        String here = Files.readString(folder.resolve("prometheus.yml"));
        JsonNode config = ShippedConfigurations.documents(folder.resolve("prometheus.yml"))
                .get(0);
        assertThat(folder.resolve(config.at("/rule_files/0").asText())).exists();
        assertThat(withoutComments(Files.readString(folder.resolve("prometheus-in-docker.yml"))))
                .isEqualTo(withoutComments(here).replace("localhost:9404", "host.docker.internal:9404"));
        assertThat(Files.readString(SourceTree.ROOT.resolve("metrics/grafana-dashboard.json")))
                .as("the address that the pages give")
                .contains("\"uid\": \"fenceline\"");
    }

    private static String withoutComments(String yaml) {
        return yaml.replaceAll("(?m)^#.*\n", "");
    }

    @Test
    void theWorkflowRunsWhatEveryChangeHasToPass() {
        JsonNode workflow = ShippedConfigurations.documents(SourceTree.ROOT.resolve(".github/workflows/ci.yml"))
                .get(0);
        List<String> commands = workflow.findValuesAsText("run");
        assertThat(commands).contains(".ci/run");
        assertThat(SourceTree.ROOT.resolve(".ci/run")).isExecutable();
    }

    @Test
    void theSecretThatStrimziReadsIsTheOneItsWorkersMayRead() {
        JsonNode role = ShippedConfigurations.documents(SourceTree.ROOT.resolve("deploy/strimzi/secret-access.yaml"))
                .get(0);
        String secret = role.at("/metadata/namespace").asText() + "/"
                + role.at("/rules/0/resourceNames/0").asText();
        assertThat(ShippedConfigurations.all().entrySet())
                .filteredOn(entry -> entry.getKey().startsWith("deploy/strimzi"))
                .hasSize(2)
                .allSatisfy(entry -> assertThat(entry.getValue().get("s2.access.token"))
                        .isEqualTo("${secrets:" + secret + ":token}"));
    }
}
