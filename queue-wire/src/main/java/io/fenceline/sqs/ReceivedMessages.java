package io.fenceline.sqs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageRequest;
import software.amazon.awssdk.services.sqs.model.ReceiveMessageResponse;

/** One {@code ReceiveMessage}, and its answer as messages of ours. */
final class ReceivedMessages {

    /** Why an answer is not one of SQS's. */
    static final class Senseless extends Exception {

        private static final long serialVersionUID = 1L;

        /** @param what is wrong, behind "answered 200" */
        Senseless(String what) {
            super(what, null, false, false);
        }
    }

    private ReceivedMessages() {}

    static ReceiveMessageRequest request(QueueUrl queue, ReceiveRequest request) {
        return ReceiveMessageRequest.builder()
                .queueUrl(queue.text())
                .maxNumberOfMessages(request.maxMessages())
                .waitTimeSeconds((int) request.waitTime().toSeconds())
                .visibilityTimeout((int) request.visibility().toSeconds())
                .receiveRequestAttemptId(request.attemptId())
                .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                .messageAttributeNames("All")
                .build();
    }

    /**
     * The messages of an answer, in its order. One that cannot be right makes all of it senseless: a message without its id cannot
     * be told from another, one without a handle not be deleted, one of a FIFO queue without its group not be kept in order, and
     * one whose MD5 is another's is not what was sent. What came in such an answer comes again when its time is over.
     */
    static List<ReceivedMessage> read(QueueUrl queue, ReceiveRequest request, ReceiveMessageResponse response)
            throws Senseless {
        List<Message> messages = response.messages();
        if (messages.size() > request.maxMessages()) {
            throw new Senseless(
                    "with " + messages.size() + " messages where " + request.maxMessages() + " were asked for at most");
        }
        if (messages.isEmpty()) {
            return List.of();
        }
        MessageDigests digests = MessageDigests.create();
        var read = new ArrayList<ReceivedMessage>(messages.size());
        for (Message message : messages) {
            read.add(read(queue, message, digests));
        }
        return List.copyOf(read);
    }

    private static ReceivedMessage read(QueueUrl queue, Message message, MessageDigests digests) throws Senseless {
        String id = message.messageId();
        if (id == null || id.isEmpty()) {
            throw new Senseless("with a message without its MessageId");
        }
        String handle = message.receiptHandle();
        if (handle == null || handle.isEmpty()) {
            throw new Senseless("with message " + ErrorText.brief(id) + " without its ReceiptHandle");
        }
        String body = message.body();
        if (body == null) {
            throw new Senseless("with message " + ErrorText.brief(id) + " without its Body");
        }
        Map<String, String> system = message.attributesAsStrings();
        String group = system.get("MessageGroupId");
        if (queue.isFifo() && group == null) {
            throw new Senseless(
                    "with message " + ErrorText.brief(id)
                            + " of a FIFO queue without its MessageGroupId; the server may not know MessageSystemAttributeNames");
        }
        // the SDK keeps no order of the answer's
        SortedMap<String, MessageAttributeValue> values = new TreeMap<>(message.messageAttributes());
        boolean sameBody = digests.isBody(body, message.md5OfBody());
        if (!sameBody || !digests.areAttributes(values, message.md5OfMessageAttributes())) {
            throw new Senseless("with message " + ErrorText.brief(id) + ", whose "
                    + (sameBody ? "attributes have" : "body has") + " another MD5 than it gives");
        }
        var attributes = new ArrayList<MessageAttribute>(values.size());
        for (Map.Entry<String, MessageAttributeValue> value : values.entrySet()) {
            attributes.add(attribute(id, value.getKey(), value.getValue()));
        }
        Long receives = number(id, system, "ApproximateReceiveCount");
        return new ReceivedMessage(
                id,
                handle,
                body,
                attributes,
                group,
                system.get("SequenceNumber"),
                number(id, system, "SentTimestamp"),
                receives == null ? 1 : (int) Math.max(1, Math.min(Integer.MAX_VALUE, receives)));
    }

    private static MessageAttribute attribute(String id, String name, MessageAttributeValue value) throws Senseless {
        String type = value.dataType();
        if (isOf("Binary", type) && value.binaryValue() != null) {
            // nobody else has the array
            return new MessageAttribute.Binary(name, value.binaryValue().asByteArrayUnsafe());
        }
        if (isOf("Number", type) && value.stringValue() != null) {
            return new MessageAttribute.Number(name, value.stringValue());
        }
        if (isOf("String", type) && value.stringValue() != null) {
            return new MessageAttribute.Text(name, value.stringValue());
        }
        throw new Senseless("with message " + ErrorText.brief(id) + ", whose attribute " + ErrorText.brief(name)
                + " is of type " + ErrorText.brief(type) + " or has no value of it");
    }

    /** SQS's types may have a label behind a dot (developer guide, "Message attributes"). */
    private static boolean isOf(String kind, @Nullable String type) {
        return type != null
                && type.startsWith(kind)
                && (type.length() == kind.length() || type.charAt(kind.length()) == '.');
    }

    private static @Nullable Long number(String id, Map<String, String> system, String name) throws Senseless {
        String value = system.get(name);
        if (value == null) {
            return null;
        }
        try {
            return Long.valueOf(value);
        } catch (NumberFormatException e) {
            throw new Senseless("with message " + ErrorText.brief(id) + ", whose " + name + " is not a number: "
                    + ErrorText.brief(value));
        }
    }
}
