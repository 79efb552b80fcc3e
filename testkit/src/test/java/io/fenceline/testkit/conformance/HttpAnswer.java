package io.fenceline.testkit.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An HTTP response, and what tests say about it. */
record HttpAnswer(String request, int status, HttpHeaders headers, byte[] body) {

    private static final ObjectMapper JSON = new ObjectMapper();

    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            throw new UncheckedIOException(text(), e);
        }
    }

    String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    HttpAnswer is(int expected) {
        assertThat(status).as("%s answered %s", request, text()).isEqualTo(expected);
        return this;
    }

    /** A standard error body, whose text may be anything. */
    void isError(int expected, String code) {
        is(expected);
        assertThat(headers.firstValue("content-type")).hasValue("application/json");
        assertThat(json().path("code").asText())
                .as("%s answered %s", request, text())
                .isEqualTo(code);
        assertThat(json().path("message").asText()).isNotEmpty();
        assertThat(json()).hasSize(2);
    }

    void isJson(int expected, String exactly) {
        is(expected);
        try {
            assertThat(json()).as(request).isEqualTo(JSON.readTree(exactly));
        } catch (IOException e) {
            throw new UncheckedIOException(exactly, e);
        }
    }

    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    List<String> bodies() {
        List<String> bodies = new ArrayList<>();
        is(200).json()
                .get("records")
                .forEach(record -> bodies.add(record.path("body").asText("")));
        return bodies;
    }

    long seqNum(String position) {
        return is(200).json().get(position).get("seq_num").longValue();
    }
}
