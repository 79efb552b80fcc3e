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
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One queue by SQS's rules: what it takes, what it drops as sent before, in which order it hands out, and for how long it hides.
 * No I/O and no clock: each call is handed its moment, which never goes back. Not thread-safe.
 */
final class QueueModel {

    /** Fixed, and counted from the send that was accepted (API reference, MessageDeduplicationId). */
    static final long DEDUPLICATION_MILLIS = 5 * 60_000;

    /** How long an attempt to receive can be repeated (API reference, ReceiveRequestAttemptId). */
    static final long ATTEMPT_MILLIS = 5 * 60_000;

    /** Longest time a message is hidden, counted from its receive (API reference, ChangeMessageVisibility). */
    static final int LONGEST_VISIBILITY_SECONDS = 12 * 60 * 60;

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
        long lastReceived;
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

    /** A message as an attempt gave it out: with that handle, hidden until then. */
    private record Given(Held message, String handle, long visibleAt) {
        /** Nobody received it since. */
        boolean isNewest() {
            return message.handle.equals(handle);
        }
    }

    private record Attempt(List<Given> given, long at) {}

    private final String name;
    private final Map<String, String> attributes;
    private final long created;
    private final List<Held> held = new ArrayList<>();
    private final List<QueuedMessage> everStored = new ArrayList<>();
    private final Map<String, Held> handles = new HashMap<>();
    private final Map<String, Accepted> remembered = new HashMap<>();
    private final Map<String, Attempt> attempts = new HashMap<>();
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

    /**
     * @param attemptId FIFO: within five minutes the same one gives the same messages with the same handles, hidden anew, as long
     *                  as their time is not over and none was deleted or hidden for another time; empty without one
     * @param isGiven   asked of each message that is about to be given out; false leaves it where it is
     * @throws RefusedCall if the attempt cannot be repeated, for something was done to its messages
     */
    List<Delivered> receive(
            int most, @Nullable Integer visibilitySeconds, String attemptId, long now, Predicate<QueuedMessage> isGiven)
            throws RefusedCall {
        if (!attemptId.isEmpty() && !isFifo()) {
            throw RefusedCall.invalid("The request includes a parameter that is not valid for this queue type.");
        }
        if (!attemptId.isEmpty() && !TOKEN.matcher(attemptId).matches()) {
            throw RefusedCall.invalid(
                    "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1"
                            + " to 128 in length");
        }
        long until = now + 1000L * (visibilitySeconds == null ? number("VisibilityTimeout", 30) : visibilitySeconds);
        Attempt before = attempts.get(attemptId);
        if (before != null && now <= before.at + ATTEMPT_MILLIS) {
            if (before.given.stream()
                    .anyMatch(given -> !held.contains(given.message)
                            || given.isNewest() && given.message.visibleAt != given.visibleAt)) {
                throw RefusedCall.invalid("Value " + attemptId + " for parameter ReceiveRequestAttemptId is invalid."
                        + " Reason: The messages of this attempt have been changed.");
            }
            if (before.given.stream().allMatch(given -> given.isNewest() && given.visibleAt > now)) {
                before.given.forEach(given -> given.message.visibleAt = until);
                List<Held> again = before.given.stream().map(Given::message).toList();
                attempts.put(attemptId, attempt(again, before.at));
                return delivered(again);
            }
        }
        List<Held> given = give(most, until, now, isGiven);
        if (!attemptId.isEmpty() && !given.isEmpty()) {
            attempts.put(attemptId, attempt(given, now));
        }
        return delivered(given);
    }

    private List<Held> give(int most, long until, long now, Predicate<QueuedMessage> isGiven) {
        Set<String> locked = new HashSet<>();
        List<Held> given = new ArrayList<>();
        for (Held message : held) {
            if (given.size() == most) {
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
            if (!isGiven.test(message.message)) {
                locked.add(group);
                continue;
            }
            message.visibleAt = until;
            message.receives++;
            message.lastReceived = now;
            if (message.receives == 1) {
                message.firstReceived = now;
            }
            message.handle = message.id + "#" + message.receives;
            handles.put(message.handle, message);
            given.add(message);
        }
        return given;
    }

    private static Attempt attempt(List<Held> given, long at) {
        return new Attempt(
                given.stream()
                        .map(message -> new Given(message, message.handle, message.visibleAt))
                        .toList(),
                at);
    }

    private static List<Delivered> delivered(List<Held> given) {
        return given.stream()
                .map(message -> new Delivered(message.message, message.handle, message.receives, message.firstReceived))
                .toList();
    }

    /**
     * On a standard queue a handle of an earlier receive is answered with success and has no effect; a FIFO queue refuses a
     * handle whose time is over.
     */
    void delete(String handle, long now) throws RefusedCall {
        Held known = requireKnown(handle);
        boolean newest = known.handle.equals(handle);
        if (isFifo() && held.contains(known) && (!newest || known.visibleAt <= now)) {
            throw expired(handle);
        }
        if (newest) {
            held.remove(known);
        }
    }

    /** Counts from now; the whole time since the receive is limited, and a FIFO queue calls a handle expired. */
    void changeVisibility(String handle, int seconds, long now) throws RefusedCall {
        Held known = requireKnown(handle);
        if (seconds < 0 || seconds > LONGEST_VISIBILITY_SECONDS) {
            throw RefusedCall.invalid("Value " + seconds + " for parameter VisibilityTimeout is invalid.");
        }
        if (!held.contains(known) || !known.handle.equals(handle) || known.visibleAt <= now) {
            throw isFifo() && held.contains(known)
                    ? expired(handle)
                    : RefusedCall.ofBatch("MessageNotInflight", "The message is not in flight.");
        }
        long until = now + 1000L * seconds;
        if (until > known.lastReceived + 1000L * LONGEST_VISIBILITY_SECONDS) {
            throw RefusedCall.invalid("Value " + seconds + " for parameter VisibilityTimeout is invalid. Reason: Total"
                    + " VisibilityTimeout for the message is beyond the limit [" + LONGEST_VISIBILITY_SECONDS
                    + " seconds].");
        }
        known.visibleAt = until;
    }

    private static RefusedCall expired(String handle) {
        return RefusedCall.invalid(
                "Value " + handle + " for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.");
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
