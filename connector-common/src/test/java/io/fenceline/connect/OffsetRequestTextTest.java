package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class OffsetRequestTextTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void aStreamNameWithQuotesMadeARequestThatConnectRefused() throws Exception {
        String stream = "basin-name/a \"quoted\\name\n\u0001\u20ac";
        String body = OffsetRequestText.body(Map.of("stream", stream), "seq_num", "17");
        JsonNode request = JSON.readTree(body).path("offsets").path(0);
        assertThat(request.path("partition").path("stream").textValue()).isEqualTo(stream);
        assertThat(request.path("offset").path("seq_num").longValue()).isEqualTo(17);
    }

    @Test
    void aConnectorNameIsOneSegmentOfThePath() {
        String name = "orders/to s2?x=1&y#z%+\u20ac";
        String path = new OffsetRequestText(name).path();
        URI url = URI.create("http://localhost:8083" + path);
        assertThat(url.getRawPath()).isEqualTo(path);
        assertThat(path.substring(1).split("/")).hasSize(3);
        assertThat(url.getPath()).isEqualTo("/connectors/" + name + "/offsets");
    }

    @Test
    void numbersStayNumbersAndPlaceholdersStayWords() {
        Map<String, Object> partition = new LinkedHashMap<>();
        partition.put("kafka_topic", "orders");
        partition.put("kafka_partition", 3);
        assertThat(new OffsetRequestText("c").patch(partition, "kafka_offset", "<last offset + 1>"))
                .isEqualTo("PATCH /connectors/c/offsets {\"offsets\":[{\"partition\":{\"kafka_topic\":\"orders\","
                        + "\"kafka_partition\":3},\"offset\":{\"kafka_offset\":<last offset + 1>}}]}");
    }

    @Test
    void whatIsStoredOfAPartitionIsForgottenWithNull() {
        assertThat(new OffsetRequestText("c").forget(Map.of("slot", "1/q#0.7")))
                .isEqualTo("PATCH /connectors/c/offsets {\"offsets\":[{\"partition\":{\"slot\":\"1/q#0.7\"},"
                        + "\"offset\":null}]}");
    }

    @Test
    void aRequestThatWouldBeTooLongSaysHowManyPartitionsItLacks() throws Exception {
        List<OffsetRequestText.Entry> entries = new ArrayList<>();
        for (int partition = 0; partition < 1_000; partition++) {
            entries.add(new OffsetRequestText.Entry(OffsetRequestText.kafkaPartition("t".repeat(249), partition), "0"));
        }

        String text = new OffsetRequestText("c").patch("kafka_offset", entries);

        assertThat(text).hasSizeLessThan(OffsetRequestText.LONGEST + 200);
        Matcher parts = Pattern.compile(
                        "PATCH /connectors/c/offsets (.*) \\(and the same for (\\d+) partitions more\\)")
                .matcher(text);
        assertThat(parts.matches()).isTrue();
        assertThat(JSON.readTree(parts.group(1)).get("offsets").size())
                .isGreaterThan(50)
                .isEqualTo(1_000 - Integer.parseInt(parts.group(2)));
    }
}
