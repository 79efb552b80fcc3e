package io.fenceline.connect.verify;

import io.fenceline.connect.ReservedHeaderBehavior;
import io.fenceline.connect.command.CommandLine;
import io.fenceline.connect.command.S2CommandOptions;
import io.fenceline.connect.config.S2ConnectionConfig;
import io.fenceline.connect.config.StreamTemplate;
import io.fenceline.s2.S2ClientConfig;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/** The command line of {@link Verify}, parsed. */
record VerifyOptions(
        String topic,
        StreamTemplate stream,
        S2ConnectionConfig connection,
        Map<String, Object> kafka,
        boolean json,
        boolean idsOnly,
        boolean atLeastOnce,
        boolean ignoreNullValues,
        ReservedHeaderBehavior reservedHeaders) {

    static final String USAGE = String.join(
            System.lineSeparator(),
            "Compares a Kafka topic with its S2 streams, by record id and content.",
            "",
            "  --bootstrap-servers HOST:PORT,...  Kafka",
            "  --topic NAME                       topic to compare, read with isolation level read_committed",
            "  --basin NAME                       S2 basin",
            "  --stream TEMPLATE                  as s2.stream of the connector; default ${topic}/${partition}",
            String.join(System.lineSeparator(), S2CommandOptions.USAGE),
            "  --consumer-property KEY=VALUE      for the Kafka consumer, e.g. security settings; may be repeated",
            "  --ids-only                         compare ids only: for values made by body.converter or transforms",
            "  --at-least-once                    for delivery.guarantee=at_least_once: count duplicates, do not mind them",
            "  --null-values write|ignore         as behavior.on.null.values of the connector; default write",
            "  --reserved-headers fail|drop|rename  as behavior.on.reserved.headers of the connector; default fail",
            "  --json                             print the result as JSON",
            "",
            "Compared are the offsets both sides still hold, up to the ends at the start of the run; the rest is counted as",
            "not comparable. In a stream that partitions share, each partition is compared with its own records there;",
            "records of other topics count as not comparable if the template has no ${topic}.",
            "",
            "Exit code 0: equal; no duplicate, missing, reordered, altered or foreign record, and something was compared.",
            "Exit code 1: at least one such record.",
            "Exit code 2: could not finish: wrong options, a side that cannot be reached, a crash.",
            "Exit code 3: nothing such was found, but nothing was compared, in the topic or in a partition with records.",
            "What the counts mean, and the form of --json: docs/verify.md.");

    private static final Set<String> VALUED =
            Set.of("--bootstrap-servers", "--topic", "--stream", "--null-values", "--reserved-headers");
    private static final Set<String> FLAGS = Set.of("--json", "--ids-only", "--at-least-once");
    private static final String CONSUMER_PROPERTY = "--consumer-property";

    /** @throws IllegalArgumentException with a message for the user */
    static VerifyOptions parse(List<String> args, Map<String, String> environment) {
        Set<String> valued = new HashSet<>(VALUED);
        valued.addAll(S2CommandOptions.VALUED);
        CommandLine given =
                CommandLine.parse(args, valued, FLAGS, Set.of(CONSUMER_PROPERTY, S2CommandOptions.PROPERTY));
        Map<String, Object> kafka = new HashMap<>(given.properties(CONSUMER_PROPERTY));
        kafka.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, given.required("--bootstrap-servers"));
        return new VerifyOptions(
                given.required("--topic"),
                StreamTemplate.parse("--stream", given.value("--stream", "${topic}/${partition}")),
                S2CommandOptions.connection(given, environment),
                kafka,
                given.has("--json"),
                given.has("--ids-only"),
                given.has("--at-least-once"),
                given.oneOf("--null-values", "write", "ignore").equals("ignore"),
                ReservedHeaderBehavior.valueOf(given.oneOf("--reserved-headers", "fail", "drop", "rename")
                        .toUpperCase(Locale.ROOT)));
    }

    S2ClientConfig s2() {
        return connection.clientConfig();
    }

    /** Without the connection's settings: consumer properties can be secrets. */
    @Override
    public String toString() {
        return "VerifyOptions[topic=" + topic + ", stream=" + stream + ", s2=" + s2() + "]";
    }
}
