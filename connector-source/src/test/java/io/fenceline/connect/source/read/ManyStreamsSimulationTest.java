package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Many streams within little memory, in fair weather: what comes next of a stream may be larger than its share, may come as a
 * whole batch or compressed, and may need longer than the silence that is bearable. Whatever it is, every session reads on to
 * the end of its stream.
 */
class ManyStreamsSimulationTest {

    /** Bytes every five seconds: a large record needs nine times the silence that is bearable. */
    private static final long SLOW_LINK = 25_000;

    private enum Kind {
        ONE_LARGE_RECORD,
        ALL_LARGE_RECORDS,
        BATCHES,
        COMPRESSED,
        TINY_RECORDS,
        MIXED
    }

    /** Seen: a hundred connections a second, and next to nothing read. */
    @Test
    void everyStreamIsReadToItsEndWithAtMostTwoConnections() {
        long seed = Long.getLong("seed", System.nanoTime());
        int runs = Integer.getInteger("runs", 120);
        Map<String, Integer> seen = new TreeMap<>();
        for (int run = 0; run < runs; run++) {
            new World(seed + run, Kind.values()[run % Kind.values().length], seen).play();
        }
        System.out.println("simulated " + runs + " runs of many streams from seed " + seed + ": " + seen);
        assertThat(seen).containsKeys("slow link", "waited for a loan");
    }

    private static final class World {
        private final String name;
        private final Random random;
        private final Kind kind;
        private final Map<String, Integer> seen;
        private final SimulatedBasin basin = new SimulatedBasin();
        private final PollInbox inbox = new PollInbox();
        private final ReadCounters counters = new ReadCounters();
        private final long buffer;
        private final int streams;
        private final StreamReaders readers;
        private final Map<String, Long> next = new HashMap<>();
        private final Map<String, Long> links = new HashMap<>();
        private long now = 1_000;
        private long read;
        private long all;

        World(long seed, Kind kind, Map<String, Integer> seen) {
            this.name = "seed " + seed + ", " + kind;
            this.random = new Random(seed);
            this.kind = kind;
            this.seen = seen;
            this.buffer = random.nextBoolean() ? 32 << 20 : 4 << 20;
            // as many as the smallest share has room for
            this.streams = 10 + random.nextInt(buffer > 4 << 20 ? 90 : 50);
            basin.recordsOfAnEvent = kind == Kind.BATCHES || kind == Kind.MIXED && random.nextBoolean() ? 1_000 : 0;
            basin.compression = kind == Kind.COMPRESSED ? 2 + random.nextInt(100) : 1;
            readers = new StreamReaders(
                    "c",
                    "b",
                    basin,
                    inbox,
                    ReadPolicies.strict(),
                    counters,
                    MetricRegistry.of(new Object(), "many" + seed, "0"),
                    buffer,
                    4 << 20,
                    () -> now,
                    random);
            for (int i = 0; i < streams; i++) {
                fill("s" + i, basin.create("s" + i), i);
                readers.addFrom("s" + i, new ReadStart.At(0));
            }
        }

        private void fill(String stream, SimulatedBasin.Stream to, int number) {
            boolean large =
                    switch (kind) {
                        case ONE_LARGE_RECORD -> number == 0;
                        case ALL_LARGE_RECORDS -> true;
                        case MIXED -> random.nextInt(4) == 0;
                        case BATCHES, COMPRESSED, TINY_RECORDS -> false;
                    };
            int records = large ? 2 : kind == Kind.TINY_RECORDS ? 300 : 2 + random.nextInt(60);
            for (int i = 0; i < records; i++) {
                to.append(new byte[large ? 900_000 : kind == Kind.TINY_RECORDS ? 10 : random.nextInt(20_000)]);
            }
            all += records;
            if (random.nextInt(10) == 0) {
                links.put(stream, SLOW_LINK);
                seen.merge("slow link", 1, Integer::sum);
            }
        }

        void play() {
            for (int step = 0; read < all && step < 40_000; step++) {
                inbox.drain();
                readers.tick();
                readers.take(5_000, 4 << 20, (stream, record, meteredBytes, createdAt) -> {
                    assertThat(record.seqNum()).as(name).isEqualTo(next.getOrDefault(stream, 0L));
                    next.put(stream, record.seqNum() + 1);
                    read++;
                });
                assertThat(ReadFigures.reservedBytes(readers)).as(name).isBetween(0L, buffer);
                if (counters.sessions.sum() == streams && ReadFigures.reservedBytes(readers) > buffer / 2) {
                    seen.merge("waited for a loan", 1, Integer::sum);
                }
                basin.answerAll();
                boolean slowLinksMove = step % 10 == 0;
                List.copyOf(basin.exchanges).forEach(exchange -> {
                    Long link = links.get(exchange.name);
                    if (link != null && slowLinksMove) {
                        exchange.move(20, link);
                    } else if (link == null && random.nextInt(3) > 0) {
                        exchange.move(20);
                    }
                });
                now += Duration.ofMillis(500).toNanos();
            }
            assertThat(read).as(name + ": records read").isEqualTo(all);
            assertThat(basin.givenUpInside)
                    .as(name + ": sessions given up inside a record")
                    .isZero();
            assertThat(counters.silences.sum()).as(name + ": silences").isZero();
            assertThat(counters.reconnects.sum()).as(name + ": reconnects").isZero();
            assertThat(counters.sessions.sum())
                    .as(name + ": connections of " + streams + " streams")
                    .isBetween((long) streams, 2L * streams);
            assertThat(counters.sessions.sum() - streams).as(name).isEqualTo(counters.handBacks.sum());
            if (counters.handBacks.sum() > 0) {
                seen.merge("handed back", 1, Integer::sum);
            }
            readers.close();
            assertThat(ReadFigures.reservedBytes(readers)).as(name).isZero();
        }
    }
}
