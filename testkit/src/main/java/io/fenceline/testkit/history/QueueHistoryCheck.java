package io.fenceline.testkit.history;

import io.fenceline.testkit.sqs.QueuedMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Compares topics with what was taken out of a queue: every record once, with its bytes, and those of a partition in its order.
 * A record is known by its id ({@code kafka.id}). Not thread-safe.
 */
public final class QueueHistoryCheck {

    private static final int EXAMPLES = 8;

    private final Map<String, Fingerprint> expected = new HashMap<>();

    /**
     * Counts, and a few examples of each kind of violation.
     *
     * @param outOfOrder first copies behind a later record of their partition
     * @param repeated   ids of the records that are in the queue more than once
     */
    public record Result(
            long inKafka,
            long inQueue,
            long duplicates,
            long missing,
            long outOfOrder,
            long altered,
            long foreign,
            Set<String> repeated,
            List<String> examples) {

        /** Nothing missing, altered or foreign, and something to compare: at least once, in any order. */
        public Result requireComplete() {
            return require(inKafka > 0 && missing == 0 && altered == 0 && foreign == 0);
        }

        /** Complete, and each record once and in its partition's order. */
        public Result requirePerfect() {
            requireComplete();
            return require(duplicates == 0 && outOfOrder == 0);
        }

        private Result require(boolean holds) {
            if (!holds) {
                String nothing = inKafka == 0 ? "nothing was compared, there are no records in Kafka: " : "";
                throw new AssertionError(nothing + this + "\n  " + String.join("\n  ", examples));
            }
            return this;
        }

        @Override
        public String toString() {
            return "records in Kafka " + inKafka + ", messages in the queue " + inQueue + ", duplicates " + duplicates
                    + ", missing " + missing + ", out of order " + outOfOrder + ", altered " + altered + ", foreign "
                    + foreign;
        }
    }

    /** Everything a {@code read_committed} reader sees in the topic now has to be in the queue. */
    public QueueHistoryCheck expect(String bootstrapServers, String topic) {
        return expect(bootstrapServers, topic, record -> true);
    }

    /** @param wanted false for records the connector is meant to leave out, such as those for the dead letter queue */
    public QueueHistoryCheck expect(
            String bootstrapServers, String topic, Predicate<ConsumerRecord<byte[], byte[]>> wanted) {
        TopicHistory.forEach(bootstrapServers, topic, record -> {
            if (wanted.test(record)) {
                expect(record);
            }
        });
        return this;
    }

    void expect(ConsumerRecord<byte[], byte[]> record) {
        expected.put(record.topic() + "/" + record.partition() + "/" + record.offset(), Fingerprint.inQueue(record));
    }

    /** @param messages in the order in which the queue gave them out */
    public Result compare(List<QueuedMessage> messages) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new LinkedHashSet<>();
        Map<String, Long> last = new HashMap<>();
        List<String> examples = new ArrayList<>();
        long duplicates = 0;
        long outOfOrder = 0;
        long altered = 0;
        long foreign = 0;
        for (QueuedMessage message : messages) {
            String id = message.attribute("kafka.id");
            Fingerprint wanted = id == null ? null : expected.get(id);
            if (id == null || wanted == null) {
                foreign++;
                example(examples, "foreign: " + message);
                continue;
            }
            if (!wanted.equals(Fingerprint.of(message))) {
                altered++;
                example(examples, "altered: " + message);
            }
            if (!seen.add(id)) {
                duplicates++;
                repeated.add(id);
                example(examples, "duplicate: " + message);
                continue;
            }
            String partition = id.substring(0, id.lastIndexOf('/'));
            long offset = Long.parseLong(id.substring(id.lastIndexOf('/') + 1));
            Long before = last.put(partition, Math.max(offset, last.getOrDefault(partition, -1L)));
            if (before != null && offset < before) {
                outOfOrder++;
                example(examples, "out of order: " + id + " behind offset " + before);
            }
        }
        for (String id : expected.keySet()) {
            if (!seen.contains(id)) {
                example(examples, "missing: " + id);
            }
        }
        return new Result(
                expected.size(),
                messages.size(),
                duplicates,
                expected.size() - seen.size(),
                outOfOrder,
                altered,
                foreign,
                repeated,
                examples);
    }

    private static void example(List<String> examples, String text) {
        if (examples.size() < EXAMPLES) {
            examples.add(text.length() > 300 ? text.substring(0, 300) + "…" : text);
        }
    }
}
