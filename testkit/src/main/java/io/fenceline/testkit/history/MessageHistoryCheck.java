package io.fenceline.testkit.history;

import io.fenceline.testkit.sqs.SentEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Compares messages sent to a queue with the records a topic has of them: every message once, as it was, and those of a group in
 * their order. A message is known by SQS's MessageId (header {@code sqs.message.id}). Not thread-safe.
 */
public final class MessageHistoryCheck {

    private static final String MESSAGE_ID = "sqs.message.id";
    private static final int EXAMPLES = 8;

    /** @param number rises with the sends */
    private record Sent(long number, @Nullable String group, String form) {}

    private record Seen(long offset, String messageId, String form) {}

    /**
     * Counts, and a few examples of each kind of violation.
     *
     * @param outOfOrder first records of messages behind one of their group that was sent later
     */
    public record Result(
            long sent,
            long inKafka,
            long duplicates,
            long missing,
            long outOfOrder,
            long altered,
            long foreign,
            List<String> examples) {

        /** Nothing missing, altered or foreign, and something to compare: at least once, in any order. */
        public Result requireComplete() {
            return require(sent > 0 && missing == 0 && altered == 0 && foreign == 0);
        }

        /** Complete, and each message once and in its group's order. */
        public Result requirePerfect() {
            requireComplete();
            return require(duplicates == 0 && outOfOrder == 0);
        }

        private Result require(boolean holds) {
            if (!holds) {
                String nothing = sent == 0 ? "nothing was compared, no message was sent: " : "";
                throw new AssertionError(nothing + this + "\n  " + String.join("\n  ", examples));
            }
            return this;
        }

        @Override
        public String toString() {
            return "messages sent " + sent + ", records in Kafka " + inKafka + ", duplicates " + duplicates
                    + ", missing " + missing + ", out of order " + outOfOrder + ", altered " + altered + ", foreign "
                    + foreign;
        }
    }

    private final Map<String, Sent> sent = new LinkedHashMap<>();
    private final List<Seen> seen = new ArrayList<>();
    private final Set<String> ids = new HashSet<>();

    /** A message the queue has taken, after those of its group that were sent before. */
    public void sent(String messageId, SentEntry message) {
        Map<String, byte[]> attributes = new TreeMap<>();
        message.attributes().forEach((name, value) -> attributes.put(name, value.bytes()));
        String group = message.groupId();
        String form = form(bytes(message.body()), group == null ? null : bytes(group), attributes);
        sent.put(messageId, new Sent(sent.size(), group, form));
    }

    /** The topic's next record. */
    public void read(ConsumerRecord<byte[], byte[]> record) {
        Map<String, byte[]> attributes = new TreeMap<>();
        String id = "none, at offset " + record.offset();
        for (Header header : record.headers()) {
            if (header.key().equals(MESSAGE_ID)) {
                id = new String(header.value(), StandardCharsets.UTF_8);
            } else if (!header.key().equals("sqs.sequence.number")) {
                attributes.put(header.key(), header.value());
            }
        }
        seen.add(new Seen(record.offset(), id, form(record.value(), record.key(), attributes)));
        ids.add(id);
    }

    public long sent() {
        return sent.size();
    }

    /** Different messages that were read. */
    public long distinct() {
        return ids.size();
    }

    public boolean hasRead(String messageId) {
        return ids.contains(messageId);
    }

    public Result result() {
        Set<String> once = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        List<String> examples = new ArrayList<>();
        long duplicates = 0;
        long outOfOrder = 0;
        long altered = 0;
        long foreign = 0;
        for (Seen record : seen) {
            Sent message = sent.get(record.messageId());
            if (message == null) {
                foreign++;
                example(examples, "foreign: " + record);
                continue;
            }
            if (!once.add(record.messageId())) {
                duplicates++;
                example(examples, "duplicate: " + record + " of " + message);
                continue;
            }
            if (!message.form().equals(record.form())) {
                altered++;
                example(examples, "altered: " + record + " of " + message);
            }
            if (message.group() != null) {
                Long before = last.get(message.group());
                if (before != null && message.number() < before) {
                    outOfOrder++;
                    example(examples, "out of order: " + record + " of " + message + " behind number " + before);
                } else {
                    last.put(message.group(), message.number());
                }
            }
        }
        sent.forEach((id, message) -> {
            if (!once.contains(id)) {
                example(examples, "missing: " + id + ", " + message);
            }
        });
        return new Result(
                sent.size(),
                seen.size(),
                duplicates,
                sent.size() - once.size(),
                outOfOrder,
                altered,
                foreign,
                List.copyOf(examples));
    }

    /** Short, so that megabytes are not kept: lengths and hashes. */
    private static String form(byte @Nullable [] value, byte @Nullable [] key, Map<String, byte[]> attributes) {
        StringBuilder form =
                new StringBuilder("value ").append(hash(value)).append(" key ").append(hash(key));
        attributes.forEach(
                (name, text) -> form.append(' ').append(name).append('=').append(hash(text)));
        return form.toString();
    }

    private static String hash(byte @Nullable [] bytes) {
        return bytes == null ? "null" : bytes.length + "#" + Integer.toHexString(Arrays.hashCode(bytes));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void example(List<String> examples, String text) {
        if (examples.size() < EXAMPLES) {
            examples.add(text);
        }
    }
}
