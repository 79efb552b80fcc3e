package io.fenceline.connect.sink.position;

import io.fenceline.connect.command.CommandLine;
import io.fenceline.connect.command.S2CommandOptions;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@link PositionCommand}, parsed.
 *
 * @param partition whose position it is
 * @param stream    where its records go
 * @param group     the connector's consumer group; null without a connection to Kafka
 * @param kafka     the connection to Kafka; empty if there is none
 * @param dryRun    say what would be changed, and change nothing
 * @param yes       do not ask before a change
 */
record PositionOptions(
        TopicPartition partition,
        String stream,
        S2ConnectionConfig connection,
        @Nullable String group,
        Map<String, Object> kafka,
        Wish wish,
        boolean dryRun,
        boolean yes) {

    /** What is asked for. */
    sealed interface Wish {

        /** Show, and change nothing. */
        record Show() implements Wish {}

        /** The next owner starts at this offset. */
        record StartAt(long offset) implements Wish {}

        /** The next owner starts where the consumer group stands; the records of the stream are no evidence. */
        record StartAtGroup() implements Wish {}

        /** The token goes: the next owner finds out by itself. */
        record Clear() implements Wish {}
    }

    private static final String BOOTSTRAP_SERVERS = "--bootstrap-servers";
    private static final String KAFKA_PROPERTY = "--kafka-property";
    private static final String SET_OFFSET = "--set-offset";
    private static final String TO_GROUP_POSITION = "--to-group-position";
    private static final String CLEAR = "--clear";

    static final String USAGE = String.join(
            System.lineSeparator(),
            "Shows where the S2 stream of a topic-partition stands, and sets where the S2 sink goes on, without Connect's REST.",
            "For delivery.guarantee=exactly_once, whose position is the stream's fencing token.",
            "",
            "  --basin NAME                       S2 basin",
            "  --topic NAME                       Kafka topic",
            "  --partition NUMBER                 its partition",
            "  --stream TEMPLATE                  as s2.stream of the connector; default ${topic}/${partition}",
            String.join(System.lineSeparator(), S2CommandOptions.USAGE),
            "",
            "With Kafka the consumer group is shown, has to be empty before a change, and is set together with the stream:",
            "  --bootstrap-servers HOST:PORT,...  Kafka",
            "  --connector NAME                   the connector, whose group is connect-NAME",
            "  --group NAME                       the group itself, e.g. of consumer.override.group.id",
            "  --kafka-property KEY=VALUE         for the Kafka client, e.g. security settings; may be repeated",
            "",
            "Without one of these nothing is changed:",
            "  --set-offset NUMBER                the next record written is the first at or above this offset",
            "  --to-group-position                start where the consumer group stands, whatever the stream holds",
            "  --clear                            take token or stop mark away, as s2 fence <stream> \"\" does: go on behind",
            "                                     the partition's last record in the stream",
            "  --dry-run                          say what would be changed",
            "  --yes                              do not ask before the change",
            "",
            "Stop the connector, or let its tasks have failed, before a change: a stream that is written meanwhile is left alone.",
            "",
            "Exit code 0: shown or changed.",
            "Exit code 1: nothing was changed: the answer was not yes, somebody writes the stream, or the group has members.",
            "Exit code 2: could not finish: wrong options, a side that cannot be reached. What was changed is said.",
            "Which stop needs which of these: docs/operations.md.");

    /** @throws IllegalArgumentException with a message for the user */
    static PositionOptions parse(List<String> args, Map<String, String> environment) {
        Set<String> valued = new HashSet<>(S2CommandOptions.VALUED);
        valued.addAll(
                Set.of("--topic", "--partition", "--stream", BOOTSTRAP_SERVERS, "--connector", "--group", SET_OFFSET));
        CommandLine given = CommandLine.parse(
                args,
                valued,
                Set.of(TO_GROUP_POSITION, CLEAR, "--dry-run", "--yes"),
                Set.of(KAFKA_PROPERTY, S2CommandOptions.PROPERTY));
        String topic = given.required("--topic");
        given.required("--partition");
        Long partition = given.number("--partition", Integer.MAX_VALUE);
        Map<String, Object> kafka = new HashMap<>(given.properties(KAFKA_PROPERTY));
        String group = group(given);
        if (given.has(BOOTSTRAP_SERVERS)) {
            kafka.put("bootstrap.servers", given.required(BOOTSTRAP_SERVERS));
            if (group == null) {
                throw new IllegalArgumentException(BOOTSTRAP_SERVERS + " needs --connector or --group");
            }
        } else if (group != null || !kafka.isEmpty()) {
            throw new IllegalArgumentException(BOOTSTRAP_SERVERS + " is missing");
        }
        int number = partition == null ? 0 : partition.intValue();
        return new PositionOptions(
                new TopicPartition(topic, number),
                StreamTemplate.parse("--stream", given.value("--stream", "${topic}/${partition}"))
                        .streamFor(topic, number),
                S2CommandOptions.connection(given, environment),
                group,
                kafka,
                wish(given),
                given.has("--dry-run"),
                given.has("--yes"));
    }

    private static @Nullable String group(CommandLine given) {
        String connector = given.value("--connector");
        String group = given.value("--group");
        if (connector != null && group != null) {
            throw new IllegalArgumentException("--connector and --group both name the group: give one");
        }
        return connector == null ? group : "connect-" + connector;
    }

    private static Wish wish(CommandLine given) {
        List<String> wishes = Stream.of(SET_OFFSET, TO_GROUP_POSITION, CLEAR)
                .filter(given::has)
                .toList();
        if (wishes.size() > 1) {
            throw new IllegalArgumentException(String.join(" and ", wishes) + " contradict each other: give one");
        }
        Long offset = given.number(SET_OFFSET, Long.MAX_VALUE);
        if (offset != null) {
            return new Wish.StartAt(offset);
        }
        if (wishes.isEmpty()) {
            if (given.has("--dry-run") || given.has("--yes")) {
                throw new IllegalArgumentException("--dry-run and --yes need "
                        + String.join(", ", SET_OFFSET, TO_GROUP_POSITION) + " or " + CLEAR);
            }
            return new Wish.Show();
        }
        return given.has(CLEAR) ? new Wish.Clear() : new Wish.StartAtGroup();
    }

    /** Without the connections' settings, which can be secrets. */
    @Override
    public String toString() {
        return "PositionOptions[" + partition + ", stream=" + stream + ", " + connection + ", " + wish + "]";
    }
}
