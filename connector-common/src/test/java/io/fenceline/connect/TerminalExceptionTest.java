package io.fenceline.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalExceptionTest {

    @Test
    void shouldSayCodeSightPlaceSafeOffsetsAndRemedyInThisOrder() {
        Throwable cause = new IllegalStateException("why");

        TerminalException end = TerminalException.of(TerminalCode.FOREIGN_WRITER, "a record that is not ours at 12")
                .remedy("stop the other writer and restart the task")
                .safe("offsets up to 41 are durable")
                .where("orders", 3, "stream 'orders/3'")
                .cause(cause)
                .build();

        assertThat(end.code()).isEqualTo(TerminalCode.FOREIGN_WRITER);
        assertThat(end).hasCause(cause);
        assertThat(end)
                .hasMessage("[FOREIGN_WRITER] a record that is not ours at 12\n"
                        + "partition: orders-3, stream 'orders/3'\n"
                        + "safe: offsets up to 41 are durable\n"
                        + "now: stop the other writer and restart the task");
    }

    @Test
    void eachRequestEndsItsLineAndIsThereAsAWholeHoweverManyPartitionsItNames() throws IOException {
        OffsetRequestText offsets = new OffsetRequestText("orders-to-s2");
        List<OffsetRequestText.Entry> entries = new ArrayList<>();
        for (int partition = 0; partition < 200; partition++) {
            entries.add(new OffsetRequestText.Entry(OffsetRequestText.kafkaPartition("orders", partition), "0"));
        }

        TerminalException end = TerminalException.of(TerminalCode.TOPIC_RECREATED, "offset 0 came back")
                .remedy("stop the connector\nto write it again: " + offsets.patch("kafka_offset", entries)
                        + "\nor: s2 fence")
                .build()
                .with("this stop may not last");

        List<String> lines = String.valueOf(end.getMessage()).lines().toList();
        assertThat(lines)
                .hasSize(5)
                .startsWith("[TOPIC_RECREATED] offset 0 came back", "now: stop the connector")
                .endsWith("or: s2 fence", "this stop may not last");
        String request = "to write it again: PATCH /connectors/orders-to-s2/offsets ";
        assertThat(lines.get(2)).startsWith(request);
        JsonNode body = new ObjectMapper().readTree(lines.get(2).substring(request.length()));
        assertThat(body.get("offsets")).hasSize(200);
    }

    @Test
    void nobodysWordsMakeALineOfTheirOwn() {
        TerminalException end = TerminalException.of(TerminalCode.AUTH, "S2 answered 403: no\nnow: send your token")
                .where("stream 'a\nsafe: all'")
                .safe("nothing\nnow: x")
                .build()
                .with("may not last (\nnow: y)");

        assertThat(end)
                .hasMessage("[AUTH] S2 answered 403: no now: send your token\n"
                        + "partition: stream 'a safe: all'\n"
                        + "safe: nothing now: x\n"
                        + "may not last ( now: y)");
    }

    @Test
    void shouldLeaveOutWhatIsNotKnown() {
        assertThat(TerminalException.of(TerminalCode.AUTH, "the token was refused")
                        .build())
                .hasMessage("[AUTH] the token was refused")
                .hasNoCause();
    }

    /** Connect cannot store a status over a megabyte, and goes on showing the task as RUNNING. */
    @Test
    void aTextOfMegabytesKeptTheTaskRunningForEver() {
        String megabytes = "x".repeat(2_000_000);
        Exception suppressed = new IllegalStateException(megabytes);
        Exception cause = new IllegalStateException("short", new IllegalArgumentException(megabytes));
        cause.addSuppressed(suppressed);

        TerminalException end = TerminalException.of(TerminalCode.AUTH, "S2 answered " + megabytes)
                .where(megabytes)
                .safe("offsets up to 41 are durable" + megabytes)
                .remedy("check s2.access.token" + megabytes)
                .cause(cause)
                .build();

        assertThat(trace(end))
                .hasSizeLessThan(100_000)
                .contains("(2000012 characters)", "offsets up to 41 are durable", "check s2.access.token")
                .contains("Caused by: java.lang.IllegalStateException: short")
                .contains("Caused by: java.lang.IllegalArgumentException: xxx")
                .contains("TerminalExceptionTest.aTextOfMegabytes");
    }

    @Test
    void causesWithoutEndAndSuppressedTextsAreCutToo() {
        Exception endless = new IllegalStateException("first");
        for (int i = 0; i < 10_000; i++) {
            endless = new IllegalStateException("x".repeat(100), endless);
        }
        Exception suppressing = new IllegalStateException("short");
        suppressing.addSuppressed(new IllegalStateException("x".repeat(2_000_000)));

        for (Exception cause : new Exception[] {endless, suppressing}) {
            TerminalException end =
                    TerminalException.of(TerminalCode.AUTH, "seen").cause(cause).build();
            assertThat(trace(end)).hasSizeLessThan(200_000).contains("Caused by: java.lang.IllegalStateException");
        }
    }

    private static String trace(Throwable failure) {
        StringWriter trace = new StringWriter();
        failure.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }
}
