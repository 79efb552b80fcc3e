package io.fenceline.testkit.sqs;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One queue by SQS's rules: what it takes, what it drops as sent before, in which order it hands out, and for how long it hides.
 * No I/O and no clock: each call is handed its moment, which never goes back. Not thread-safe.
 */
final class QueueModel {

    /** Fixed, and counted from the send that was accepted (API reference, MessageDeduplicationId). */
    static final long DEDUPLICATION_MILLIS = 5 * 60_000;

    static final int MOST_BYTES = 1 << 20;

    private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final Pattern ATTRIBUTE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,256}");
    private static final Pattern RESERVED_NAME = Pattern.compile("(?i)(aws|amazon)\\..*|\\..*|.*\\.|.*\\.\\..*");
    private static final Pattern TEXT =
            Pattern.compile("[\\t\\n\\r\\x20-\\x{D7FF}\\x{E000}-\\x{FFFD}\\x{10000}-\\x{10FFFF}]*+");
    private static final Pattern TYPE = Pattern.compile("(String|Number|Binary)(\\..+)?");
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,38}(\\.\\d{1,38})?([eE][+-]?\\d{1,3})?");

    /** A message that is in the queue, or was. */
    private static final class Held {
        final QueuedMessage message;
        final String id;
        long visibleAt;
        int receives;
        long firstReceived;
        String handle = "";

        Held(QueuedMessage message, long visibleAt) {
            this.message = message;
            this.id = message.messageId();
            this.visibleAt = visibleAt;
        }
    }

    private record Accepted(QueuedMessage message, long at) {}

    /** A message as a receive gives it out. */
    record Delivered(QueuedMessage message, String handle, int receives, long firstReceived) {}

    private final String name;
    private final Map<String, String> attributes;
    private final long created;
    private final List<Held> held = new ArrayList<>();
    private final List<QueuedMessage> everStored = new ArrayList<>();
    private final Map<String, Held> handles = new HashMap<>();
    private final Map<String, Accepted> remembered = new HashMap<>();
    private long sequence = 18_850_000_000_000_000L;

    QueueModel(String name, Map<String, String> attributes, long now) {
        this.name = name;
        this.attributes = new LinkedHashMap<>(attributes);
        this.created = now;
    }

    static boolean isFifoName(String name) {
        return name.endsWith(".fifo");
    }

    boolean isFifo() {
        return isFifoName(name);
    }

    boolean hasAttributes(Map<String, String> wanted) {
        return attributes.entrySet().containsAll(wanted.entrySet());
    }

    void setAttributes(Map<String, String> changed) {
        attributes.putAll(changed);
    }

    // ---- sending

    /** The message the queue holds for this entry now, or held since a send with the same deduplication id. */
    QueuedMessage send(SentEntry entry, long now) throws RefusedCall {
        requireAllowed(entry);
        if (!isFifo()) {
            return store(entry, null, now);
        }
        String key = deduplicationKey(entry);
        Accepted before = remembered.get(key);
        if (before != null && now <= before.at + DEDUPLICATION_MILLIS) {
            return before.message;
        }
        QueuedMessage stored = store(entry, Long.toString(++sequence), now);
        remembered.put(key, new Accepted(stored, now));
        return stored;
    }

    private QueuedMessage store(SentEntry entry, @Nullable String sequenceNumber, long now) {
        QueuedMessage message = new QueuedMessage(
                UUID.randomUUID().toString(),
                entry.body(),
                entry.attributes(),
                entry.groupId(),
                isFifo() ? deduplicationId(entry) : null,
                sequenceNumber,
                Instant.ofEpochMilli(now));
        everStored.add(message);
        held.add(new Held(message, now + 1000L * number("DelaySeconds", 0)));
        return message;
    }

    private String deduplicationKey(SentEntry entry) {
        return "messageGroup".equals(attributes.get("DeduplicationScope"))
                ? entry.groupId() + "\n" + deduplicationId(entry)
                : deduplicationId(entry);
    }

    private String deduplicationId(SentEntry entry) {
        return entry.deduplicationId() != null ? entry.deduplicationId() : "body " + SqsMd5.ofText(entry.body());
    }

    private void requireAllowed(SentEntry entry) throws RefusedCall {
        if (entry.body().isEmpty()) {
            throw RefusedCall.missing("MessageBody");
        }
        requireText(entry.body());
        if (entry.groupId() == null ? isFifo() : !TOKEN.matcher(entry.groupId()).matches()) {
            throw entry.groupId() == null
                    ? RefusedCall.missing("MessageGroupId")
                    : RefusedCall.invalid(
                            "MessageGroupId can only include alphanumeric and punctuation characters. 1 to"
                                    + " 128 in length");
        }
        String id = entry.deduplicationId();
        if (id != null && !isFifo()) {
            throw RefusedCall.invalid("The request includes a parameter that is not valid for this queue type.");
        }
        if (id != null && !TOKEN.matcher(id).matches()) {
            throw RefusedCall.invalid(
                    "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1"
                            + " to 128 in length");
        }
        if (id == null && isFifo() && !"true".equals(attributes.get("ContentBasedDeduplication"))) {
            throw RefusedCall.invalid("The queue should either have ContentBasedDeduplication enabled or"
                    + " MessageDeduplicationId provided explicitly");
        }
        if (entry.attributes().size() > 10) {
            throw RefusedCall.invalid("Number of message attributes ["
                    + entry.attributes().size() + "] exceeds the allowed maximum [10].");
        }
        for (Map.Entry<String, SqsAttribute> attribute : entry.attributes().entrySet()) {
            requireAllowed(attribute.getKey(), attribute.getValue());
        }
        long most = number("MaximumMessageSize", MOST_BYTES);
        if (entry.size() > most) {
            throw RefusedCall.invalid(
                    "One or more parameters are invalid. Reason: Message must be shorter than " + most + " bytes.");
        }
    }

    private static void requireAllowed(String attribute, SqsAttribute value) throws RefusedCall {
        if (!ATTRIBUTE_NAME.matcher(attribute).matches()
                || RESERVED_NAME.matcher(attribute).matches()) {
            throw RefusedCall.invalid("Message attribute name '" + attribute + "' is invalid.");
        }
        if (!TYPE.matcher(value.type()).matches()) {
            throw RefusedCall.invalid("The type of message attribute '" + attribute + "' is invalid.");
        }
        if (value.value().isEmpty()) {
            throw RefusedCall.invalid("Message attribute '" + attribute + "' must contain a non-empty value.");
        }
        if (value.type().startsWith("Number") && !NUMBER.matcher(value.value()).matches()) {
            throw RefusedCall.invalid("Can't cast the value of message attribute '" + attribute + "' to a number.");
        }
        if (!value.isBinary()) {
            requireText(value.value());
        }
    }

    private static void requireText(String text) throws RefusedCall {
        if (!TEXT.matcher(text).matches()) {
            throw new RefusedCall(
                    "InvalidMessageContents", "Invalid binary character was found in the message body or attribute.");
        }
    }

    // ---- receiving

    List<Delivered> receive(int most, @Nullable Integer visibilitySeconds, long now) {
        long until = now + 1000L * (visibilitySeconds == null ? number("VisibilityTimeout", 30) : visibilitySeconds);
        Set<String> locked = new HashSet<>();
        List<Delivered> delivered = new ArrayList<>();
        for (Held message : held) {
            if (delivered.size() == most) {
                break;
            }
            String group = String.valueOf(message.message.groupId());
            if (message.visibleAt > now) {
                // what is ahead of it in its group may come again, what is behind it may not
                locked.add(group);
                continue;
            }
            if (isFifo() && locked.contains(group)) {
                continue;
            }
            message.visibleAt = until;
            message.receives++;
            if (message.receives == 1) {
                message.firstReceived = now;
            }
            message.handle = message.id + "#" + message.receives;
            handles.put(message.handle, message);
            delivered.add(new Delivered(message.message, message.handle, message.receives, message.firstReceived));
        }
        return delivered;
    }

    /**
     * On a standard queue a handle of an earlier receive is answered with success and has no effect; a FIFO queue refuses a
     * handle whose time is over.
     */
    void delete(String handle, long now) throws RefusedCall {
        Held known = requireKnown(handle);
        boolean newest = known.handle.equals(handle);
        if (isFifo() && held.contains(known) && (!newest || known.visibleAt <= now)) {
            throw RefusedCall.invalid("Value " + handle
                    + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.");
        }
        if (newest) {
            held.remove(known);
        }
    }

    void changeVisibility(String handle, int seconds, long now) throws RefusedCall {
        Held known = requireKnown(handle);
        if (seconds < 0 || seconds > 43_200) {
            throw RefusedCall.invalid("Value " + seconds + " for parameter VisibilityTimeout is invalid.");
        }
        if (!held.contains(known) || !known.handle.equals(handle) || known.visibleAt <= now) {
            throw RefusedCall.ofBatch("MessageNotInflight", "The message is not in flight.");
        }
        known.visibleAt = now + 1000L * seconds;
    }

    private Held requireKnown(String handle) throws RefusedCall {
        Held known = handles.get(handle);
        if (known == null) {
            throw new RefusedCall("ReceiptHandleIsInvalid", "The input receipt handle is invalid.");
        }
        return known;
    }

    void purge() {
        held.clear();
    }

    // ---- looking

    /** Everything that was ever stored, in order, also what was received and deleted since. */
    List<QueuedMessage> everStored() {
        return List.copyOf(everStored);
    }

    Map<String, String> attributes(long now) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("QueueArn", "arn:aws:sqs:us-east-1:" + QueueService.ACCOUNT + ":" + name);
        all.put("CreatedTimestamp", Long.toString(created / 1000));
        all.put("LastModifiedTimestamp", Long.toString(created / 1000));
        all.put("VisibilityTimeout", "30");
        all.put("MaximumMessageSize", Integer.toString(MOST_BYTES));
        all.put("MessageRetentionPeriod", "345600");
        all.put("DelaySeconds", "0");
        all.put("ReceiveMessageWaitTimeSeconds", "0");
        if (isFifo()) {
            all.put("FifoQueue", "true");
            all.put("ContentBasedDeduplication", "false");
            all.put("DeduplicationScope", "queue");
            all.put("FifoThroughputLimit", "perQueue");
        }
        all.putAll(attributes);
        long visible = held.stream().filter(message -> message.visibleAt <= now).count();
        long delayed = held.stream()
                .filter(message -> message.visibleAt > now && message.receives == 0)
                .count();
        all.put("ApproximateNumberOfMessages", Long.toString(visible));
        all.put("ApproximateNumberOfMessagesDelayed", Long.toString(delayed));
        all.put("ApproximateNumberOfMessagesNotVisible", Long.toString(held.size() - visible - delayed));
        return all;
    }

    private long number(String attribute, long otherwise) {
        String value = attributes.get(attribute);
        return value == null ? otherwise : Long.parseLong(value);
    }
}
