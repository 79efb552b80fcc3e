package io.fenceline.systemtests;

import io.fenceline.testkit.history.TopicHistory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** What a {@code read_committed} reader sees in a topic, in a form in which two topics can be compared. */
final class TopicContents {

    private TopicContents() {}

    /** Per partition, in order: everything of a record but its offset. */
    static Map<Integer, List<String>> of(Cluster cluster, String topic) {
        Map<Integer, List<String>> contents = new TreeMap<>();
        TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> contents.computeIfAbsent(
                        record.partition(), p -> new ArrayList<>())
                .add(describe(record)));
        return contents;
    }

    private static String describe(ConsumerRecord<byte[], byte[]> record) {
        StringBuilder text = new StringBuilder();
        text.append(record.timestamp())
                .append(' ')
                .append(hash(record.key()))
                .append(' ')
                .append(hash(record.value()));
        for (Header header : record.headers()) {
            text.append(' ').append(header.key()).append('=').append(hash(header.value()));
        }
        return text.toString();
    }

    private static String hash(byte[] bytes) {
        return bytes == null ? "null" : bytes.length + ":" + Arrays.hashCode(bytes);
    }
}
