package io.fenceline.s2.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerErrorTest {

    @ParameterizedTest
    @CsvSource({
        "bad_header, 400, false, true",
        "bad_path, 400, false, true",
        "bad_query, 400, false, true",
        "bad_json, 400, false, true",
        "bad_proto, 400, false, true",
        "bad_frame, 400, false, true",
        "decryption_failed, 400, false, true",
        "authn, 401, false, true",
        "permission_denied, 403, false, true",
        "quota_exhausted, 403, false, true",
        "basin_not_found, 404, false, true",
        "stream_not_found, 404, false, true",
        "access_token_not_found, 404, false, true",
        "request_timeout, 408, true, false",
        "resource_already_exists, 409, false, true",
        "basin_deletion_pending, 409, false, true",
        "stream_deletion_pending, 409, false, true",
        "transaction_conflict, 409, true, true",
        "invalid, 422, false, true",
        "rate_limited, 429, true, true",
        "client_hangup, 499, false, false",
        "other, 500, true, false",
        "storage, 500, true, false",
        "not_implemented, 501, false, true",
        "hot_server, 502, true, true",
        "unavailable, 503, true, false",
        "server_draining, 503, true, true",
        "upstream_timeout, 504, true, false",
    })
    void knowsWhatEachCodePromises(String code, int status, boolean retryable, boolean noSideEffects) {
        ServerError error = ServerError.of(status, code, "");
        assertThat(error.answer().isRetryable()).isEqualTo(retryable);
        assertThat(error.noSideEffects()).isEqualTo(noSideEffects);

        ServerError elsewhere = ServerError.of(status == 503 ? 500 : 503, code, "");
        assertThat(elsewhere.answer().isRetryable())
                .as("code with a status not its own")
                .isFalse();
        assertThat(elsewhere.noSideEffects())
                .as("code with a status not its own")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "200, false",
        "400, false",
        "404, false",
        "408, true",
        "409, false",
        "429, true",
        "499, false",
        "500, true",
        "501, false",
        "502, true",
        "503, true",
        "504, true",
        "505, false"
    })
    void judgesUnknownCodesByStatusAndNeverTakesThemForSafe(int status, boolean retryable) {
        for (String code : new String[] {"", "brand_new"}) {
            ServerError error = ServerError.of(status, code, "");
            assertThat(error.answer().isRetryable()).isEqualTo(retryable);
            assertThat(error.noSideEffects()).isFalse();
        }
    }

    @Test
    void takesAFailedConditionAsFinalAndWithoutEffect() {
        for (ServerError error :
                new ServerError[] {ServerError.seqNumMismatch(1), ServerError.tokenMismatch(FencingToken.NONE)}) {
            assertThat(error.answer().isRetryable()).isFalse();
            assertThat(error.noSideEffects()).isTrue();
        }
        assertThat(ServerError.of(412, "", "no body").noSideEffects()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "401, authn, true",
        "403, permission_denied, true",
        "403, '', false",
        "404, access_token_not_found, true"
    })
    void aRefusalOfCredentialsThatHaveBeenReplacedIsWorthAnotherTry(int status, String code, boolean harmless) {
        ServerError error = ServerError.of(status, code, "no").withCredentialsReplaced();
        assertThat(error.answer()).isEqualTo(Answer.CREDENTIALS_REPLACED);
        assertThat(error.answer().isRetryable()).isTrue();
        assertThat(error.noSideEffects()).isEqualTo(harmless);
        assertThat(error.describe()).contains(String.valueOf(status), "replaced meanwhile");
    }

    @Test
    void readsOrdinaryErrors() {
        ServerError error = parse(429, "{\"code\":\"rate_limited\",\"message\":\"slow down\"}");
        assertThat(error).isEqualTo(new ServerError(429, "rate_limited", "slow down", null, null, null, 30));
        assertThat(error.describe()).isEqualTo("429 rate_limited: slow down");
    }

    @Test
    void readsFailedConditions() {
        assertThat(parse(412, "{\"seq_num_mismatch\":18446744073709551615}").seqNumMismatch())
                .isEqualTo(-1L);
        assertThat(parse(412, "{\"seq_num_mismatch\":0}").seqNumMismatch()).isEqualTo(0L);
        assertThat(parse(412, "{\"fencing_token_mismatch\":\"\"}").tokenMismatch())
                .isEqualTo(FencingToken.NONE);
        assertThat(parse(412, "{\"fencing_token_mismatch\":\"abc\"}").tokenMismatch())
                .isEqualTo(new FencingToken("abc"));
        assertThat(parse(400, "{\"seq_num_mismatch\":1}").seqNumMismatch()).isNull();
    }

    @Test
    void readsTheTailWhereARangeCannotBeRead() {
        assertThat(parse(416, "{\"tail\":{\"seq_num\":7,\"timestamp\":9}}").tail())
                .isEqualTo(new StreamPosition(7, 9));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<html>bad gateway</html>",
                "''",
                "[1,2]",
                "null",
                "{\"fencing_token_mismatch\":\"0123456789012345678901234567890123456789\"}",
                "{\"seq_num_mismatch\":\"7\"}",
                "{\"code\":5}",
                "{\"code\":",
            })
    void makesAnErrorOfAnyBody(String body) {
        ServerError error = parse(412, body);
        assertThat(error.status()).isEqualTo(412);
        assertThat(error.code()).isEmpty();
        assertThat(error.seqNumMismatch()).isNull();
        assertThat(error.tokenMismatch()).isNull();
        assertThat(error.noSideEffects()).isFalse();
        assertThat(error.message()).isNotEmpty();
    }

    @Test
    void neverQuotesATokenInWords() {
        assertThat(parse(412, "{\"fencing_token_mismatch\":\"secret\"}").describe())
                .doesNotContain("secret");
    }

    @Test
    void aTextOfTwoMegabytesIsCutAndSaysHowLongItWas() {
        ServerError error =
                parse(403, "{\"message\":\"" + "m".repeat(2_000_000) + "\",\"code\":\"permission_denied\"}");
        assertThat(error.code()).isEqualTo("permission_denied");
        assertThat(error.message()).hasSizeLessThan(600).startsWith("mmm").endsWith("… (2000000 characters)");
        assertThat(parse(502, "<html>" + "x".repeat(1_000_000)).describe())
                .hasSizeLessThan(600)
                .endsWith("… (1000006 bytes)");
    }

    @Test
    void aCodeOfAMegabyteIsNone() {
        ServerError error = parse(404, "{\"code\":\"" + "c".repeat(1_000_000) + "\",\"message\":\"m\"}");
        assertThat(error.code()).isEmpty();
        assertThat(error.describe()).hasSizeLessThan(600);
    }

    @Test
    void aTextWithLineEndsStaysOnOneLine() {
        assertThat(parse(500, "{\"code\":\"other\",\"message\":\"a\\n[2026] ERROR \\u2028forged\\u0000\"}")
                        .describe())
                .isEqualTo("500 other: a [2026] ERROR  forged ");
        assertThat(parse(500, "<html>\n<body>\r\n").describe()).doesNotContain("\n", "\r");
    }

    @Test
    void ofAnAnswerThatIsCutTheCodeCountsAndNumbersAndTokensDoNot() {
        assertThat(cut(404, "{\"code\":\"stream_not_found\",\"message\":\"mmm").code())
                .isEqualTo("stream_not_found");
        assertThat(cut(404, "{\"code\":\"stream_not_fou").code()).isEmpty();
        assertThat(cut(412, "{\"seq_num_mismatch\":7").seqNumMismatch()).isNull();
        assertThat(cut(412, "{\"seq_num_mismatch\":7,\"x\":\"").seqNumMismatch())
                .isNull();
        assertThat(cut(412, "{\"fencing_token_mismatch\":\"\",\"x\":\"").tokenMismatch())
                .isNull();
        assertThat(cut(412, "{\"seq_num_mismatch\":7}").noSideEffects()).isFalse();
    }

    private static ServerError cut(int status, String body) {
        return ServerError.parse(status, body.getBytes(UTF_8), true, 0);
    }

    @Test
    void aPositionOutsideSixtyFourBitsIsNone() {
        assertThat(parse(412, "{\"seq_num_mismatch\":18446744073709551616}").seqNumMismatch())
                .isNull();
        assertThat(parse(412, "{\"seq_num_mismatch\":-1}").seqNumMismatch()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "403, quota_exhausted, true",
        "403, permission_denied, false",
        "403, '', false",
        "401, quota_exhausted, false",
        "503, quota_exhausted, false",
    })
    void aQuotaIsNoLackOfRights(int status, String code, boolean quota) {
        assertThat(ServerError.of(status, code, "").isOfQuota()).isEqualTo(quota);
    }

    @ParameterizedTest
    @CsvSource({
        "bad_header, 400, KEY_REFUSED",
        "decryption_failed, 400, KEY_REFUSED",
        "bad_path, 400, REQUEST_REFUSED",
        "bad_query, 400, REQUEST_REFUSED",
        "bad_json, 400, REQUEST_REFUSED",
        "bad_proto, 400, REQUEST_REFUSED",
        "bad_frame, 400, REQUEST_REFUSED",
        "not_implemented, 501, REQUEST_REFUSED",
        "invalid, 422, CONTENT_REFUSED",
        "authn, 401, UNAUTHENTICATED",
        "permission_denied, 403, FORBIDDEN",
        "quota_exhausted, 403, FORBIDDEN",
        "access_token_not_found, 404, ACCESS_TOKEN_UNKNOWN",
        "basin_not_found, 404, BASIN_MISSING",
        "basin_deletion_pending, 409, BASIN_BEING_DELETED",
        "stream_not_found, 404, STREAM_MISSING",
        "stream_deletion_pending, 409, STREAM_BEING_DELETED",
        "resource_already_exists, 409, ALREADY_EXISTS",
        "transaction_conflict, 409, CONFLICT",
        "rate_limited, 429, BUSY",
        "hot_server, 502, BUSY",
        "server_draining, 503, DRAINING",
        "request_timeout, 408, UNAVAILABLE",
        "other, 500, UNAVAILABLE",
        "storage, 500, UNAVAILABLE",
        "unavailable, 503, UNAVAILABLE",
        "upstream_timeout, 504, UNAVAILABLE",
        "client_hangup, 499, STRANGE",
    })
    void aCodeMeansOneThingAndOnlyWithItsOwnStatus(String code, int status, Answer answer) {
        assertThat(ServerError.of(status, code, "").answer()).isEqualTo(answer);

        assertThat(ServerError.of(status == 503 ? 500 : 503, code, "").answer()).isEqualTo(Answer.STRANGE);
        assertThat(ServerError.of(401, code, "").answer())
                .as("whatever the body says")
                .isEqualTo(Answer.UNAUTHENTICATED);
        assertThat(ServerError.of(403, code, "").answer())
                .as("whatever the body says")
                .isEqualTo(Answer.FORBIDDEN);
        assertThat(ServerError.of(404, code, "").answer())
                .as("whatever the body says, and of nothing in particular")
                .isEqualTo(status == 404 ? answer : Answer.NOT_FOUND);
        assertThat(ServerError.of(416, code, "").answer())
                .as("whatever the body says")
                .isEqualTo(Answer.OUT_OF_RANGE);
    }

    @ParameterizedTest
    @CsvSource({
        "200, STRANGE",
        "400, STRANGE",
        "401, UNAUTHENTICATED",
        "403, FORBIDDEN",
        "404, NOT_FOUND",
        "408, UNAVAILABLE",
        "409, STRANGE",
        "412, STRANGE",
        "416, OUT_OF_RANGE",
        "418, STRANGE",
        "422, STRANGE",
        "429, UNAVAILABLE",
        "499, STRANGE",
        "500, UNAVAILABLE",
        "501, STRANGE",
        "502, UNAVAILABLE",
        "503, UNAVAILABLE",
        "504, UNAVAILABLE",
    })
    void whatHasNoCodeOfOursIsJudgedByItsStatus(int status, Answer answer) {
        for (String code : new String[] {"", "brand_new"}) {
            assertThat(ServerError.of(status, code, "").answer()).isEqualTo(answer);
        }
    }

    @Test
    void aFailedConditionIsKnownByWhatItNames() {
        assertThat(ServerError.seqNumMismatch(4).answer()).isEqualTo(Answer.POSITION_MISMATCH);
        assertThat(ServerError.tokenMismatch(FencingToken.NONE).answer()).isEqualTo(Answer.TOKEN_MISMATCH);
        assertThat(parse(416, "{\"tail\":{\"seq_num\":7,\"timestamp\":9}}").answer())
                .isEqualTo(Answer.OUT_OF_RANGE);
    }

    @Test
    void onlyWhatIsSaidOfTheStreamItselfSaysThatItIsMissing() {
        assertThat(Arrays.stream(Answer.values()).filter(Answer::isStreamMissing))
                .containsExactly(Answer.STREAM_MISSING, Answer.STREAM_BEING_DELETED);
    }

    private static ServerError parse(int status, String body) {
        return ServerError.parse(status, body.getBytes(UTF_8), 30);
    }
}
