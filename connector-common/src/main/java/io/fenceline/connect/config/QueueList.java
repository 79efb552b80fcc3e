package io.fenceline.connect.config;

import io.fenceline.s2.EndpointText;
import io.fenceline.sqs.QueueUrl;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** {@code sqs.queue.urls}: the queues that are read, each once. Immutable. */
public final class QueueList implements QueueSite {

    public static final String ALLOWED = QueueUrl.ALLOWED + "; several are separated by commas, each queue once";

    private final String key;
    /** By account and name, in the order given. */
    private final Map<String, QueueUrl> queues;

    private QueueList(String key, Map<String, QueueUrl> queues) {
        this.key = key;
        this.queues = queues;
    }

    /** @throws ConfigException if one of {@code urls} is none, or two name one queue; the message names {@code key} */
    public static QueueList parse(String key, List<String> urls) {
        Map<String, QueueUrl> queues = new LinkedHashMap<>();
        for (String url : urls) {
            QueueUrl queue;
            try {
                queue = QueueUrl.parse(url);
            } catch (IllegalArgumentException e) {
                throw refused(key, url, String.valueOf(e.getMessage()));
            }
            QueueUrl before = queues.putIfAbsent(queue.identity(), queue);
            if (before != null) {
                throw refused(
                        key,
                        url,
                        before.text().equals(url)
                                ? "it is listed twice"
                                : "it is the same queue as " + before + ", since account and name are what tells queues"
                                        + " apart, and a queue has one owner");
            }
        }
        if (queues.isEmpty()) {
            throw new ConfigException(
                    "Missing required configuration " + key + ": it names no queue; allowed: " + ALLOWED);
        }
        return new QueueList(key, queues);
    }

    /** Of a configuration that is perhaps not valid: empty if there is no such list, or a placeholder is in it. */
    public static Optional<QueueList> in(Map<String, String> given, Key<?> key) {
        List<String> urls = Arrays.stream(RawValues.text(given, key).split(","))
                .map(String::strip)
                .filter(url -> !url.isEmpty())
                .toList();
        if (urls.stream().anyMatch(Validators::isUnresolved)) {
            return Optional.empty();
        }
        try {
            return Optional.of(parse(key.name(), urls));
        } catch (ConfigException e) {
            return Optional.empty(); // the key's own validator has said so
        }
    }

    /** Takes what {@link #parse} takes, and lists with a placeholder of a configuration provider that nobody has replaced. */
    public static ConfigDef.Validator validator() {
        return new ConfigDef.Validator() {
            @Override
            public void ensureValid(String key, @Nullable Object value) {
                if (value == null) {
                    return;
                }
                List<String> urls =
                        ((List<?>) value).stream().map(String::valueOf).toList();
                if (urls.stream().noneMatch(Validators::isUnresolved)) {
                    parse(key, urls);
                }
            }

            @Override
            public String toString() {
                return ALLOWED;
            }
        };
    }

    /**
     * Reports queues that one client cannot serve: it has one endpoint and signs for one region.
     *
     * @param endpoint whether {@code sqs.endpoint} is set
     * @param region   whether {@code sqs.region} is set
     */
    public void checkOneSite(boolean endpoint, boolean region, ConfigProblems problems) {
        QueueUrl first = queues.values().iterator().next();
        for (QueueUrl queue : queues.values()) {
            if (!endpoint && !origin(queue.endpoint()).equals(origin(first.endpoint()))) {
                problems.add(
                        key,
                        "Invalid value " + queue + " for configuration " + key + ": it is not at " + first.endpoint()
                                + " as " + first + " is, and a connector has one endpoint; allowed: queues of one"
                                + " endpoint, or " + SqsConnectionConfig.ENDPOINT + " for all of them");
                return;
            }
            if (!region && queue.region().isPresent() && !queue.region().equals(region())) {
                problems.add(
                        key,
                        "Invalid value " + queue + " for configuration " + key + ": its host is in region "
                                + queue.region().get() + ", and that of another queue in "
                                + region().orElse("another") + "; a connector works in one region; allowed: queues of"
                                + " one region, or " + SqsConnectionConfig.REGION + " for all of them");
                return;
            }
        }
    }

    private static String origin(URI endpoint) {
        return endpoint.toString().toLowerCase(Locale.ROOT);
    }

    /** In the order given. */
    public List<QueueUrl> queues() {
        return List.copyOf(queues.values());
    }

    /** Account and name of each, in the order given: what tasks are dealt. */
    public List<String> identities() {
        return List.copyOf(queues.keySet());
    }

    /** Those of some identities, which must be of this list, in their order. */
    public List<QueueUrl> queues(Collection<String> identities) {
        List<QueueUrl> chosen = new ArrayList<>(identities.size());
        for (String identity : identities) {
            QueueUrl queue = queues.get(identity);
            if (queue == null) {
                throw new IllegalArgumentException(identity + " is not in the list");
            }
            chosen.add(queue);
        }
        return chosen;
    }

    public boolean includes(String identity) {
        return queues.containsKey(identity);
    }

    /** Queues of different accounts with one name, by that name; empty if there are none. */
    public Map<String, List<QueueUrl>> namesakes() {
        Map<String, List<QueueUrl>> byName = new HashMap<>();
        queues.values().forEach(queue -> byName.computeIfAbsent(queue.name(), name -> new ArrayList<>())
                .add(queue));
        byName.values().removeIf(sharing -> sharing.size() < 2);
        return byName;
    }

    @Override
    public String key() {
        return key;
    }

    @Override
    public URI endpoint() {
        return queues.values().iterator().next().endpoint();
    }

    @Override
    public Optional<String> region() {
        return queues.values().stream()
                .flatMap(queue -> queue.region().stream())
                .findFirst();
    }

    private static ConfigException refused(String key, String url, String problem) {
        return new ConfigException("Invalid value "
                + (url.indexOf('@') >= 0 || url.indexOf('?') >= 0 || !url.contains("://")
                        ? EndpointText.printable(url)
                        : url)
                + " for configuration " + key + ": " + problem + "; allowed: " + ALLOWED);
    }

    @Override
    public String toString() {
        return queues.values().toString();
    }
}
