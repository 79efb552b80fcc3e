package io.fenceline.testkit.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The account of one server: its queues, and what SQS answers to each operation. No I/O and no clock; each call is handed its
 * moment. Not thread-safe.
 */
public final class QueueService {

    public static final String ACCOUNT = "000000000000";
    public static final String JSON_TYPE = "application/x-amz-json-1.0";

    /** A deleted queue's name is free again after that long (API reference, DeleteQueue). */
    private static final long NAME_RESTS_MILLIS = 60_000;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo");
    private static final Pattern ENTRY_ID = Pattern.compile("[A-Za-z0-9_-]{1,80}");

    private final Map<String, QueueModel> queues = new LinkedHashMap<>();
    private final Map<String, Long> deleted = new HashMap<>();
    private final Map<String, List<QueuedMessage>> storedBefore = new HashMap<>();

    /**
     * Serves a request and says what SQS answers.
     *
     * @param base      what queue URLs begin with
     * @param faults    what goes wrong with parts of a request that is well
     */
    public Http1Message serve(String operation, JsonNode request, URI base, long now, EntryFaults faults) {
        try {
            ObjectNode answer =
                    switch (operation) {
                        case "CreateQueue" -> createQueue(request, base, now);
                        case "GetQueueUrl" ->
                            url(base, existing(request.path("QueueName").asText()));
                        case "ListQueues" -> listQueues(request, base);
                        case "DeleteQueue" -> deleteQueue(request, now);
                        case "PurgeQueue" -> purgeQueue(request);
                        case "GetQueueAttributes" -> getAttributes(request, now);
                        case "SetQueueAttributes" -> setAttributes(request);
                        case "SendMessageBatch" -> send(request, now, faults);
                        case "ReceiveMessage" -> receive(request, now, faults);
                        case "DeleteMessageBatch" ->
                            eachHandle(operation, request, faults, (queue, entry) -> queue.delete(entry.handle(), now));
                        case "ChangeMessageVisibilityBatch" ->
                            eachHandle(operation, request, faults, (queue, entry) -> {
                                if (entry.visibilitySeconds() == null) {
                                    throw RefusedCall.missing("VisibilityTimeout");
                                }
                                queue.changeVisibility(entry.handle(), entry.visibilitySeconds(), now);
                            });
                        default ->
                            throw new RefusedCall(
                                    "UnknownOperationException", "The operation " + operation + " is not served here.");
                    };
            return Http1Message.answer(200, JSON_TYPE, answer.toString().getBytes(StandardCharsets.UTF_8));
        } catch (RefusedCall e) {
            return error(400, e.code(), e.queryCode(), e.message());
        }
    }

    public static Http1Message error(int status, String code, String queryCode, String message) {
        ObjectNode body = SqsCalls.object().put("__type", "com.amazonaws.sqs#" + code);
        body.put("message", message);
        return Http1Message.answer(
                status,
                JSON_TYPE,
                body.toString().getBytes(StandardCharsets.UTF_8),
                "x-amzn-query-error: " + queryCode + ";" + (status < 500 ? "Sender" : "Receiver"),
                "x-amzn-RequestId: 00000000-0000-0000-0000-000000000000");
    }

    // ---- queues

    private ObjectNode createQueue(JsonNode request, URI base, long now) throws RefusedCall {
        String name = request.path("QueueName").asText();
        Map<String, String> attributes = new LinkedHashMap<>();
        request.path("Attributes")
                .properties()
                .forEach(
                        field -> attributes.put(field.getKey(), field.getValue().asText()));
        if (!NAME.matcher(name).matches()
                || QueueModel.isFifoName(name) != "true".equals(attributes.get("FifoQueue"))) {
            throw RefusedCall.invalid(
                    "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length,"
                            + " and .fifo at the end of a FIFO queue's name alone");
        }
        QueueModel queue = queues.get(name);
        if (queue == null) {
            create(name, attributes, now);
        } else if (!queue.hasAttributes(attributes)) {
            throw new RefusedCall(
                    "QueueNameExists",
                    "A queue already exists with the same name and a different value for an attribute");
        }
        return url(base, name);
    }

    public void create(String name, Map<String, String> attributes, long now) throws RefusedCall {
        Long gone = deleted.get(name);
        if (gone != null && now < gone + NAME_RESTS_MILLIS) {
            throw RefusedCall.deletedRecently();
        }
        queues.put(name, new QueueModel(name, attributes, now));
    }

    private static ObjectNode url(URI base, String name) {
        return SqsCalls.object().put("QueueUrl", base + "/" + ACCOUNT + "/" + name);
    }

    private String existing(String name) throws RefusedCall {
        if (!queues.containsKey(name)) {
            throw RefusedCall.noQueue();
        }
        return name;
    }

