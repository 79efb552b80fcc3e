package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OptionsTest {

    @ParameterizedTest
    @ValueSource(strings = {"s2-sink", "s2-source", "mirror", "sqs-sink", "sqs-source"})
    void aRouteThatExistsIsTaken(String route) throws Exception {
        Options options = Options.parse(new String[] {"--route", route});
        assertThat(options.route()).isEqualTo(route);
        assertThat(Plan.of(options).server()).contains(route.startsWith("sqs") ? "SQS" : "S2");
    }

    /** ElasticMQ takes some 2,000 messages a second into a FIFO queue. */
    @ParameterizedTest
    @CsvSource({"s2-sink, 50000", "s2-source, 50000", "sqs-sink, 10000", "sqs-source, 10000"})
    void anSqsRoutePutsInFewerRecordsUnlessItIsToldOtherwise(String route, long records) throws Exception {
        assertThat(Options.parse(new String[] {"--route", route}).records()).isEqualTo(records);
        assertThat(Options.parse(new String[] {"--route", route, "--records=7"}).records())
                .isEqualTo(7);
    }

    /** A worker without it refuses the source, which asks for it. */
    @ParameterizedTest
    @ValueSource(strings = {"s2-source", "mirror", "sqs-source"})
    void aSourceGetsAWorkerWithExactlyOnceSupport(String route) throws Exception {
        assertThat(Plan.of(Options.parse(new String[] {"--route", route})).workerSettings())
                .containsEntry("exactly.once.source.support", "enabled");
    }

    @Test
    void anUnknownRouteIsRefusedWithThoseThereAre() {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route", "s3"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("s2-source");
    }

    @Test
    void picksTheS2ServerItIsToldTo() throws Options.UsageException {
        assertThat(Options.parse(new String[0]).server()).isEqualTo(Options.Server.AUTO);
        assertThat(Options.parse(new String[] {"--s2", "real"}).server()).isEqualTo(Options.Server.REAL);
        assertThat(Options.parse(new String[] {"--s2=embedded"}).server()).isEqualTo(Options.Server.EMBEDDED);
        assertThatThrownBy(() -> Options.parse(new String[] {"--s2", "other"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("auto, real or embedded");
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:9324, http://localhost:9324",
        "http://127.0.0.1:4566/, http://127.0.0.1:4566",
        "https://sqs.eu-central-1.amazonaws.com, https://sqs.eu-central-1.amazonaws.com"
    })
    void takesAnSqsServerThatIsThere(String given, String endpoint) throws Options.UsageException {
        for (String route : new String[] {"sqs-sink", "sqs-source"}) {
            assertThat(Options.parse(new String[] {"--route", route, "--sqs-endpoint", given})
                            .sqsEndpoint())
                    .contains(URI.create(endpoint));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost:9324",
                "ftp://localhost",
                "http://",
                "http://localhost:9324/000000000000/orders.fifo",
                "a b"
            })
    void anSqsEndpointThatIsNoneIsRefused(String given) {
        assertThatThrownBy(() -> Options.parse(new String[] {"--route=sqs-sink", "--sqs-endpoint", given}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("http(s)://host[:port], not '" + given + "'");
    }

    /** Somebody believed to have tried SQS, and S2 was tried. */
    @Test
    void anSqsEndpointIsRefusedOnARouteWithoutSqs() {
        assertThatThrownBy(() -> Options.parse(new String[] {"--sqs-endpoint", "http://localhost:9324"}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("--route sqs-sink");
    }

    /** Broker, worker and S2 server were started before anybody looked into the file. */
    @Test
    void aFileWithoutALineIsRefusedBeforeAnythingStarts(@TempDir Path folder) throws IOException {
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        assertThatThrownBy(() -> Options.parse(new String[] {"--from", empty.toString()}))
                .isInstanceOf(Options.UsageException.class)
                .hasMessageContaining("no line in " + empty);
    }
}
