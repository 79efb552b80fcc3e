package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.s2.wire.ServerError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each refusal that stays stops the task with the code of the key that has to change. */
class ReadRefusalsTest {

    private final ReadFailures failures = new ReadFailures("s2/to kafka", "basin-name", "a \"quoted\" stream");

    @ParameterizedTest
    @CsvSource({
        "401, authn, AUTH, s2.access.token",
        "403, permission_denied, AUTH, s2.access.token",
        "403, quota_exhausted, QUOTA_EXHAUSTED, quota",
        "404, access_token_not_found, AUTH, s2.access.token",
        "404, basin_not_found, TARGET_MISSING, s2.basin",
        "404, basin_not_found, TARGET_MISSING, s2 create-basin basin-name;",
        "409, basin_deletion_pending, TARGET_MISSING, s2.basin",
        "400, bad_header, AUTH, s2.encryption.key",
        "400, decryption_failed, AUTH, s2.encryption.key",
        "400, bad_query, PROTOCOL, endpoints",
        "404, '', TARGET_MISSING, endpoints",
        "404, stream_not_found, TARGET_MISSING, on.recreated",
        "409, stream_deletion_pending, TARGET_MISSING, on.recreated",
        "422, invalid, PROTOCOL, endpoints",
        "499, client_hangup, PROTOCOL, endpoints",
        "501, not_implemented, PROTOCOL, endpoints",
    })
    void hasTheCodeAndTheKey(int status, String code, TerminalCode end, String key) {
        TerminalException failure =
                failures.refused(ServerError.of(status, code, "because"), "everything below number 5 was read");
        assertThat(failure.code()).isEqualTo(end);
        assertThat(failure)
                .hasMessageContaining(key)
                .hasMessageContaining("because")
                .hasMessageContaining("everything below number 5 was read");
    }

    @Test
    void aStreamNameWithQuotesMadeARequestThatConnectRefused() {
        assertThat(failures.gap(5, 7))
                .hasMessageContaining(
                        "PATCH /connectors/s2%2Fto%20kafka/offsets {\"offsets\":[{\"partition\":{\"stream\":"
                                + "\"basin-name/a \\\"quoted\\\" stream\"},\"offset\":{\"seq_num\":7}}]}");
    }
}