    private ObjectNode listQueues(JsonNode request, URI base) {
        ObjectNode answer = SqsCalls.object();
        ArrayNode urls = answer.putArray("QueueUrls");
        queues.keySet().stream()
                .filter(name -> name.startsWith(request.path("QueueNamePrefix").asText()))
                .forEach(name -> urls.add(url(base, name).get("QueueUrl")));
        return answer;
    }

    private ObjectNode deleteQueue(JsonNode request, long now) throws RefusedCall {
        delete(existing(nameOf(request)), now);
        return SqsCalls.object();
    }

    public void delete(String name, long now) {
        QueueModel gone = queues.remove(name);
        if (gone != null) {
            deleted.put(name, now);
            storedBefore.computeIfAbsent(name, unseen -> new ArrayList<>()).addAll(gone.everStored());
        }
    }

    private ObjectNode purgeQueue(JsonNode request) throws RefusedCall {
        queue(request).purge();
        return SqsCalls.object();
    }

    private ObjectNode getAttributes(JsonNode request, long now) throws RefusedCall {
        Map<String, String> all = queue(request).attributes(now);
        ObjectNode answer = SqsCalls.object();
        ObjectNode target = answer.putObject("Attributes");
        for (JsonNode wanted : request.path("AttributeNames")) {
            String name = wanted.asText();
            if (name.equals("All")) {
                all.forEach(target::put);
            } else if (all.containsKey(name)) {
                target.put(name, all.get(name));
            }
        }
        return answer;
    }

    private ObjectNode setAttributes(JsonNode request) throws RefusedCall {
        QueueModel queue = queue(request);
        Map<String, String> changed = new LinkedHashMap<>();
        request.path("Attributes")
                .properties()
                .forEach(field -> changed.put(field.getKey(), field.getValue().asText()));
        queue.setAttributes(changed);
        return SqsCalls.object();
    }

    /** The queue a request is about: the last part of its URL, empty if it has none. */
    public static String nameOf(JsonNode request) {
        String url = request.path("QueueUrl").asText();
        return request.has("QueueName") ? request.path("QueueName").asText() : url.substring(url.lastIndexOf('/') + 1);
    }

    private QueueModel queue(JsonNode request) throws RefusedCall {
        QueueModel queue = queues.get(nameOf(request));
        if (queue == null) {
            throw RefusedCall.noQueue();
        }
        return queue;
    }

    /** Everything a queue of that name ever stored, in order, also one that was deleted since. */
    public List<QueuedMessage> everStored(String name) {
        List<QueuedMessage> all = new ArrayList<>(storedBefore.getOrDefault(name, List.of()));
        QueueModel queue = queues.get(name);
        if (queue != null) {
            all.addAll(queue.everStored());
        }
        return all;
    }

    // ---- messages

    public static List<SentEntry> entries(JsonNode request) {
        List<SentEntry> entries = new ArrayList<>();
        request.path("Entries").forEach(entry -> entries.add(SentEntry.read(entry)));
        return entries;
    }

    private ObjectNode send(JsonNode request, long now, EntryFaults faults) throws RefusedCall {
        QueueModel queue = queue(request);
        List<SentEntry> entries = entries(request);
        requireBatch(entries.stream().map(SentEntry::id).toList());
        long size = entries.stream().mapToLong(SentEntry::size).sum();
        if (size > QueueModel.MOST_BYTES) {
            throw RefusedCall.ofBatch(
                    "BatchRequestTooLong",
                    "Batch requests cannot be longer than " + QueueModel.MOST_BYTES + " bytes. You have sent " + size
                            + " bytes.");
        }
        SendAnswer answer = new SendAnswer();
        for (SentEntry entry : entries) {
            EntryFault fault = faults.of(entry);
            if (fault != null) {
                serve(queue, entry, fault, now, answer);
                continue;
            }
            try {
                answer.successful(entry, entry.id(), queue.send(entry, now));
            } catch (RefusedCall e) {
                answer.failed(entry, e.code(), e.message(), true);
            }
        }
        return answer.json;
    }

