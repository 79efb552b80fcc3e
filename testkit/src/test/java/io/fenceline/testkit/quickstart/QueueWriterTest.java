package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import io.fenceline.testkit.sqs.SqsRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What route sqs-source sends, and what its summary says of what came of it: each kind of defect is seen, and makes the verdict
 * "not right".
 */
@Timeout(60)
final class QueueWriterTest {

    private static final String TOPIC = "from-sqs.orders.fifo";

    private final ScriptedSqsServer server = ScriptedSqsServer.start();
    private final SqsCalls calls = server.calls();
    private final String queue = calls.createFifoQueue("orders.fifo");
    private final Comparison comparison = new Comparison(new MessageForm());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void messagesThatBecameTheirRecordsInTheOrderOfTheirGroupsAreRight() throws Exception {
        send(300, "--records", "300");
        received().forEach(message -> comparison.found(record(message)));

        assertThat(verdict(300).right()).as(verdict(300).summary()).isTrue();
    }

    @Test
    void aMessageThatCameTwiceIsADuplicate() throws Exception {
        send(100, "--records", "100");
        List<QueuedMessage> messages = received();
        messages.forEach(message -> comparison.found(record(message)));
        comparison.found(record(messages.get(50)));

        assertDefect("duplicates");
    }

    @Test
    void aMessageThatDidNotComeIsMissing() throws Exception {
        send(100, "--records", "100");
        received().stream().skip(1).forEach(message -> comparison.found(record(message)));

        assertDefect("missing");
    }

    @Test
    void aMessageBehindALaterOneOfItsGroupIsOutOfOrder() throws Exception {
        send(100, "--records", "100");
        List<QueuedMessage> messages = new ArrayList<>(received());
        QueuedMessage first = messages.stream()
                .filter(each -> messages.stream()
                        .anyMatch(other ->
                                other != each && String.valueOf(each.groupId()).equals(other.groupId())))
                .findFirst()
                .orElseThrow();
        messages.remove(first);
        messages.add(first);
        messages.forEach(message -> comparison.found(record(message)));

        assertDefect("out of order");
    }

    /** The first record under the id of the second. */
    @Test
    void theContentOfAnotherMessageIsAltered() throws Exception {
        send(100, "--records", "100");
        List<QueuedMessage> messages = received();
        comparison.found(record(messages.get(0), messages.get(1).messageId()));
        messages.stream().filter(each -> each != messages.get(1)).forEach(message -> comparison.found(record(message)));

        assertDefect("altered");
    }

    @ParameterizedTest
    @ValueSource(strings = {"number", "color"})
    void aRecordWithoutOneOfItsHeadersOrWithOneMoreIsAltered(String header) throws Exception {
        send(100, "--records", "100");
        List<QueuedMessage> messages = received();
        ConsumerRecord<byte[], byte[]> first = record(messages.get(0));
        if (first.headers().lastHeader(header) == null) {
            first.headers().add(header, bytes("red"));
        } else {
            first.headers().remove(header);
        }
        comparison.found(first);
        messages.stream().skip(1).forEach(message -> comparison.found(record(message)));

        assertDefect("altered");
    }

    /** SQS's number tells nobody anything here, and not every server gives it. */
    @Test
    void theSequenceNumberMayBeThereOrNot() throws Exception {
        send(100, "--records", "100");
        for (QueuedMessage message : received()) {
            ConsumerRecord<byte[], byte[]> record = record(message);
            record.headers().add("sqs.sequence.number", bytes("18849496460467696128"));
            comparison.found(record);
        }

        assertThat(verdict(100).right()).as(verdict(100).summary()).isTrue();
    }

    @Test
    void linesThatAMessageDoesNotTakeComeAsTheyWere(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("lines"), new byte[] {
            'a', '\n', '\n', 0, (byte) 0xff, '\n', 1, '\n', (byte) 0xef, (byte) 0xbf, (byte) 0xbf, '\n'
        });
        send(5, "--from", file.toString());
        List<QueuedMessage> messages = received();
        assertThat(messages.stream().map(message -> String.valueOf(message.attribute("kafka.encoding"))))
                .containsExactlyInAnyOrder("null", "empty", "base64", "base64", "base64");
        messages.forEach(message -> comparison.found(record(message)));

        assertThat(verdict(5).right()).as(verdict(5).summary()).isTrue();
    }

    /** ElasticMQ takes the entries of a request up at once, and may store two of a group the wrong way round. */
    @Test
    void noRequestHasTwoMessagesOfOneGroup() throws Exception {
        send(300, "--records", "300");

        int messages = 0;
        for (SqsRequest request : server.requests("SendMessageBatch")) {
            Set<String> groups = new HashSet<>();
            for (JsonNode entry : request.json().path("Entries")) {
                assertThat(groups.add(entry.path("MessageGroupId").asText())).isTrue();
                messages++;
            }
        }
        assertThat(messages).isEqualTo(300);
    }

    @Test
    void aRequestThatWentWithoutAnAnswerIsSentAgainAndCountsOnce() throws Exception {
        server.injectInto("SendMessageBatch", new SqsFault.DropConnection(true));
        send(100, "--records", "100");
        assertThat(server.faultsLeft()).isZero();
        received().forEach(message -> comparison.found(record(message)));

        assertThat(verdict(100).right()).as(verdict(100).summary()).isTrue();
    }

    private void send(int messages, String... options) throws Options.UsageException {
        List<String> all = new ArrayList<>(List.of("--route", "sqs-source"));
        all.addAll(List.of(options));
        QueueWriter writer = QueueWriter.of(calls, queue, Options.parse(all.toArray(String[]::new)), TOPIC, comparison);
        assertThat(writer.writing().count()).isEqualTo(messages);
        for (int from = 0; from < messages; from += 50) {
            writer.send(from, Math.min(messages, from + 50));
        }
        assertThat(writer.writing().written()).isEqualTo(messages);
    }

    private List<QueuedMessage> received() {
        return calls.drain(queue);
    }

    private Route.Balance verdict(int given) {
        return comparison.verdict(given, List.of(), 0);
    }

    private void assertDefect(String what) {
        Route.Balance verdict = verdict(100);
        assertThat(verdict.right()).isFalse();
        assertThat(verdict.summary()).containsPattern("(?m)^" + what + " +1$");
    }

    private static ConsumerRecord<byte[], byte[]> record(QueuedMessage message) {
        return record(message, message.messageId());
    }

    /** What the source makes of a message, by the rules of the page on records, written down here a second time. */
    private static ConsumerRecord<byte[], byte[]> record(QueuedMessage message, String id) {
        Map<String, SqsAttribute> attributes = new TreeMap<>(message.attributes());
        SqsAttribute encoding = attributes.remove("kafka.encoding");
        byte[] value =
                switch (encoding == null ? "" : encoding.value()) {
                    case "base64" -> Base64.getDecoder().decode(message.body());
                    case "empty" -> new byte[0];
                    default -> bytes(message.body());
                };
        RecordHeaders headers = new RecordHeaders();
        attributes.forEach((name, attribute) -> headers.add(name, attribute.bytes()));
        headers.add("sqs.message.id", bytes(id));
        return new ConsumerRecord<>(
                TOPIC,
                0,
                0,
                message.sent().toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                bytes(String.valueOf(message.groupId())),
                value,
                headers,
                Optional.empty());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
