package io.fenceline.testkit.quickstart;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.BiFunction;

/**
 * A route before anything of it is there: the far side it needs, and how it begins once all servers run.
 *
 * @param server         what is started beside Kafka, for people; empty if it is there already
 * @param far            where that comes from
 * @param workerSettings what the worker needs beyond the launcher's settings
 * @param opening        makes the topics, streams or queues that have to be there before the connectors
 */
record Plan<F extends FarSide>(
        String server,
        Source<F> far,
        Map<String, String> workerSettings,
        BiFunction<Servers<F>, Options, Route> opening) {

    /**
     * For sources. A worker that starts reads the offsets of sources first, and waits there for what a killed one left
     * open until the broker gives that up: after a minute, unless told otherwise.
     */
    private static final Map<String, String> EXACTLY_ONCE = Collections.unmodifiableMap(new TreeMap<>(
            Map.of("exactly.once.source.support", "enabled", "producer.transaction.timeout.ms", "10000")));

    /** Where a far side comes from. */
    interface Source<F> {

        /** Finds out what there is, saying so if it takes long; what comes back starts it, on any thread. */
        Callable<F> find(Options options, Path folder, Progress progress) throws Exception;
    }

    static Plan<?> of(Options options) {
        return switch (options.route()) {
            case "s2-sink" -> s2(Map.of(), SinkRoute::new);
            case "s2-source" -> s2(EXACTLY_ONCE, SourceRoute::new);
            case "mirror" -> s2(EXACTLY_ONCE, MirrorRoute::new);
            case "sqs-sink" -> sqs(options, Map.of(), SqsSinkRoute::new);
            case "sqs-source" -> sqs(options, EXACTLY_ONCE, SqsSourceRoute::new);
            default -> throw new IllegalStateException("route " + options.route());
        };
    }

    private static Plan<S2Side> s2(
            Map<String, String> workerSettings, BiFunction<Servers<S2Side>, Options, Route> opening) {
        return new Plan<>("an S2 server", S2Side::find, workerSettings, opening);
    }

    private static Plan<SqsSide> sqs(
            Options options, Map<String, String> workerSettings, BiFunction<Servers<SqsSide>, Options, Route> opening) {
        return new Plan<>(
                options.sqsEndpoint().isPresent() ? "" : "an SQS server", SqsSide::find, workerSettings, opening);
    }
}
