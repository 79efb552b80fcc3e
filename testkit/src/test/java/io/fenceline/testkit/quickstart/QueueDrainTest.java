package io.fenceline.testkit.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.QueuedMessage;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class QueueDrainTest {

    private static final int GROUPS = 3;
    private static final int PER_GROUP = 100;

    private final ScriptedSqsServer server = ScriptedSqsServer.start();
    private final SqsCalls calls = server.calls();
    private final String queue = calls.createFifoQueue("orders.fifo");

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void takesEveryMessageOnceAndInTheOrderOfItsGroup() throws Exception {
        Map<String, List<String>> sent = send();
        Map<String, List<String>> taken = new HashMap<>();

        new QueueDrain(calls, queue, Duration.ZERO)
                .drain(message -> taken.computeIfAbsent(group(message), group -> new ArrayList<>())
                        .add(message.body()));

        assertThat(taken).isEqualTo(sent);
        assertThat(calls.waiting(queue)).isZero();
        assertThat(calls.attributes(queue)
                        .path("ApproximateNumberOfMessagesNotVisible")
                        .asLong())
                .isZero();
    }

    /** Once a message is deleted another reader gets the next of its group, and might be the first to hand over. */
    @Test
    void handsAMessageOverBeforeItIsDeleted() throws Exception {
        send();
        AtomicInteger handedOver = new AtomicInteger();
        AtomicInteger deletedTooEarly = new AtomicInteger();

        new QueueDrain(calls, queue, Duration.ZERO).drain(message -> {
            int deleted = server.requests("DeleteMessageBatch").stream()
                    .mapToInt(request -> request.json().path("Entries").size())
                    .sum();
            if (deleted > handedOver.getAndIncrement()) {
                deletedTooEarly.incrementAndGet();
            }
        });

        assertThat(handedOver).hasValue(GROUPS * PER_GROUP);
        assertThat(deletedTooEarly).hasValue(0);
    }

    @Test
    void anEmptyQueueIsLeftAtOnce() throws Exception {
        List<QueuedMessage> taken = new ArrayList<>();

        new QueueDrain(calls, queue, Duration.ZERO).drain(taken::add);

        assertThat(taken).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"DeleteMessageBatch", "GetQueueAttributes"})
    void aCallThatWentWithoutAnAnswerIsRepeated(String operation) throws Exception {
        Map<String, List<String>> sent = send();
        Map<String, List<String>> taken = new HashMap<>();
        server.injectInto(operation, new SqsFault.DropConnection(true));

        new QueueDrain(calls, queue, Duration.ZERO)
                .drain(message -> taken.computeIfAbsent(group(message), group -> new ArrayList<>())
                        .add(message.body()));

        assertThat(server.faultsLeft()).isZero();
        assertThat(taken).isEqualTo(sent);
    }

    /** They would be there a second time for whoever looks next. */
    @Test
    void messagesThatCannotBeDeletedAreAFailure() {
        send();
        server.injectInto("DeleteMessageBatch", new SqsFault.ErrorAnswer(403, "AccessDenied", "not yours", false));

        assertThatThrownBy(() -> new QueueDrain(calls, queue, Duration.ZERO).drain(message -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("AccessDenied");
    }

    private Map<String, List<String>> send() {
        Map<String, List<String>> sent = new HashMap<>();
        for (int first = 0; first < PER_GROUP; first += 10) {
            for (int group = 0; group < GROUPS; group++) {
                List<SentEntry> entries = new ArrayList<>();
                for (int number = first; number < first + 10; number++) {
                    String body = group + "/" + number;
                    entries.add(SentEntry.of("e" + number, body, "g" + group, body));
                    sent.computeIfAbsent("g" + group, g -> new ArrayList<>()).add(body);
                }
                calls.send(queue, entries).orThrow();
            }
        }
        return sent;
    }

    private static String group(QueuedMessage message) {
        return String.valueOf(message.groupId());
    }
}
