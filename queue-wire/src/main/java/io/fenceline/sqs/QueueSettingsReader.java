package io.fenceline.sqs;

import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code GetQueueAttributes} says of a queue. */
final class QueueSettingsReader {

    private static final Pattern MAX_RECEIVE_COUNT = Pattern.compile("\"maxReceiveCount\"\\s*:\\s*\"?(\\d{1,9})\\b");

    private QueueSettingsReader() {}

    /** @throws NumberFormatException if one that is a number is none */
    static QueueSettings settings(QueueUrl queue, Map<String, String> attributes) {
        String fifo = attributes.get("FifoQueue");
        Matcher redrive = MAX_RECEIVE_COUNT.matcher(attributes.getOrDefault("RedrivePolicy", ""));
        return new QueueSettings(
                attributes.get("QueueArn"),
                fifo == null ? queue.isFifo() : Boolean.parseBoolean(fifo),
                Boolean.parseBoolean(attributes.get("ContentBasedDeduplication")),
                "messageGroup".equals(attributes.get("DeduplicationScope"))
                        ? QueueSettings.DeduplicationScope.MESSAGE_GROUP
                        : QueueSettings.DeduplicationScope.QUEUE,
                Integer.parseInt(
                        attributes.getOrDefault("MaximumMessageSize", Integer.toString(QueueSettings.LARGEST_MESSAGE))),
                Duration.ofSeconds(Integer.parseInt(attributes.getOrDefault("VisibilityTimeout", "30"))),
                redrive.find() ? OptionalInt.of(Integer.parseInt(redrive.group(1))) : OptionalInt.empty());
    }
}
