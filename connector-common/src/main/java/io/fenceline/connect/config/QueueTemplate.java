package io.fenceline.connect.config;

import io.fenceline.s2.EndpointText;
import io.fenceline.sqs.QueueUrl;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;

/**
 * {@code sqs.queue.url}: the queue of a topic. Knows {@code ${topic}}, the original one, in the queue's name: host and account are
 * the same for all topics, and so is whether the queues are FIFO queues. Immutable.
 */
public final class QueueTemplate implements QueueSite {

    public static final String ALLOWED = QueueUrl.ALLOWED + "; the placeholder ${topic} may stand in the queue's name";

    private static final String TOPIC = "${topic}";
    private static final String FIFO = ".fifo";
    /** A topic that fits wherever one does. */
    private static final String SAMPLE = "t";

    private final String key;
    private final String text;
    /** As {@link Placeholders#split} gives them. */
    private final List<String> parts;

    private final QueueUrl sample;

    private QueueTemplate(String key, String text, List<String> parts, QueueUrl sample) {
        this.key = key;
        this.text = text;
        this.parts = parts;
        this.sample = sample;
    }

    /** @throws ConfigException if {@code text} is not such a template; the message names {@code key} */
    public static QueueTemplate parse(String key, String text) {
        List<String> parts;
        try {
            parts = Placeholders.split(text, List.of(TOPIC));
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()));
        }
        if (text.lastIndexOf('/') > text.indexOf(TOPIC) && parts.contains(TOPIC)) {
            throw refused(key, text, TOPIC + " stands before the queue's name");
        }
        try {
            return new QueueTemplate(key, text, parts, QueueUrl.parse(fill(parts, SAMPLE)));
        } catch (IllegalArgumentException e) {
            throw refused(key, text, String.valueOf(e.getMessage()));
        }
    }

    /**
     * The queue of a topic.
     *
     * @throws ConfigException if what comes out is no queue's URL, e.g. because the topic's name has a dot or is too long, or if
     *     it is a FIFO queue where the template's are not
     */
    public QueueUrl queueFor(String topic) {
        String url = fill(parts, topic);
        QueueUrl queue;
        try {
            queue = QueueUrl.parse(url);
        } catch (IllegalArgumentException e) {
            throw refusedFor(topic, url, String.valueOf(e.getMessage()));
        }
        if (queue.isFifo() != isFifo()) {
            throw refusedFor(
                    topic,
                    url,
                    "it is a FIFO queue, and those of other topics are standard queues; one connector writes to queues of"
                            + " one kind");
        }
        return queue;
    }

    /** Whether the template's own text ends in {@code .fifo}: what topics are called does not decide it. */
    public boolean isFifo() {
        return text.endsWith(FIFO);
    }

    /** Whether topics have queues of their own. */
    public boolean usesTopic() {
        return parts.contains(TOPIC);
    }

    /** Of all of its queues. */
    @Override
    public URI endpoint() {
        return sample.endpoint();
    }

    /** A queue of it, which need not exist if {@link #usesTopic topics have queues of their own}. */
    QueueUrl anyQueue() {
        return sample;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public Optional<String> region() {
        return sample.region();
    }

    private static String fill(List<String> parts, String topic) {
        StringBuilder filled = new StringBuilder();
        for (String part : parts) {
            filled.append(part.equals(TOPIC) ? topic : part);
        }
        return filled.toString();
    }

    private ConfigException refusedFor(String topic, String url, String problem) {
        return new ConfigException("Invalid value " + text + " for configuration " + key + ": it gives topic '" + topic
                + "' the queue URL " + url + ": " + problem + "; allowed: " + ALLOWED);
    }

    private static ConfigException refused(String key, String text, String problem) {
        return new ConfigException("Invalid value " + shown(text) + " for configuration " + key + ": " + problem
                + "; allowed: " + ALLOWED);
    }

    /** Somebody may have written a password into it. */
    private static String shown(String text) {
        return text.indexOf('@') >= 0 || text.indexOf('?') >= 0 || !text.contains("://")
                ? EndpointText.printable(text)
                : text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QueueTemplate that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
