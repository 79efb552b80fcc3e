package io.fenceline.connect.sqs;

import static io.fenceline.connect.TerminalCode.UNMAPPABLE_RECORD;

import io.fenceline.connect.DecimalDigits;
import io.fenceline.connect.MisfitException;
import io.fenceline.connect.RecordId;
import io.fenceline.connect.ReservedHeaders;
import io.fenceline.s2.wire.PeerText;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.ReceivedMessage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message received from a queue, with what {@link QueueRecordForm} put into its attributes taken apart again. What another
 * sender wrote under one of our names and we would not write stays a header, so that nothing is lost; only a body whose
 * {@code kafka.encoding} cannot be undone is a misfit. Immutable; arrays are shared with the message and must not be changed.
 *
 * @param timestamp milliseconds since 1970: {@code kafka.ts}, else when SQS took the message; null if neither is known
 * @param key       {@code kafka.key}, else the message group of a FIFO queue; null if there is none
 * @param text      the value if it is text as it stands in the body; null if it is {@code bytes}, or if there is no value
 * @param bytes     the value if the body was encoded; null if it is {@code text}, or if there is no value
 * @param headers   the other attributes in their order, then {@link #MESSAGE_ID} and, on a FIFO queue that numbers its
 *                  messages, {@link #SEQUENCE_NUMBER}; each in place of an attribute of that name, which the message brought
 *                  from a queue before
 */
public record QueuedRecord(
        @Nullable Long timestamp,
        byte @Nullable [] key,
        @Nullable String text,
        byte @Nullable [] bytes,
        List<MessageAttribute> headers) {

    /** Name of the header with the id SQS gave the message. */
    public static final String MESSAGE_ID = "sqs.message.id";

    /** Name of the header with the number a FIFO queue gave the message. */
    public static final String SEQUENCE_NUMBER = "sqs.sequence.number";

    private static final byte[] EMPTY = new byte[0];

    /**
     * Takes a message apart.
     *
     * @param fifo whether its queue is a FIFO queue
     * @throws MisfitException if its body is not what its {@code kafka.encoding} says
     */
    public static QueuedRecord of(ReceivedMessage message, boolean fifo) throws MisfitException {
        List<MessageAttribute> headers = new ArrayList<>(message.attributes().size() + 2);
        Long timestamp = message.sentAt();
        byte[] key = null;
        boolean hasKey = false;
        boolean isNull = false;
        MessageAttribute encoding = null;
        for (MessageAttribute attribute : message.attributes()) {
            String name = attribute.name();
            if (name.startsWith(ReservedHeaders.PREFIX)) {
                switch (name) {
                    case QueueAttributes.ID -> {
                        if (isRecordId(attribute)) {
                            continue;
                        }
                    }
                    case QueueAttributes.TIMESTAMP -> {
                        long millis = millis(attribute);
                        if (millis >= 0) {
                            timestamp = millis;
                            continue;
                        }
                    }
                    case QueueAttributes.KEY -> {
                        hasKey = true;
                        key = key(attribute);
                        continue;
                    }
                    case QueueAttributes.NULL_VALUE -> {
                        if (isNull(attribute, message.body())) {
                            isNull = true;
                            continue;
                        }
                    }
                    case QueueAttributes.ENCODING -> {
                        encoding = attribute;
                        continue;
                    }
                    default -> {
                        // a name of another version of ours, or of somebody else's
                    }
                }
            } else if (name.equals(MESSAGE_ID) || fifo && name.equals(SEQUENCE_NUMBER)) {
                continue;
            }
            headers.add(attribute);
        }
        headers.add(new MessageAttribute.Text(MESSAGE_ID, message.messageId()));
        String sequenceNumber = message.sequenceNumber();
        if (fifo && sequenceNumber != null) {
            headers.add(new MessageAttribute.Text(SEQUENCE_NUMBER, sequenceNumber));
        }
        String group = message.groupId();
        if (!hasKey && fifo && group != null) {
            key = utf8(group);
        }
        boolean asItIs = encoding == null;
        return new QueuedRecord(
                timestamp,
                key,
                isNull || !asItIs ? null : message.body(),
                isNull || encoding == null ? null : decoded(message.body(), encoding),
                headers);
    }

    /** The value as bytes, text as UTF-8; null if there is none. */
    public byte @Nullable [] valueAsBytes() {
        return text == null ? bytes : utf8(text);
    }

    /**
     * The value as text; null if there is none.
     *
     * @throws MisfitException if it is not UTF-8
     */
    public @Nullable String valueAsText() throws MisfitException {
        if (bytes == null) {
            return text;
        }
        String decoded = new String(bytes, StandardCharsets.UTF_8);
        // decoding replaces what is not UTF-8, so only a result with replacements is suspect
        if (decoded.indexOf('\uFFFD') >= 0 && !Arrays.equals(utf8(decoded), bytes)) {
            throw new MisfitException(UNMAPPABLE_RECORD, "its value is not UTF-8");
        }
        return decoded;
    }

    /** The value of an attribute as the value of a header. */
    public static byte[] valueOf(MessageAttribute attribute) {
        if (attribute instanceof MessageAttribute.Binary binary) {
            return binary.value();
        }
        return utf8(textOf(attribute));
    }

    private static boolean isRecordId(MessageAttribute attribute) {
        return attribute instanceof MessageAttribute.Text id
                && RecordId.parse(id.value()).isPresent();
    }

    /** Negative if that is no timestamp of ours. */
    private static long millis(MessageAttribute attribute) {
        return attribute instanceof MessageAttribute.Number number
                ? DecimalDigits.read(number.value(), 0, number.value().length())
                : -1;
    }

    private static byte[] key(MessageAttribute attribute) {
        return attribute instanceof MessageAttribute.Text key && key.value().equals(QueueAttributes.EMPTY_KEY)
                ? EMPTY
                : valueOf(attribute);
    }

    private static boolean isNull(MessageAttribute attribute, String body) {
        return attribute instanceof MessageAttribute.Text mark
                && mark.value().equals(QueueAttributes.IS_NULL)
                && body.equals(QueueAttributes.NULL_BODY);
    }

    private static byte[] decoded(String body, MessageAttribute encoding) throws MisfitException {
        String name = encoding instanceof MessageAttribute.Text text ? text.value() : "";
        return switch (name) {
            case QueueAttributes.BASE64 -> {
                try {
                    yield Base64.getDecoder().decode(body);
                } catch (IllegalArgumentException e) {
                    throw misfit("it says that its body is base64, and it is not");
                }
            }
            case QueueAttributes.EMPTY -> {
                if (!body.equals(QueueAttributes.EMPTY)) {
                    throw misfit("it says that it stands for zero bytes, and its body is not '" + QueueAttributes.EMPTY
                            + "'");
                }
                yield EMPTY;
            }
            default ->
                throw misfit(
                        encoding instanceof MessageAttribute.Text
                                ? "'" + PeerText.brief(name) + "' is not an encoding (allowed: "
                                        + QueueAttributes.BASE64 + ", " + QueueAttributes.EMPTY + ")"
                                : "that is not text");
        };
    }

    private static MisfitException misfit(String reason) {
        return new MisfitException(UNMAPPABLE_RECORD, "its attribute " + QueueAttributes.ENCODING + ": " + reason);
    }

    private static String textOf(MessageAttribute attribute) {
        if (attribute instanceof MessageAttribute.Text text) {
            return text.value();
        }
        if (attribute instanceof MessageAttribute.Number number) {
            return number.value();
        }
        throw new IllegalArgumentException("not text: " + attribute.name());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
