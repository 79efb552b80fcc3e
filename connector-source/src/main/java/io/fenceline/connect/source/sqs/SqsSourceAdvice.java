package io.fenceline.connect.source.sqs;

import io.fenceline.connect.config.ConnectConverters;
import io.fenceline.connect.config.RawValues;
import io.fenceline.connect.config.SqsConnectionConfig;
import io.fenceline.connect.source.ValueType;
import io.fenceline.sqs.MessageAttribute;
import io.fenceline.sqs.QueueSettings;
import io.fenceline.sqs.QueueUrl;
import io.fenceline.sqs.ReceivedMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What in a configuration, a queue or its messages works but is seldom meant. Said by the connector when it starts, and by a
 * task what it has to see a queue for. Any thread.
 */
public final class SqsSourceAdvice {

    /** A message of a task that crashes is received once more by each start: fewer receives do not outlast a few crashes. */
    private static final int LEAST_RECEIVES = 5;

    /** Attributes under which the two libraries for large messages say that the body is a pointer into S3. */
    private static final List<String> LARGE_PAYLOAD = List.of("ExtendedPayloadSize", "SQSLargePayloadSize");

    private static final String TRANSFORMS = "transforms";
    private static final String BOUNDARY = "transaction.boundary";

    private SqsSourceAdvice() {}

    /** On a connector's configuration. */
    static List<String> on(SqsSourceConfig config, Map<String, String> properties) {
        List<String> advice = new ArrayList<>();
        SqsConnectionConfig.advice(properties).ifPresent(advice::add);
        List<String> unknown = SqsSourceConfig.unknownKeys(properties);
        if (!unknown.isEmpty()) {
            advice.add("these keys mean nothing to the SQS source connector, please check their spelling: " + unknown);
        }
        unconfirmed(properties).ifPresent(advice::add);
        if (RawValues.text(properties, BOUNDARY, "poll").equalsIgnoreCase("interval")) {
            advice.add(BOUNDARY
                    + "=interval: messages are deleted when a transaction has ended, so each interval has to be"
                    + " much shorter than " + SqsSourceConfig.VISIBILITY_TIMEOUT + ", "
                    + SqsSourceConfig.MAX_HELD_MESSAGES + " and " + SqsSourceConfig.BUFFER_MAX_BYTES
                    + " limit what one interval can hold, and a message dropped by a transform is noticed late; with"
                    + " poll, the default, each poll is a transaction");
        }
        if (!SqsSourceConfig.isLedgerProof(properties)) {
            advice.add(
                    "errors.tolerance=all without exactly.once.support=required: Connect then also stores the offsets of"
                            + " records that Kafka's producer refused, so what is stored is no proof that a message was produced;"
                            + " it is not read, and a restart may produce messages again that were not deleted before");
        } else if (RawValues.text(properties, "errors.tolerance", "none").equals("all")) {
            advice.add(
                    "errors.tolerance=all: a record that a transform or a converter refuses is dropped, no dead letter queue"
                            + " keeps it, as Connect has none for sources, and " + SqsSourceConfig.ON_UNCONFIRMED_RECORD
                            + " decides what becomes of its message");
        }
        if (config.get(SqsSourceConfig.POLL_MAX_BYTES) > config.get(SqsSourceConfig.BUFFER_MAX_BYTES)) {
            advice.add(SqsSourceConfig.POLL_MAX_BYTES + "=" + config.get(SqsSourceConfig.POLL_MAX_BYTES)
                    + " is more than " + SqsSourceConfig.BUFFER_MAX_BYTES + "="
                    + config.get(SqsSourceConfig.BUFFER_MAX_BYTES)
                    + ": a poll never has more than what was received");
        }
        onTimes(config).ifPresent(advice::add);
        advice.addAll(onConverters(config, properties));
        return advice;
    }

