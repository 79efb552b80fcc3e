package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalException;
import io.fenceline.s2.AccessTokens;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Secrets: where they must not go, and where they should not. */
class S2ConnectionConfigTest {

    private static Map<String, String> withToken(String endpoint) {
        Map<String, String> given = new HashMap<>();
        given.put("s2.basin", "basin-name");
        given.put("s2.access.token", "token-of-somebody");
        given.put("s2.basin.endpoint", endpoint);
        return given;
    }

    @Test
    void aTokenComesFromAKeyOrFromAFileAndTheCloudNeedsOne() {
        Map<String, String> given = new HashMap<>(Map.of("s2.basin", "basin-name"));
        assertThat(problems(given)).containsOnlyKeys("s2.access.token");
        assertThat(problems(given).get("s2.access.token")).contains("s2.access.token.file");

        given.put("s2.access.token.file", "/run/secrets/s2");
        assertThat(problems(given)).isEmpty();

        given.put("s2.access.token", "token-of-somebody");
        assertThat(problems(given)).containsOnlyKeys("s2.access.token.file");
        assertThat(problems(given).get("s2.access.token.file"))
                .contains("s2.access.token is set too", "one of the two")
                .doesNotContain("somebody");
    }

    @Test
    void aTokenOfAFileInTheClearThroughNetworksOfOthersIsWarnedAbout() {
        Map<String, String> given = withToken("http://s2.example.com");
        given.remove("s2.access.token");
        given.put("s2.access.token.file", "/run/secrets/s2");
        assertThat(S2ConnectionConfig.advice(given)).isPresent();
    }

    @Test
    void aFileThatHoldsNoTokenIsNamedWithItsKeyWhenItIsNeeded(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("token"), " \n");
        S2ConnectionConfig connection = new S2ConnectionConfig(new TypedConfig(
                Keys.of(S2ConnectionConfig.KEYS),
                Map.of("s2.basin", "basin-name", "s2.access.token.file", file.toString()),
                false));

        assertThatThrownBy(connection::newClient)
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[CONFIG] s2.access.token.file is '" + file + "'")
                .hasMessageContaining("it is empty");

