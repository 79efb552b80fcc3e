package io.fenceline.connect.s2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.s2.wire.ServerError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StreamStopsTest {

    private static final String CODES_TO_COME = "DEDUP_WINDOW_EXPIRED|LEDGER_STUCK|UNCONFIRMED_RECORD|CONFIG";

    @ParameterizedTest
    @EnumSource(value = TerminalCode.class, mode = EnumSource.Mode.MATCH_NONE, names = CODES_TO_COME)
    void aStopNamesItsPlaceAndWhatToDoWithoutBeingTold(TerminalCode code) {
        assertThat(StreamStops.ofPartition("orders-to-s2", "orders", 3, "orders/3")
                        .stop(code, "something was seen")
                        .build())
                .hasMessage("[" + code + "] something was seen\npartition: orders-3, stream 'orders/3'\nnow: "
                        + StreamStops.remedy(code));
        assertThat(StreamStops.ofStream("from-s2", "acme", "orders/3")
                        .stop(code, "something was seen")
                        .build())
                .hasMessage("[" + code + "] something was seen\npartition: stream 'acme/orders/3'\nnow: "
                        + StreamStops.remedy(code));
        assertThat(StreamStops.remedy(code)).isNotBlank().doesNotEndWith(".");
    }

    @ParameterizedTest
    @EnumSource(value = TerminalCode.class, mode = EnumSource.Mode.MATCH_ALL, names = CODES_TO_COME)
    void aCodeOfAConnectorToComeIsNotUsedYet(TerminalCode code) {
        assertThatThrownBy(() -> StreamStops.remedy(code)).hasMessageContaining(code.name());
    }

    @Test
    void thePositionIsMovedWithTheKeysOfItsDirection() {
        assertThat(StreamStops.ofPartition("to/s2", "orders", 3, "orders/3").patch("<next>"))
                .isEqualTo("PATCH /connectors/to%2Fs2/offsets {\"offsets\":[{\"partition\":{\"kafka_topic\":\"orders\","
                        + "\"kafka_partition\":3},\"offset\":{\"kafka_offset\":<next>}}]}");
        assertThat(StreamStops.ofStream("from-s2", "acme", "orders/3").patch("17"))
                .isEqualTo("PATCH /connectors/from-s2/offsets {\"offsets\":[{\"partition\":{\"stream\":"
                        + "\"acme/orders/3\"},\"offset\":{\"seq_num\":17}}]}");
    }

    @ParameterizedTest
    @CsvSource({
        "401, authn, AUTH, s2.access.token is valid and may sing",
        "403, permission_denied, AUTH, s2.access.token is valid and may sing",
        "403, permission_denied, AUTH, the refused call changed nothing",
        "401, authn, AUTH, correct it where it comes from",
        "403, quota_exhausted, QUOTA_EXHAUSTED, the token is not at fault",
        "500, quota_exhausted, PROTOCOL, endpoints",
        "404, access_token_not_found, AUTH, s2.access.token is valid and may sing",
        "400, bad_header, AUTH, s2.encryption.key",
        "400, decryption_failed, AUTH, s2.encryption.key",
        "404, stream_not_found, TARGET_MISSING, make it",
        "409, stream_deletion_pending, TARGET_MISSING, make it",
        "404, basin_not_found, TARGET_MISSING, s2.basin",
        "404, basin_not_found, TARGET_MISSING, or make it with: s2 create-basin acme; then",
        "409, basin_deletion_pending, TARGET_MISSING, s2.basin",
        "404, '', TARGET_MISSING, endpoints",
        "422, invalid, PROTOCOL, the stream's configuration",
        "400, bad_query, PROTOCOL, endpoints",
        "501, not_implemented, PROTOCOL, endpoints",
        "499, client_hangup, PROTOCOL, endpoints",
        "418, '', PROTOCOL, endpoints",
        "503, unavailable, RETRIES_EXHAUSTED, is reachable",
    })
    void aRefusalHasOneCodeAndSaysWhatToChange(int status, String code, TerminalCode end, String remedy) {
        StreamStops.Advice advice =
                StreamStops.onRefusal(ServerError.of(status, code, "because"), "may sing", "make it");
        assertThat(advice.code()).isEqualTo(end);
        assertThat(StreamStops.inBasin(advice.remedy(), "acme")).contains(remedy);
    }
}