    private static void serve(QueueModel queue, SentEntry entry, EntryFault fault, long now, SendAnswer answer)
            throws RefusedCall {
        if (fault instanceof EntryFault.Failed failed) {
            if (failed.applied()) {
                queue.send(entry, now);
            }
            answer.failed(entry, failed.code(), failed.message(), failed.senderFault());
        } else if (fault instanceof EntryFault.Unlisted unlisted) {
            if (unlisted.applied()) {
                queue.send(entry, now);
            }
        } else if (fault instanceof EntryFault.ListedTwice) {
            QueuedMessage stored = queue.send(entry, now);
            answer.successful(entry, entry.id(), stored);
            answer.successful(entry, entry.id(), stored);
        } else if (fault instanceof EntryFault.ListedAsBoth) {
            answer.successful(entry, entry.id(), queue.send(entry, now));
            answer.failed(entry, "InternalError", "Listed as both.", false);
        } else if (fault instanceof EntryFault.WrongDigest) {
            answer.successful(entry, entry.id(), queue.send(entry, now))
                    .put("MD5OfMessageBody", SqsMd5.ofText(entry.body() + "?"));
        } else if (fault instanceof EntryFault.ForeignId) {
            answer.successful(entry, "foreign", queue.send(entry, now));
        } else {
            throw new IllegalStateException("unknown fault " + fault);
        }
    }

    /** The two lists of an answer. */
    private static final class SendAnswer {
        final ObjectNode json = SqsCalls.object();
        private final ArrayNode successful = json.putArray("Successful");
        private final ArrayNode failed = json.putArray("Failed");

        ObjectNode successful(SentEntry entry, String id, QueuedMessage stored) {
            ObjectNode listed = successful
                    .addObject()
                    .put("Id", id)
                    .put("MessageId", stored.messageId())
                    .put("MD5OfMessageBody", SqsMd5.ofText(entry.body()));
            if (!entry.attributes().isEmpty()) {
                listed.put("MD5OfMessageAttributes", SqsMd5.ofAttributes(entry.attributes()));
            }
            if (stored.sequenceNumber() != null) {
                listed.put("SequenceNumber", stored.sequenceNumber());
            }
            return listed;
        }

        void failed(SentEntry entry, String code, String message, boolean senderFault) {
            failed.addObject()
                    .put("Id", entry.id())
                    .put("Code", code)
                    .put("Message", message)
                    .put("SenderFault", senderFault);
        }
    }

    private static void requireBatch(List<String> ids) throws RefusedCall {
        if (ids.isEmpty()) {
            throw RefusedCall.ofBatch("EmptyBatchRequest", "There should be at least one entry in the request.");
        }
        if (ids.size() > 10) {
            throw RefusedCall.ofBatch(
                    "TooManyEntriesInBatchRequest",
                    "Maximum number of entries per request are 10. You have sent " + ids.size() + ".");
        }
        Set<String> distinct = new HashSet<>();
        for (String id : ids) {
            if (!ENTRY_ID.matcher(id).matches()) {
                throw RefusedCall.ofBatch(
                        "InvalidBatchEntryId",
                        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be"
                                + " at most 80 letters long.");
            }
            if (!distinct.add(id)) {
                throw RefusedCall.ofBatch("BatchEntryIdsNotDistinct", "Id " + id + " repeated.");
            }
        }
    }

    private ObjectNode receive(JsonNode request, long now, EntryFaults faults) throws RefusedCall {
        QueueModel queue = queue(request);
        int most = request.path("MaxNumberOfMessages").asInt(1);
        if (most < 1 || most > 10) {
            throw RefusedCall.invalid("Value " + most + " for parameter MaxNumberOfMessages is invalid. Reason: Must be"
                    + " between 1 and 10, if provided.");
        }
        Integer visibility = request.hasNonNull("VisibilityTimeout")
                ? (Integer) request.get("VisibilityTimeout").asInt()
                : null;
        Set<String> system = names(request, "MessageSystemAttributeNames", "AttributeNames");
        Set<String> wanted = names(request, "MessageAttributeNames");
        ObjectNode answer = SqsCalls.object();
        ArrayNode messages = answer.putArray("Messages");
        String attemptId = request.path("ReceiveRequestAttemptId").asText("");
        // a fault is asked for once a message, when it is about to be given out
        IdentityHashMap<QueuedMessage, EntryFault> struck = new IdentityHashMap<>();
        List<QueueModel.Delivered> deliveries =
                queue.receive(most, visibility, attemptId, now, message -> isGivenOut(message, faults, struck));
        for (QueueModel.Delivered delivered : deliveries) {
            EntryFault fault = struck.get(delivered.message());
            if (fault instanceof EntryFault.Unlisted) {
                continue;
            }
            ObjectNode listed = messages.addObject();
            write(listed, delivered, system, wanted);
            if (fault instanceof EntryFault.WrongDigest) {
                listed.put("MD5OfBody", SqsMd5.ofText(delivered.message().body() + "?"));
            } else if (fault instanceof EntryFault.ListedTwice) {
                messages.add(listed.deepCopy());
            } else if (fault != null) {
                throw new IllegalStateException("a message cannot be given out with " + fault);
            }
        }
        return answer;
    }

