package io.fenceline.connect.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.ServerError;
import java.util.HashMap;
import java.util.Map;
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

    private static S2ConnectionConfig connection() {
        return new S2ConnectionConfig(new TypedConfig(
                Keys.of(S2ConnectionConfig.KEYS),
                Map.of("s2.basin", "basin-name", "s2.basin.endpoint", "http://localhost:1"),
                false));
    }
}
