package io.fenceline.systemtests;

import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.ScriptedSqsServer;
import io.fenceline.testkit.sqs.EntryFault;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsCalls;
import io.fenceline.testkit.sqs.SqsFault;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Faults that an alert sees only while they happen, a connector for each. Whoever waits for the alerts lets them happen again and
 * again.
 */
final class RecurringFaults implements AutoCloseable {

    private static final int EVENTS_APART = 10;

    private final ScriptedS2Server s2 = ScriptedS2Server.start();
    private final ScriptedSqsServer slow = ScriptedSqsServer.start();
    private final ScriptedSqsServer failing = ScriptedSqsServer.start();
    private final ScriptedSqsServer throttling = ScriptedSqsServer.start();
    private final S2Reader streams = s2.reader(Cluster.BASIN);
    private final KafkaProducer<byte[], byte[]> producer;

    private final String topic;
    private final String slowTopic;
    private final String fencedTopic;
    private final String refusedTopic;
    private final String recreatedStream = Cluster.unique("recreated");

    private final String outrun;
    private final String fenced;
    private final String diverting;
    private final String reordering;
    private final String throttled;
    private final String partlyRead;
    private final String rereading;
    private final String unconfirmed;

    private int happened;

    /** @param put posts a configuration under a name that begins so, and returns the name */
    RecurringFaults(Cluster cluster, BiFunction<String, Map<String, String>, String> put) {
        producer = Load.producer(cluster.bootstrapServers());
        topic = cluster.createTopic("faults", 1);
        slowTopic = cluster.createTopic("faults-slow", 1);
        fencedTopic = cluster.createTopic("faults-fenced", 1);
        refusedTopic = cluster.createTopic("faults-refused", 1);

        // at most ten messages in half a second
        slow.delayAnswers(Duration.ofMillis(500));
        Map<String, String> outruns = Cluster.sinkToQueue(slow.endpoint(), slow.createQueue("slow"), slowTopic, 1);
        outruns.put("max.in.flight.requests", "1");
        outruns.put("buffer.max.bytes", "100000");
        outruns.put("consumer.override.max.poll.records", "10");
        outruns.put("consumer.override.fetch.max.bytes", "50000");
        outruns.put("consumer.override.max.partition.fetch.bytes", "50000");
        outrun = put.apply("outrun", outruns);

        fenced = put.apply("fenced", sinkTo(fencedTopic));

        Map<String, String> diverts = sinkTo(refusedTopic);
        diverts.put("behavior.on.null.values", "fail");
        diverts.put("errors.tolerance", "all");
        diverts.put("errors.deadletterqueue.topic.name", cluster.createTopic("faults-dead-letters", 1));
        diverts.put("errors.deadletterqueue.topic.replication.factor", "1");
        diverting = put.apply("diverting", diverts);

        Map<String, String> reorders =
                Cluster.sinkToQueue(failing.endpoint(), failing.createQueue("failing.fifo"), topic, 1);
        // so that a request has several
        reorders.put("linger.ms", "100");
        reordering = put.apply("reordering", reorders);
        throttled = put.apply(
                "throttled", Cluster.sinkToQueue(throttling.endpoint(), throttling.createQueue("busy"), topic, 1));

        s2.createStream("there");
        s2.createStream("away");
        s2.unavailable("away", true);
        partlyRead = put.apply("partly-read", sourceOf(cluster, "there,away"));
        s2.createStream(recreatedStream);
        Map<String, String> rereads = sourceOf(cluster, recreatedStream);
        rereads.put("on.recreated", "restart");
        rereading = put.apply("rereading", rereads);

        SqsCalls sqs = cluster.sqs().calls();
        String queue = sqs.createQueue(Cluster.unique("unconfirmed"), Map.of());
        sqs.send(queue, SentEntry.of("m", "for a topic that is not there"));
        unconfirmed = put.apply(
                "unconfirmed",
                QueueSource.config(cluster.sqs().endpoint(), queue, Cluster.unique("faults-no-such-topic")));
    }

    private Map<String, String> sinkTo(String from) {
        return Cluster.sinkTo(s2.url().toString(), s2.url().toString(), from, 1);
    }

    private Map<String, String> sourceOf(Cluster cluster, String of) {
        Map<String, String> config = Source.config(cluster.s2(), of, cluster.createTopic("faults-read", 1), 1);
        config.put("s2.account.endpoint", s2.url().toString());
        config.put("s2.basin.endpoint", s2.url().toString());
        return config;
    }

    /** The alerts that have to fire meanwhile, each with its connector. */
    Set<String> alerts() {
        return Set.of(
                "FencelineSinkFallsBehind " + outrun,
                "FencelineFenced " + fenced,
                "FencelineRecordsDiverted " + diverting,
                "FencelineSqsPossiblyTwiceOrMissing " + reordering,
                "FencelineThrottled " + throttled,
                "FencelineStreamsNotRead " + partlyRead,
                "FencelineSourcePassedOverRecords " + rereading,
                "FencelineUnconfirmed " + unconfirmed);
    }

    /** Once more. */
    void happen() {
        throttling.inject(100, SqsFault.throttled());
        for (int i = 0; i < 40; i++) {
            send(slowTopic, new byte[2_000]);
        }
        for (int i = 0; i < 5; i++) {
            send(topic, new byte[] {1});
        }
        send(refusedTopic, null);
        send(fencedTopic, new byte[] {1});
        producer.flush();
        if (++happened % EVENTS_APART == 0) {
            // only now and then, so that its next attempt succeeds
            failing.injectInto(entry -> true, 1, EntryFault.internalError());
            // the second time the task stops
            streams.fence(fencedTopic + "/0", "somebody else's " + happened);
            s2.deleteStream(recreatedStream);
            s2.createStream(recreatedStream);
        }
        streams.appendTexts(recreatedStream, Collections.nCopies(1 + EVENTS_APART - happened % EVENTS_APART, "x"));
    }

    private void send(String to, byte @Nullable [] value) {
        producer.send(new ProducerRecord<>(to, 0, null, value));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(5));
        List.of(slow, failing, throttling).forEach(ScriptedSqsServer::close);
        s2.close();
    }
}