    private static boolean isGivenOut(
            QueuedMessage message, EntryFaults faults, IdentityHashMap<QueuedMessage, EntryFault> struck) {
        EntryFault fault = faults.of(message);
        if (fault != null) {
            struck.put(message, fault);
        }
        return !(fault instanceof EntryFault.Unlisted unlisted) || unlisted.applied();
    }

    private static Set<String> names(JsonNode request, String... fields) {
        Set<String> names = new HashSet<>();
        for (String field : fields) {
            request.path(field).forEach(name -> names.add(name.asText()));
        }
        return names;
    }

    private static void write(ObjectNode json, QueueModel.Delivered delivered, Set<String> system, Set<String> wanted) {
        QueuedMessage message = delivered.message();
        json.put("MessageId", message.messageId())
                .put("ReceiptHandle", delivered.handle())
                .put("MD5OfBody", SqsMd5.ofText(message.body()))
                .put("Body", message.body());
        Map<String, @Nullable String> all = new LinkedHashMap<>();
        all.put("SenderId", "AIDASCRIPTED");
        all.put("SentTimestamp", Long.toString(message.sent().toEpochMilli()));
        all.put("ApproximateReceiveCount", Integer.toString(delivered.receives()));
        all.put("ApproximateFirstReceiveTimestamp", Long.toString(delivered.firstReceived()));
        all.put("MessageGroupId", message.groupId());
        all.put("MessageDeduplicationId", message.deduplicationId());
        all.put("SequenceNumber", message.sequenceNumber());
        all.forEach((name, value) -> {
            if (value != null && (system.contains("All") || system.contains(name))) {
                json.withObject("/Attributes").put(name, value);
            }
        });
        Map<String, SqsAttribute> attributes = new LinkedHashMap<>();
        message.attributes().forEach((name, value) -> {
            if (isWanted(name, wanted)) {
                attributes.put(name, value);
            }
        });
        if (!attributes.isEmpty()) {
            json.put("MD5OfMessageAttributes", SqsMd5.ofAttributes(attributes));
            ObjectNode target = json.putObject("MessageAttributes");
            attributes.forEach((name, value) -> value.write(target.putObject(name)));
        }
    }

    private static boolean isWanted(String name, Set<String> wanted) {
        return wanted.contains("All")
                || wanted.contains(".*")
                || wanted.contains(name)
                || wanted.stream()
                        .anyMatch(prefix ->
                                prefix.endsWith(".*") && name.startsWith(prefix.substring(0, prefix.length() - 1)));
    }

    private interface HandleCall {
        void on(QueueModel queue, HandleEntry entry) throws RefusedCall;
    }

    private ObjectNode eachHandle(String operation, JsonNode request, EntryFaults faults, HandleCall call)
            throws RefusedCall {
        QueueModel queue = queue(request);
        List<HandleEntry> entries = HandleEntry.readAll(request);
        requireBatch(entries.stream().map(HandleEntry::id).toList());
        HandleAnswer answer = new HandleAnswer();
        for (HandleEntry entry : entries) {
            EntryFault fault = faults.of(operation, entry);
            boolean applied = !(fault instanceof EntryFault.Failed failed && !failed.applied()
                    || fault instanceof EntryFault.Unlisted unlisted && !unlisted.applied());
            try {
                if (applied) {
                    call.on(queue, entry);
                }
            } catch (RefusedCall e) {
                answer.failed(entry.id(), e.code(), e.message(), true);
                continue;
            }
            answer.list(entry.id(), fault);
        }
        return answer.json;
    }

    /** The two lists of an answer about handles. */
    private static final class HandleAnswer {
        final ObjectNode json = SqsCalls.object();
        private final ArrayNode successful = json.putArray("Successful");
        private final ArrayNode failed = json.putArray("Failed");

        void list(String id, @Nullable EntryFault fault) {
            if (fault == null) {
                successful(id);
            } else if (fault instanceof EntryFault.Failed as) {
                failed(id, as.code(), as.message(), as.senderFault());
            } else if (fault instanceof EntryFault.ListedTwice) {
                successful(id);
                successful(id);
            } else if (fault instanceof EntryFault.ListedAsBoth) {
                successful(id);
                failed(id, "InternalError", "Listed as both.", false);
            } else if (fault instanceof EntryFault.ForeignId) {
                successful("foreign");
            } else if (!(fault instanceof EntryFault.Unlisted)) {
                throw new IllegalStateException("a handle cannot be served with " + fault);
            }
        }

        private void successful(String id) {
            successful.addObject().put("Id", id);
        }

        void failed(String id, String code, String message, boolean senderFault) {
            failed.addObject()
                    .put("Id", id)
                    .put("Code", code)
                    .put("Message", message)
                    .put("SenderFault", senderFault);
        }
    }
}
