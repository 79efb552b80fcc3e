package io.fenceline.connect;

import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;

/**
 * The requests that move all partitions of one topic which a task knows: what has happened to a topic has happened to each of
 * them, and each would stop by itself after the one before it was set right. A value.
 *
 * @param settled per partition the last offset up to which everything is settled, empty if none is
 */
public record TopicRequests(OffsetRequestText offsets, String topic, SortedMap<Integer, OptionalLong> settled) {

    /** Every partition at offset 0. */
    public String fromTheBeginning() {
        return patch(settled.keySet().stream()
                .map(partition -> entry(partition, "0"))
                .toList());
    }

    /**
     * Every partition behind what is settled of it; those of which nothing is known are left out.
     *
     * @param own      the partition that has stopped, which is never left out
     * @param position where it goes on: a number, or a word in angle brackets
     */
    public String behindSettled(int own, String position) {
        return patch(settled.entrySet().stream()
                .filter(of -> of.getKey() == own || of.getValue().isPresent())
                .map(of -> entry(
                        of.getKey(),
                        of.getKey() == own
                                ? position
                                : String.valueOf(of.getValue().orElseThrow() + 1)))
                .toList());
    }

    /** What has to be known of the other partitions' numbers before they are sent, with a space before it; empty if there are none. */
    public String ofTheOthers() {
        return settled.size() < 2
                ? ""
                : " (the topic's other partitions as they stood when this task stopped: leave out those that another task has"
                        + " gone on with since)";
    }

    private String patch(List<OffsetRequestText.Entry> entries) {
        return offsets.patch(OffsetRequestText.KAFKA_OFFSET, entries);
    }

    private OffsetRequestText.Entry entry(int partition, String position) {
        return new OffsetRequestText.Entry(OffsetRequestText.kafkaPartition(topic, partition), position);
    }
}
