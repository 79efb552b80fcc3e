package io.fenceline.testkit.history;

import io.fenceline.testkit.S2Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/**
 * Compares a topic with its streams, one stream per partition. Every stream must hold exactly the sequence of its
 * partition: same records, same order, same bytes; that of a partition without records, nothing.
 */
public final class HistoryCheck {

    private static final int EXAMPLES = 8;

    private HistoryCheck() {}

    /** Counts over all partitions, and a few examples of each kind of violation. */
    public record Result(
            long inKafka,
            long inS2,
            long duplicates,
            long missing,
            long outOfOrder,
            long altered,
            long foreign,
            long commands,
            List<String> examples) {

        /** Whether there was something to compare, and all of it is as it must be. */
        public boolean perfect() {
            return inKafka > 0 && duplicates == 0 && missing == 0 && outOfOrder == 0 && altered == 0 && foreign == 0;
        }

        public Result requirePerfect() {
            if (!perfect()) {
                String nothing = inKafka == 0 ? "nothing was compared, there are no records in Kafka: " : "";
                throw new AssertionError(nothing + this + "\n  " + String.join("\n  ", examples));
            }
            return this;
        }

        @Override
        public String toString() {
            return "records in Kafka " + inKafka + ", records in S2 " + inS2 + ", duplicates " + duplicates
                    + ", missing " + missing + ", out of order " + outOfOrder + ", altered " + altered + ", foreign "
                    + foreign + " (command records " + commands + ")";
        }
    }

    /** @param streamOf the name of the stream of a partition */
    public static Result compare(TopicHistory topic, S2Reader reader, IntFunction<String> streamOf) {
        Comparison comparison = new Comparison();
        topic.partitions()
                .forEach((partition, expected) ->
                        comparison.partition(topic.topic(), partition, expected, reader, streamOf.apply(partition)));
        return comparison.result(topic.size());
    }

    /** Streams named as the default template does: {@code topic/partition}. */
    public static Result compare(TopicHistory topic, S2Reader reader) {
        return compare(topic, reader, partition -> topic.topic() + "/" + partition);
    }

    /**
     * A stream that topics and partitions share. Repeated records are counted as duplicates, and as altered if they are not
     * what Kafka has; the order is that of each partition's first copies.
     */
    public static Result compareShared(List<TopicHistory> topics, S2Reader reader, String stream) {
        Comparison comparison = new Comparison();
        Map<String, List<TopicHistory.Entry>> expected = new HashMap<>();
        long inKafka = 0;
        for (TopicHistory topic : topics) {
            topic.partitions().forEach((partition, entries) -> expected.put(topic.topic() + "/" + partition, entries));
            inKafka += topic.size();
        }
        comparison.stream(expected, reader, stream);
        return comparison.result(inKafka);
    }

    private static final class Comparison {

        private final List<String> examples = new ArrayList<>();
        private long inS2;
        private long duplicates;
        private long missing;
        private long outOfOrder;
        private long altered;
        private long foreign;
        private long commands;

        void partition(String topic, int partition, List<TopicHistory.Entry> expected, S2Reader reader, String stream) {
            stream(Map.of(topic + "/" + partition, expected), reader, stream);
        }

        /** @param expected records by "topic/partition" */
        void stream(Map<String, List<TopicHistory.Entry>> expected, S2Reader reader, String stream) {
            Map<String, Fingerprint> wanted = new HashMap<>();
            expected.forEach((partition, entries) ->
                    entries.forEach(entry -> wanted.put(partition + "/" + entry.offset(), entry.fingerprint())));
            Set<String> seen = new HashSet<>(wanted.size() * 2);
            Map<String, Long> last = new HashMap<>();
            reader.forEach(stream, record -> {
                if (record.isCommand()) {
                    commands++;
                    return;
                }
                inS2++;
                String id = record.text("kafka.id");
                String where = stream + "@" + record.seqNum();
                Fingerprint fingerprint = id == null ? null : wanted.get(id);
                if (id == null || fingerprint == null) {
                    foreign++;
                    example("foreign: " + where + " has kafka.id " + id);
                    return;
                }
                if (!fingerprint.equals(Fingerprint.of(record))) {
                    altered++;
                    example("altered: " + id + " at " + where + ": " + describe(record));
                }
                if (!seen.add(id)) {
                    duplicates++;
                    example("duplicate: " + id + " again at " + where);
                    return;
                }
                long offset = Long.parseLong(id.substring(id.lastIndexOf('/') + 1));
                String partition = id.substring(0, id.lastIndexOf('/'));
                long before = last.getOrDefault(partition, -1L);
                if (offset < before) {
                    outOfOrder++;
                    example("out of order: " + id + " at " + where + " behind offset " + before);
                }
                last.put(partition, Math.max(before, offset));
            });
            expected.forEach((partition, entries) -> entries.forEach(entry -> {
                String id = partition + "/" + entry.offset();
                if (!seen.contains(id)) {
                    missing++;
                    example("missing: " + id + " in " + stream);
                }
            }));
        }

        Result result(long inKafka) {
            return new Result(inKafka, inS2, duplicates, missing, outOfOrder, altered, foreign, commands, examples);
        }

        private void example(String text) {
            if (examples.size() < EXAMPLES) {
                examples.add(text);
            }
        }

        private static String describe(S2Reader.Stored record) {
            StringBuilder text = new StringBuilder("body of " + record.body().length + " bytes, headers");
            for (byte[][] header : record.headers()) {
                text.append(' ')
                        .append(new String(header[0], java.nio.charset.StandardCharsets.UTF_8))
                        .append('(')
                        .append(header[1].length)
                        .append(')');
            }
            return text.toString();
        }
    }
}
