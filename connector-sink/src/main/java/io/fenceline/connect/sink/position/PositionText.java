package io.fenceline.connect.sink.position;

import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.StopMark;
import io.fenceline.connect.sink.claim.StreamStanding;
import io.fenceline.connect.sink.position.GroupPosition.Seen;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What {@link PositionCommand} says, a line each. */
final class PositionText {

    private final PositionOptions options;

    PositionText(PositionOptions options) {
        this.options = options;
    }

    /** @param group null without a connection to Kafka */
    List<String> standing(StreamStanding standing, @Nullable Seen group) {
        List<String> lines = new ArrayList<>();
        lines.add(line("stream", options.stream() + " in " + options.connection()));
        lines.add(line("next position", standing.tail()));
        lines.add(line("fencing token", token(standing)));
        lines.add(line("last record", last(standing)));
        if (group != null) {
            lines.add(line(
                    "topic",
                    options.partition() + " has offsets " + group.first() + " to " + group.end()
                            + ", the end not included"));
            lines.add(line(
                    "group",
                    options.group() + " " + committed(group)
                            + (group.members() == 0 ? ", no members" : ", " + members(group) + ": tasks run")));
        }
        lines.add(line("the next task", nextTask(standing)));
        return lines;
    }

    private static String line(String name, Object value) {
        return String.format("%-14s %s", name, value);
    }

    /** How many, in words. */
    static String members(Seen group) {
        return group.members() == 1 ? "1 member" : group.members() + " members";
    }

    private static String committed(Seen group) {
        return group.committed() == null ? "has no offset of it" : "goes on at offset " + group.committed();
    }

    private static String token(StreamStanding standing) {
        if (standing.token().isNone()) {
            return "none";
        }
        String quoted = "'" + standing.token().value() + "': ";
        StopMark mark = standing.mark();
        if (mark != null) {
            return quoted + "stop mark " + mark.code() + ", left by a task that "
                    + (mark.fact().watermark() == null
                            ? "knew of no offset in the stream"
                            : "knew the offsets up to " + mark.fact().watermark() + " to be in the stream");
        }
        Checkpoint fact = standing.fact();
        if (fact.position() == null) {
            return quoted
                    + (standing.token().value().startsWith("f1.")
                            ? "of a connector, says nothing of the records"
                            : "not of a connector of ours, says nothing of the records");
        }
        return quoted
                + (fact.watermark() == null
                        ? "records below position " + fact.position() + " are no evidence"
                        : "below position " + fact.position() + " the last offset is " + fact.watermark());
    }

    private String last(StreamStanding standing) {
        StreamStanding.LastRecord last = standing.last();
        if (last != null) {
            return at(last.offset()) + " at position " + last.position()
                    + (last.timestamp() == null
                            ? ", without a timestamp"
                            : ", of " + Instant.ofEpochMilli(last.timestamp()));
        }
        StreamStanding.Doubt doubt = standing.doubt();
        if (doubt != null) {
            return "not known: " + doubt.reason();
        }
        return standing.watermark() == null
                ? "none of this partition"
                : "none behind the token; by the token " + at(standing.watermark());
    }

    private String at(long offset) {
        TopicPartition partition = options.partition();
        return partition + "@" + offset;
    }

    private static String nextTask(StreamStanding standing) {
        StopMark mark = standing.mark();
        if (mark != null) {
            return "stops with " + mark.code() + ", until the mark is replaced or cleared; cleared, it "
                    + withoutMark(standing);
        }
        return withoutMark(standing);
    }

    private static String withoutMark(StreamStanding standing) {
        StreamStanding.Doubt doubt = standing.doubt();
        if (doubt != null) {
            return "stops with " + doubt.code();
        }
        Long watermark = standing.watermark();
        return watermark == null ? "starts at the consumer group's position" : "goes on behind offset " + watermark;
    }

    /** What is about to be done. */
    String intention(StreamStanding standing, @Nullable Seen group) {
        PositionOptions.Wish wish = options.wish();
        String replaced = "replace the fencing token of stream '" + options.stream() + "'";
        if (wish instanceof PositionOptions.Wish.StartAt start) {
            return replaced + ", so that the next task starts at offset " + start.offset()
                    + (group == null ? "" : ", and set group " + options.group() + " to offset " + start.offset())
                    + rewritten(standing, start.offset());
        }
        if (wish instanceof PositionOptions.Wish.StartAtGroup) {
            return replaced + ", so that the next task starts at the consumer group's position"
                    + (group == null || group.committed() == null
                            ? ""
                            : ", offset " + group.committed() + rewritten(standing, group.committed()));
        }
        return "take the fencing token away from stream '" + options.stream() + "', after which the next task "
                + clearedOutlook(standing);
    }

    /** Without a token nothing is known but what can be read. */
    private static String clearedOutlook(StreamStanding standing) {
        StreamStanding.LastRecord last = standing.last();
        if (last != null) {
            return "goes on behind offset " + last.offset();
        }
        if (standing.fact().position() != null) {
            return "has only the records that can still be read: the token's knowledge is lost, and it may stop with"
                    + " WATERMARK_UNKNOWN";
        }
        return withoutMark(standing);
    }

    private static String rewritten(StreamStanding standing, long start) {
        Long watermark = standing.doubt() == null ? standing.watermark() : null;
        if (watermark == null) {
            return "";
        }
        return start <= watermark
                ? "; offsets " + start + " to " + watermark + " are in the stream already and are written again"
                : start > watermark + 1 ? "; offsets " + (watermark + 1) + " to " + (start - 1) + " are left out" : "";
    }

    /** What an operator may not have thought of; empty if there is nothing. */
    List<String> warnings(@Nullable Seen group) {
        List<String> warnings = new ArrayList<>();
        if (options.wish() instanceof PositionOptions.Wish.StartAt start) {
            if (group == null) {
                warnings.add("the consumer group is not looked at: if it stands above offset " + start.offset()
                        + ", the task goes on there and leaves out what is between. Give --bootstrap-servers and"
                        + " --connector to set both, or set the group with kafka-consumer-groups");
            } else if (start.offset() > group.end()) {
                warnings.add("offset " + start.offset() + " is above the topic's end " + group.end()
                        + ": until it is reached the task stops with TOPIC_RECREATED");
            } else if (start.offset() < group.first()) {
                warnings.add("the topic begins at offset " + group.first() + ": what is below is gone");
            }
        }
        return warnings;
    }
}