    /** Transforms that may filter, where nobody has decided what that means. */
    static Optional<String> unconfirmed(Map<String, String> properties) {
        return RawValues.text(properties, TRANSFORMS, "").isEmpty()
                        || properties.containsKey(SqsSourceConfig.ON_UNCONFIRMED_RECORD.name())
                ? Optional.empty()
                : Optional.of(TRANSFORMS + " are configured and " + SqsSourceConfig.ON_UNCONFIRMED_RECORD
                        + " is not: a record that one of them drops stops the task with UNCONFIRMED_RECORD; set delete if"
                        + " they filter on purpose, or fail if none of them does");
    }

    /** An answer may arrive as late as the timeouts allow, and its messages are hidden from the moment SQS gave it. */
    private static Optional<String> onTimes(SqsSourceConfig config) {
        Duration late =
                config.connection().connectTimeout().plus(config.connection().requestTimeout());
        Duration visibility = config.visibility();
        return visibility.compareTo(late.multipliedBy(2)) < 0
                ? Optional.of(SqsSourceConfig.VISIBILITY_TIMEOUT + "=" + visibility.toSeconds()
                        + " is less than twice " + SqsConnectionConfig.CONNECT_TIMEOUT + " and "
                        + SqsConnectionConfig.REQUEST_TIMEOUT + " together (" + late.toMillis()
                        + " ms): on a slow connection messages come back before they can be extended or deleted, and are"
                        + " received again and again")
                : Optional.empty();
    }

    private static List<String> onConverters(SqsSourceConfig config, Map<String, String> properties) {
        boolean text = config.get(SqsSourceConfig.VALUE_TYPE) == ValueType.STRING;
        List<String> advice = new ArrayList<>(ConnectConverters.adviceOnBytes(
                properties,
                text
                        ? List.of(ConnectConverters.KEY, ConnectConverters.HEADER)
                        : List.of(ConnectConverters.KEY, ConnectConverters.VALUE, ConnectConverters.HEADER),
                "what is written to Kafka is not what is in SQS: JsonConverter and Connect's default for headers write bytes"
                        + " as base64, StringConverter writes the address of their array"));
        if (text && ConnectConverters.kind(properties, ConnectConverters.VALUE) != ConnectConverters.Kind.TEXT) {
            advice.add(SqsSourceConfig.VALUE_TYPE + "=string, and " + ConnectConverters.VALUE + " is not "
                    + ConnectConverters.STRING
                    + " in the connector's configuration: unless the worker sets it, values are not written as they are in"
                    + " SQS");
        }
        return advice;
    }

    /** On how a queue is set up; a task says it when it has asked. */
    public static List<String> on(QueueUrl queue, QueueSettings settings) {
        List<String> advice = new ArrayList<>();
        if (settings.maxReceiveCount().isPresent() && settings.maxReceiveCount().getAsInt() < LEAST_RECEIVES) {
            advice.add("queue '" + queue + "' moves a message to its dead-letter queue after "
                    + settings.maxReceiveCount().getAsInt()
                    + " receives (maxReceiveCount): each crash and each delete that"
                    + " fails takes one, and messages that Kafka has already would be moved, too, to be produced again"
                    + " when they are redriven; set it to " + LEAST_RECEIVES + " or more");
        }
        return advice;
    }

    /** Whether the body of a message is only a pointer to the real one, in S3. */
    public static boolean pointsElsewhere(ReceivedMessage message) {
        for (MessageAttribute attribute : message.attributes()) {
            if (LARGE_PAYLOAD.contains(attribute.name())) {
                return true;
            }
        }
        return false;
    }

    /** On the first message of a queue that {@link #pointsElsewhere}. */
    public static String onPointer(QueueUrl queue, String messageId) {
        return "message " + messageId + " of queue '" + queue
                + "' was sent by a library for large messages (attribute " + String.join(" or ", LARGE_PAYLOAD)
                + "): its body is a pointer to an object in S3, and this is what is written to Kafka; the object is not"
                + " fetched, and not deleted when the message is";
    }
}
