package io.fenceline.connect.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.s2.AccessTokens;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.http.HttpProxy;
import io.fenceline.s2.http.TrustStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifyOptionsTest {

    private static final List<String> MINIMAL =
            List.of("--bootstrap-servers", "localhost:9092", "--topic", "orders", "--basin", "my-basin");

    @Test
    void shouldTakeEverythingFromTheCommandLine() {
        VerifyOptions options = parse(
                Map.of("S2_ACCESS_TOKEN", "other"),
                "--basin-endpoint",
                "http://localhost:1",
                "--account-endpoint",
                "http://localhost:2",
                "--access-token",
                "t0ken",
                "--stream",
                "x/${topic}/${partition}",
                "--json",
                "--ids-only",
                "--null-values",
                "ignore",
                "--reserved-headers",
                "rename",
                "--consumer-property",
                "security.protocol=SSL",
                "--consumer-property",
                "ssl.key.password=a=b");

        assertThat(options.topic()).isEqualTo("orders");
        assertThat(options.stream().streamFor("orders", 1)).isEqualTo("x/orders/1");
        assertThat(options.json()).isTrue();
        assertThat(options.idsOnly()).isTrue();
        assertThat(options.ignoreNullValues()).isTrue();
        assertThat(options.reservedHeaders()).isEqualTo(ReservedHeaderBehavior.RENAME);
        assertThat(options.kafka())
                .containsEntry("bootstrap.servers", "localhost:9092")
                .containsEntry("security.protocol", "SSL")
                .containsEntry("ssl.key.password", "a=b");
        assertThat(options.s2())
                .isEqualTo(S2ClientConfig.forBasin("my-basin")
                        .withAccessToken("t0ken")
                        .withEndpoints("http://localhost:2", "http://localhost:1"));
        assertThat(options.toString()).doesNotContain("t0ken").doesNotContain("a=b");
    }

    @Test
    void shouldTakeTheConnectionToS2FromTheEnvironment() {
        VerifyOptions options = parse(Map.of(
                "S2_ACCESS_TOKEN", "t0ken",
                "S2_BASIN_ENDPOINT", "http://localhost:1",
                "S2_ACCOUNT_ENDPOINT", "http://localhost:2"));

        assertThat(options.s2())
                .isEqualTo(S2ClientConfig.forBasin("my-basin")
                        .withAccessToken("t0ken")
                        .withEndpoints("http://localhost:2", "http://localhost:1"));
        assertThat(options.json() || options.idsOnly() || options.ignoreNullValues())
                .isFalse();
        assertThat(options.stream().streamFor("orders", 1)).isEqualTo("orders/1");
    }

    @Test
    void shouldTakeTheTokenFromAFileAndAnOptionBeforeTheEnvironment(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("token"), "t0ken\n");
        VerifyOptions byVariable = parse(Map.of("S2_ACCESS_TOKEN_FILE", file.toString()));
        VerifyOptions byOption = parse(Map.of("S2_ACCESS_TOKEN", "another"), "--access-token-file", file.toString());
        for (VerifyOptions options : List.of(byVariable, byOption)) {
            assertThat(options.s2().accessToken()).isNull();
            try (AccessTokens tokens = options.connection().openTokens()) {
                assertThat(tokens.current()).isEqualTo("t0ken");
            }
        }
        assertThat(parse(Map.of("S2_ACCESS_TOKEN_FILE", file.toString()), "--access-token", "given")
                        .s2()
                        .accessToken())
                .isEqualTo("given");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--topic orders --basin my-basin | --bootstrap-servers is missing",
                "--bootstrap-servers h:1 --basin my-basin | --topic is missing",
                "--bootstrap-servers h:1 --topic t | --basin is missing",
                "--bootstrap-servers h:1 --topic | --topic needs a value",
                "--bootstrap-servers h:1 --topic t --basin my-basin | s2.access.token",
                "--bootstrap-servers h:1 --topic t --basin NO --basin-endpoint http://h | s2.basin",
                "--bootstrap-servers h:1 --topic t --basin my-basin --basin-endpoint ftp://h | s2.basin.endpoint",
                "--bootstrap-servers h:1 --topic t --stream ${x} | --stream",
                "--null-values fail | --null-values must be one of write, ignore",
                "--consumer-property x | --consumer-property needs KEY=VALUE",
                "--fast | unknown option --fast"
            })
    void shouldSayWhatIsWrongInOneLineAndEndWithCode2(String args, String complaint) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of(args.split(" ")));
        if (complaint.startsWith("--null-values")) {
            all.addAll(MINIMAL);
            all.addAll(List.of("--basin-endpoint", "http://h"));
        }

        int code = Verify.run(all, Map.of(), new PrintStream(new ByteArrayOutputStream()), new PrintStream(err));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("verify: ").contains(complaint);
    }

    @Test
    void shouldExplainItself() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        assertThat(Verify.run(List.of("--help"), Map.of(), new PrintStream(out), System.err))
                .isZero();

        assertThat(out.toString())
                .contains("--bootstrap-servers", "--json", "Exit code 0", "Exit code 1", "Exit code 2", "Exit code 3");
    }

    @Test
    void shouldNotEndAsWithFindingsWhenItCrashes() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Map<String, String> broken = new HashMap<>() {
            @Override
            public @Nullable String get(Object key) {
                throw new OutOfMemoryError("Java heap space");
            }
        };

        int code = Verify.run(
                List.copyOf(MINIMAL), broken, new PrintStream(new ByteArrayOutputStream()), new PrintStream(err));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("should not occur", "Java heap space");
    }

    @Test
    void shouldEndWithCode2WhenKafkaCannotBeReached() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> args = new ArrayList<>(MINIMAL);
        args.set(1, "no.such.host.invalid:9092");
        args.addAll(List.of("--basin-endpoint", "http://localhost:1"));

        int code = Verify.run(args, Map.of(), new PrintStream(new ByteArrayOutputStream()), new PrintStream(err));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).startsWith("verify: Kafka: ").contains("No resolvable bootstrap urls");
    }

    @Test
    void shouldTakeOtherKeysOfTheConnectionAndNoOthers() {
        VerifyOptions options = parse(
                Map.of("S2_ACCESS_TOKEN", "t0ken"),
                "--s2-property",
                "s2.proxy.url=http://proxy:3128",
                "--s2-property",
                "s2.ssl.truststore.location=/etc/ca.p12");
        assertThat(options.s2().proxy()).isEqualTo(new HttpProxy("proxy", 3128, null, null));
        assertThat(options.s2().trustStore()).isEqualTo(new TrustStore("/etc/ca.p12", "JKS", null));

        assertThatThrownBy(() -> parse(Map.of("S2_ACCESS_TOKEN", "t0ken"), "--s2-property", "s2.stream=x"))
                .hasMessageContaining("unknown key s2.stream");
    }

    @Test
    void shouldEndWithCode2WhenTheTokensFileIsNotThere() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> args = new ArrayList<>(MINIMAL);
        args.addAll(List.of("--access-token-file", "/no/such/file"));

        int code = Verify.run(args, Map.of(), new PrintStream(new ByteArrayOutputStream()), new PrintStream(err));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).startsWith("verify: [CONFIG] s2.access.token.file is '/no/such/file'");
    }

    @Test
    void shouldNotQuoteASecretItCannotUse() {
        assertThatThrownBy(() -> parse(Map.of("S2_ACCESS_TOKEN", "two words", "S2_BASIN_ENDPOINT", "http://h")))
                .hasMessageContaining("s2.access.token")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("two words"));
    }

    private static VerifyOptions parse(Map<String, String> environment, String... more) {
        List<String> args = new ArrayList<>(MINIMAL);
        args.addAll(List.of(more));
        return VerifyOptions.parse(args, environment);
    }
}
