package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.ServerError;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which key each answer of S2 is blamed on, when a configuration is validated. */
class S2ConnectionCheckTest {

    @ParameterizedTest
    @CsvSource({
        "401, authn, s2.access.token, does not accept the access token",
        "403, permission_denied, s2.access.token, may not list the streams",
        "403, quota_exhausted, s2.access.token, has used up its quota (403 quota_exhausted",
        "404, access_token_not_found, s2.access.token, does not know the access token",
        "404, basin_not_found, s2.basin, does not exist at http://localhost:1",
        "404, basin_not_found, s2.basin, make it with: s2 create-basin basin-name",
        "409, basin_deletion_pending, s2.basin, is being deleted",
        "409, transaction_conflict, s2.basin, cannot be listed now",
        "404, '', s2.basin.endpoint, does not seem to be an S2 endpoint",
        "404, stream_not_found, s2.basin.endpoint, does not seem to be an S2 endpoint",
        "400, bad_header, s2.basin.endpoint, because",
        "422, invalid, s2.basin.endpoint, because",
        "429, rate_limited, s2.basin.endpoint, because",
        "500, storage, s2.basin.endpoint, because",
        "501, not_implemented, s2.basin.endpoint, because",
        "503, unavailable, s2.basin.endpoint, because",
    })
    void blamesTheKeyThatHasToChange(int status, String code, String key, String message) {
        Map<String, String> found = new HashMap<>();
        S2ConnectionCheck.report(new S2Exception(ServerError.of(status, code, "because")), connection(), found::put);
        assertThat(found).containsOnlyKeys(key);
        assertThat(found.get(key)).contains(message).contains(String.valueOf(status));
    }

    @ParameterizedTest
    @CsvSource({
        "401, authn, does not accept the access token",
        "403, permission_denied, may not list the streams",
        "404, access_token_not_found, does not know the access token",
    })
    void blamesTheFileWhereTheTokenIsFromAFile(int status, String code, String message) {
        Map<String, String> found = new HashMap<>();
        ServerError refusal = ServerError.of(status, code, "because");
        S2ConnectionConfig connection = connection(Map.of("s2.access.token.file", "/run/secrets/s2"));

        S2ConnectionCheck.report(new S2Exception(refusal), connection, found::put);
        assertThat(found).containsOnlyKeys("s2.access.token.file");
        assertThat(found.get("s2.access.token.file")).contains(message);

        found.clear();
        S2ConnectionCheck.report(new S2Exception(refusal.withCredentialsReplaced()), connection, found::put);
        assertThat(found.get("s2.access.token.file")).contains("was replaced", "validate again");
    }

    @Test
    void aFileWithoutATokenIsAnErrorOnItsKey() {
        Map<String, String> found = new HashMap<>();
        S2ConnectionCheck.run(connection(Map.of("s2.access.token.file", "/no/such/file")), found::put);
        assertThat(found).containsOnlyKeys("s2.access.token.file");
        assertThat(found.get("s2.access.token.file")).contains("/no/such/file", "does not exist on this worker");
    }

    @Test
    void aProxyThatIsNotThereIsBlamedAndNotTheEndpoint() {
        Map<String, String> found = new HashMap<>();
        S2ConnectionCheck.run(connection(Map.of("s2.proxy.url", "http://127.0.0.1:1")), found::put);
        assertThat(found).containsOnlyKeys("s2.proxy.url");
        assertThat(found.get("s2.proxy.url")).contains("http://localhost:1", "proxy", "127.0.0.1:1");
    }

    @Test
    void aPlaceholderForTheFileIsNotTried() {
        assertThat(S2ConnectionCheck.isPossible(Map.of("s2.access.token.file", "/run/${env:TEAM}/s2")))
                .isFalse();
    }

    private static S2ConnectionConfig connection() {
        return connection(Map.of());
    }

    private static S2ConnectionConfig connection(Map<String, String> more) {
        Map<String, String> given =
                new HashMap<>(Map.of("s2.basin", "basin-name", "s2.basin.endpoint", "http://localhost:1"));
        given.putAll(more);
        return new S2ConnectionConfig(new TypedConfig(Keys.of(S2ConnectionConfig.KEYS), given, false));
    }
}
