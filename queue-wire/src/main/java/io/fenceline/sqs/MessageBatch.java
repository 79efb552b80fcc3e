package io.fenceline.sqs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResultEntry;

/**
 * Messages as one {@code SendMessageBatch}, and its answer as what became of each. An entry's id is its place. Equal messages make
 * equal requests, to the order of the attributes.
 */
final class MessageBatch {

    // codes of ours, for what SQS did not say
    static final String UNLISTED = "Unlisted";
    static final String CONTRADICTION = "Contradiction";
    static final String OTHER_DIGEST = "OtherDigest";
    static final String NO_MESSAGE_ID = "NoMessageId";
    static final String NO_CODE = "NoCode";

    private MessageBatch() {}

    static SendMessageBatchRequest request(QueueUrl queue, List<OutgoingMessage> messages) {
        var entries = new ArrayList<SendMessageBatchRequestEntry>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            OutgoingMessage message = messages.get(i);
            SendMessageBatchRequestEntry.Builder entry = SendMessageBatchRequestEntry.builder()
                    .id(Integer.toString(i))
                    .messageBody(message.body())
                    .messageGroupId(message.groupId())
                    .messageDeduplicationId(message.deduplicationId());
            if (!message.attributes().isEmpty()) {
                entry.messageAttributes(attributes(message.attributes()));
            }
            entries.add(entry.build());
        }
        return SendMessageBatchRequest.builder()
                .queueUrl(queue.text())
                .entries(entries)
                .build();
    }

    private static Map<String, MessageAttributeValue> attributes(List<MessageAttribute> attributes) {
        var values = new LinkedHashMap<String, MessageAttributeValue>();
        for (MessageAttribute attribute : attributes) {
            MessageAttributeValue.Builder value = MessageAttributeValue.builder();
            if (attribute instanceof MessageAttribute.Text text) {
                value.dataType("String").stringValue(text.value());
            } else if (attribute instanceof MessageAttribute.Number number) {
                value.dataType("Number").stringValue(number.value());
            } else if (attribute instanceof MessageAttribute.Binary binary) {
                // the array is not changed by anybody
                value.dataType("Binary").binaryValue(SdkBytes.fromByteArrayUnsafe(binary.value()));
            } else {
                throw new AssertionError(attribute);
            }
            values.put(attribute.name(), value.build());
        }
        return values;
    }

    /**
     * One outcome for each message, whatever the answer says:
     *
     * <ul>
     *   <li>taken, and its digests are ours → accepted; with other digests SQS certainly holds something, but not what was sent:
     *       in doubt, since neither "accepted" nor "not accepted" is true. Sent again on a FIFO queue it is held once; a server
     *       that goes on so is stopped at;
     *   <li>failed → as {@link AnswerReader#of(BatchResultErrorEntry)} reads it;
     *   <li>listed twice with one meaning → that; with two → in doubt, for one of them may be true;
     *   <li>not listed → in doubt.
     * </ul>
     *
     * Entries that we did not send are not looked at: they say nothing of ours, and each of ours has its own line and digest.
     */
    static List<SendOutcome.Entry> outcomes(List<OutgoingMessage> messages, SendMessageBatchResponse response) {
        var outcomes = new SendOutcome.@Nullable Entry[messages.size()];
        MessageDigests digests = MessageDigests.create();
        for (SendMessageBatchResultEntry taken : response.successful()) {
            int place = place(taken.id(), outcomes.length);
            if (place >= 0) {
                outcomes[place] = both(outcomes[place], taken(messages.get(place), taken, digests));
            }
        }
        for (BatchResultErrorEntry failed : response.failed()) {
            int place = place(failed.id(), outcomes.length);
            if (place >= 0) {
                outcomes[place] = both(outcomes[place], failed(failed));
            }
        }
        var listed = new ArrayList<SendOutcome.Entry>(outcomes.length);
        for (SendOutcome.@Nullable Entry outcome : outcomes) {
            listed.add(
                    outcome != null
                            ? outcome
                            : new SendOutcome.Entry.NotTaken(
                                    QueueAnswer.SENSELESS, UNLISTED, "SQS's answer does not say what became of it"));
        }
        return List.copyOf(listed);
    }

    private static SendOutcome.Entry taken(
            OutgoingMessage message, SendMessageBatchResultEntry entry, MessageDigests digests) {
        if (entry.messageId() == null || entry.messageId().isEmpty()) {
            return new SendOutcome.Entry.NotTaken(
                    QueueAnswer.SENSELESS, NO_MESSAGE_ID, "SQS lists it as taken, without a message id");
        }
        boolean body = digests.isBody(message.body(), entry.md5OfMessageBody());
        if (!body || !digests.areAttributes(message.attributes(), entry.md5OfMessageAttributes())) {
            return new SendOutcome.Entry.NotTaken(
                    QueueAnswer.SENSELESS,
                    OTHER_DIGEST,
                    "SQS took it as message " + ErrorText.brief(entry.messageId())
                            + ", but by the MD5 it gives not with the " + (body ? "attributes" : "body")
                            + " that was sent");
        }
        return new SendOutcome.Entry.Accepted(entry.messageId(), entry.sequenceNumber());
    }

    private static SendOutcome.Entry failed(BatchResultErrorEntry entry) {
        return new SendOutcome.Entry.NotTaken(
                AnswerReader.of(entry),
                entry.code() == null ? NO_CODE : ErrorText.brief(entry.code()),
                ErrorText.brief(entry.message()));
    }

    private static SendOutcome.Entry both(SendOutcome.@Nullable Entry first, SendOutcome.Entry second) {
        if (first == null || first.equals(second)) {
            return second;
        }
        if (first instanceof SendOutcome.Entry.NotTaken one
                && second instanceof SendOutcome.Entry.NotTaken other
                && one.answer() == other.answer()) {
            return first;
        }
        return new SendOutcome.Entry.NotTaken(
                QueueAnswer.SENSELESS, CONTRADICTION, "SQS's answer lists it twice, and differently");
    }

    /** -1 for what is not one of our ids. */
    static int place(@Nullable String id, int size) {
        if (id == null || id.length() != 1) {
            return -1;
        }
        int place = id.charAt(0) - '0';
        return place >= 0 && place < size ? place : -1;
    }
}
