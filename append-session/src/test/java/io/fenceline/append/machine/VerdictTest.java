package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ServerError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictTest {

    @ParameterizedTest
    @CsvSource({
        "400, bad_frame, CONTENT",
        "400, '', STRANGE",
        "401, authn, AUTH",
        "401, '', AUTH",
        "403, permission_denied, AUTH",
        "403, quota_exhausted, AUTH",
        "404, stream_not_found, TARGET_MISSING",
        "404, '', TARGET_MISSING",
        "404, basin_not_found, TARGET_MISSING",
        "404, access_token_not_found, AUTH",
        "408, request_timeout, OPEN",
        "409, stream_deletion_pending, TARGET_MISSING",
        "409, basin_deletion_pending, TARGET_MISSING",
        "409, transaction_conflict, TRY_AGAIN",
        "409, '', STRANGE",
        "412, '', STRANGE",
        "418, '', STRANGE",
        "422, invalid, CONTENT",
        "429, rate_limited, TRY_AGAIN",
        "429, '', OPEN",
        "499, client_hangup, STRANGE",
        "500, storage, OPEN",
        "500, rate_limited, STRANGE",
        "501, not_implemented, CONTENT",
        "502, hot_server, TRY_AGAIN",
        "502, '', OPEN",
        "503, unavailable, OPEN",
        "503, server_draining, SERVER_DRAINING",
        "504, upstream_timeout, OPEN",
        "200, '', STRANGE"
    })
    void ofCodes(int status, String code, Verdict verdict) {
        assertThat(Verdict.of(ServerError.of(status, code, ""))).isEqualTo(verdict);
    }

    @Test
    void ofConditions() {
        assertThat(Verdict.of(ServerError.seqNumMismatch(4))).isEqualTo(Verdict.POSITION_MISMATCH);
        assertThat(Verdict.of(ServerError.tokenMismatch(FencingToken.NONE))).isEqualTo(Verdict.TOKEN_MISMATCH);
    }
}
