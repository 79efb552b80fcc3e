package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.FaultProxy;
import io.fenceline.testkit.history.CommitWatcher;
import java.net.URI;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The network between worker and S2 loses replies, cuts, hangs, refuses, and delivers late what it had swallowed. */
final class LostRepliesIT {

    private static final int ROUNDS = Integer.getInteger("rounds", 15);
    private static final int PARTITIONS = 3;

    private enum Fault {
        LOST_REPLY,
        CUT,
        HOLE,
        REFUSED,
        LATE
    }

    private final Cluster cluster = Cluster.shared();

    @Test
    void recordsArriveExactlyOnceThroughABadNetwork() {
        long seed = Cluster.seed("LostRepliesIT -Drounds=" + ROUNDS);
        Random random = new Random(seed);
        String topic = cluster.createTopic("lossy", PARTITIONS);
        try (FaultProxy proxy = FaultProxy.to(URI.create(cluster.s2().basinEndpoint()))) {
            Map<String, String> config =
                    Cluster.sinkTo(proxy.url().toString(), proxy.url().toString(), topic, 1);
            config.put("ack.timeout.ms", "3000");
            config.put("s2.request.timeout.ms", "2000");
            config.put("retry.backoff.max.ms", "500");
            Load load = Load.start(cluster.bootstrapServers(), topic, PARTITIONS, 2_000, 1_000, seed);
            Sink sink = Sink.start(cluster, cluster.rest(), topic, PARTITIONS, cluster.reader(), config);
            CommitWatcher watcher = sink.watch();
            EnumMap<Fault, Integer> effective = new EnumMap<>(Fault.class);
            for (int round = 0; round < ROUNDS; round++) {
                sink.awaitDurable(sink.durable() + 500, Duration.ofSeconds(60));
                // every kind first, then at random
                Fault fault =
                        Fault.values()[round < Fault.values().length ? round : random.nextInt(Fault.values().length)];
                boolean tookEffect = inject(fault, proxy, sink, random);
                effective.merge(fault, tookEffect ? 1 : 0, Integer::sum);
            }
            long produced = load.stop();

            assertThat(sink.requirePerfect(Duration.ofSeconds(90)).inS2()).isEqualTo(produced);
            watcher.requireClean();
            Cluster.say("LostRepliesIT: effective " + effective + ", " + proxy.acceptedConnections() + " connections, "
                    + watcher);
            assertThat(effective).allSatisfy((fault, times) -> assertThat(times)
                    .as("effective faults of kind %s; without any the run shows nothing", fault)
                    .isPositive());
            sink.delete();
        }
    }

    private boolean inject(Fault fault, FaultProxy proxy, Sink sink, Random random) {
        return switch (fault) {
            case LOST_REPLY -> {
                long lost = proxy.lostReplyBytes();
                long durable = sink.durable();
                proxy.mode(FaultProxy.Mode.LOSE_REPLIES);
                // the stream itself tells that what went unanswered took effect; a session that was being opened just
                // then gets no further, so there may be nothing to wait for
                long deadline = System.nanoTime() + Duration.ofSeconds(2).toNanos();
                while (sink.durable() == durable && System.nanoTime() < deadline) {
                    Await.sleep(Duration.ofMillis(20));
                }
                boolean landed = sink.durable() > durable;
                Await.sleep(Duration.ofMillis(random.nextInt(200)));
                proxy.resetAll();
                proxy.mode(FaultProxy.Mode.PASS);
                yield landed && proxy.lostReplyBytes() > lost;
            }
            case CUT -> {
                long cut = proxy.cutConnections();
                proxy.cutAfter(random.nextInt(300_000));
                Await.until("a connection is cut", Duration.ofSeconds(30), () -> proxy.cutConnections() > cut);
                yield true;
            }
            case HOLE -> {
                proxy.mode(FaultProxy.Mode.HOLE);
                Await.sleep(Duration.ofMillis(200));
                long durable = sink.durable();
                long inKafka = sink.produced();
                // sometimes shorter than the ack timeout, sometimes longer
                Await.sleep(Duration.ofMillis(500 + random.nextInt(6_000)));
                boolean stalled = sink.durable() == durable && sink.produced() > inKafka;
                proxy.mode(FaultProxy.Mode.PASS);
                yield stalled;
            }
            case REFUSED -> {
                proxy.refuse();
                Await.sleep(Duration.ofMillis(300 + random.nextInt(2_000)));
                proxy.admit();
                yield true;
            }
            case LATE -> {
                long late = proxy.lateBytes();
                proxy.mode(FaultProxy.Mode.HOLD_REQUESTS);
                Await.sleep(Duration.ofMillis(100 + random.nextInt(300)));
                proxy.resetClientsOnly();
                proxy.mode(FaultProxy.Mode.PASS);
                // the successor has gone on, then the old bytes land
                sink.awaitDurable(sink.durable() + 200, Duration.ofSeconds(60));
                proxy.landLate();
                Await.sleep(Duration.ofMillis(100));
                yield proxy.lateBytes() > late;
            }
        };
    }
}