        Files.writeString(file, "  token-of-somebody\n");
        try (AccessTokens tokens = connection.openTokens()) {
            assertThat(tokens.current()).isEqualTo("token-of-somebody");
            assertThat(tokens + "").doesNotContain("somebody");
        }
    }

    @Test
    void whatBelongsTogetherIsGivenTogether() {
        Map<String, String> given = withToken("http://localhost:1");
        given.put("s2.proxy.user", "me");
        assertThat(problems(given)).containsOnlyKeys("s2.proxy.password", "s2.proxy.url");
        given.put("s2.proxy.url", "http://proxy:3128");
        assertThat(problems(given)).containsOnlyKeys("s2.proxy.password");
        given.put("s2.proxy.password", "pw");
        assertThat(problems(given)).isEmpty();
        given.remove("s2.proxy.user");
        assertThat(problems(given)).containsOnlyKeys("s2.proxy.user");

        given = withToken("https://localhost:1");
        given.put("s2.ssl.truststore.password", "changeit");
        assertThat(problems(given)).containsOnlyKeys("s2.ssl.truststore.location");
        given.put("s2.ssl.truststore.location", "/etc/ca.pem");
        assertThat(problems(given)).isEmpty();
        given.put("s2.ssl.truststore.type", "PEM");
        assertThat(problems(given)).containsOnlyKeys("s2.ssl.truststore.password");
    }

    /** Managed clouds validate them, and nobody replaces them there. */
    @ParameterizedTest
    @ValueSource(strings = {"http://${env:PROXY}:3128", "${env:PROXY}"})
    void placeholdersOfAProxyAreLookedAtWithoutHarm(String url) {
        Map<String, String> given = withToken("https://localhost:1");
        given.put("s2.proxy.url", url);
        assertThat(problems(given)).isEmpty();
        new S2ConnectionConfig(new TypedConfig(Keys.of(S2ConnectionConfig.KEYS), given, false));
        assertThat(S2ConnectionCheck.isPossible(given)).isFalse();
    }

    @Test
    void aProxyWithUserInformationIsRefusedWithoutShowingIt() {
        Map<String, String> given = withToken("https://localhost:1");
        given.put("s2.proxy.url", "http://me:hunter2@proxy:3128");
        assertThatThrownBy(() -> new TypedConfig(Keys.of(S2ConnectionConfig.KEYS), given, false))
                .hasMessageContaining("s2.proxy.url")
                .hasMessageContaining("user information")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hunter2"));
    }

    @Test
    void aTrustStoreWithoutTlsIsWarnedAbout() {
        Map<String, String> given = withToken("http://localhost:1");
        given.put("s2.ssl.truststore.location", "/etc/ca.p12");
        assertThat(S2ConnectionConfig.advice(given))
                .hasValueSatisfying(advice -> assertThat(advice).contains("s2.ssl.truststore.location", "no effect"));
        given.put("s2.basin.endpoint", "https://localhost:1");
        assertThat(S2ConnectionConfig.advice(given)).isEmpty();
    }

    @Test
    void aTrustStoreThatCannotBeUsedIsNamedWithItsKey(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("ca.p12"), "no trust store");
        S2ConnectionConfig connection = new S2ConnectionConfig(new TypedConfig(
                Keys.of(S2ConnectionConfig.KEYS),
                Map.of("s2.basin", "basin-name", "s2.ssl.truststore.location", file.toString()),
                false));

        assertThatThrownBy(connection::newClient)
                .isInstanceOf(TerminalException.class)
                .hasMessageStartingWith("[CONFIG] s2.ssl.truststore.location is '" + file + "'");
        Map<String, String> found = new HashMap<>();
        S2ConnectionCheck.run(connection, found::put);
        assertThat(found).containsOnlyKeys("s2.ssl.truststore.location");
    }

    private static Map<String, String> problems(Map<String, String> given) {
        Map<String, String> found = new HashMap<>();
        S2ConnectionConfig.checkAcross(given, found::put);
        return found;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://s2.example.com",
                "HTTP://S2.EXAMPLE.COM:8080/v1",
                "http://{basin}.b.s2.dev",
                "http://8.8.8.8",
                "http://172.32.0.1",
                "http://[2001:db8::1]:80",
                "http://127.0.0.1.example.com",
                "http://localhost.example.com",
            })
    void aTokenInTheClearThroughNetworksOfOthersIsWarnedAbout(String endpoint) {
        assertThat(S2ConnectionConfig.advice(withToken(endpoint))).hasValueSatisfying(advice -> assertThat(advice)
                .contains("s2.basin.endpoint=", "https://")
                .doesNotContain("somebody"));
        Map<String, String> key = withToken(endpoint);
        key.remove("s2.access.token");
        assertThat(S2ConnectionConfig.advice(key)).isEmpty();
        key.put("s2.encryption.key", "a key");
        assertThat(S2ConnectionConfig.advice(key)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://s2.example.com",
                "s2.example.com",
                "http://localhost:8080",
                "http://LocalHost",
                "http://127.3.2.1",
                "http://[::1]:80",
                "http://10.1.2.3",
                "http://172.16.0.1",
                "http://192.168.1.1",
                "http://169.254.1.1",
                "http://100.64.0.1",
                "http://[fd00::1]",
                "http://[fe80::1]",
                "http://s2",
                "http://s2.streams.svc",
                "http://s2.streams.svc.cluster.local.:8080",
                "http://host.docker.internal",
                "${env:S2_URL}",
                "not a url",
            })
    void aPrivateHostOrTlsIsNot(String endpoint) {
        assertThat(S2ConnectionConfig.advice(withToken(endpoint))).isEmpty();
    }

    @Test
    void theEndpointThatCountsIsLookedAtAlsoWhereOnlyTheAccountsIsGiven() {
        Map<String, String> given = withToken("");
        given.remove("s2.basin.endpoint");
        assertThat(S2ConnectionConfig.advice(given)).isEmpty();
        given.put("s2.account.endpoint", "http://s2.example.com");
        assertThat(S2ConnectionConfig.advice(given)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "user:S3cret-of-somebody@host",
                "http://user:S3cret-of-somebody@host",
                "http://user:S3cret-of/somebody@host",
                "https:/user:S3cret-of-somebody@host",
                "http://host?S3cret-of-somebody",
                "ftp://S3cret-of-somebody@host",
                "S3cret/of/somebody/0123456789+/=",
            })
    void anEndpointThatIsRefusedIsShownWithoutCredentials(String endpoint) {
        ConfigDef def = Keys.of(S2ConnectionConfig.KEYS).def();
        List<String> messages = new ArrayList<>();
        for (String key : List.of("s2.basin.endpoint", "s2.account.endpoint")) {
            Map<String, String> given = withToken(endpoint);
            given.put(key, endpoint);
            def.validate(given).stream().map(ConfigValue::errorMessages).forEach(messages::addAll);
        }
        assertThat(messages).isNotEmpty().allSatisfy(message -> assertThat(message)
                .doesNotContain("S3cret")
                .doesNotContain("somebody"));
    }

    @Test
    void aTokenPastedIntoTheBasinIsNotShown() {
        ConfigDef def = Keys.of(S2ConnectionConfig.KEYS).def();
        Map<String, String> given = withToken("http://localhost");
        given.put("s2.basin", "S3cretOfSomebody0123456789");
        assertThat(def.validate(given).stream().flatMap(value -> value.errorMessages().stream()))
                .singleElement()
                .asString()
                .contains("s2.basin", "[hidden]")
                .doesNotContain("S3cret");
    }

    @Test
    void aTokenPastedIntoAnEndpointThatLooksLikeOneIsFoundByItsValue() {
        Map<String, String> found = new HashMap<>();
        S2ConnectionConfig.checkAcross(withToken("https://token-of-somebody"), found::put);
        assertThat(found).containsOnlyKeys("s2.basin.endpoint");
        assertThat(found.get("s2.basin.endpoint"))
                .contains("s2.access.token", "[hidden]")
                .doesNotContain("somebody");
        found.clear();
        Map<String, String> short7 = withToken("https://ignored.example.com");
        short7.put("s2.access.token", "ignored");
        S2ConnectionConfig.checkAcross(short7, found::put);
        assertThat(found).isEmpty();
    }
}
