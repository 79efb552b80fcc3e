package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.testkit.SameRun;
import java.time.Duration;
import java.util.ArrayList;
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
 *
 * <p>Prints its seed; {@code -Dseed=…} runs one again and prints what happened, {@code -Druns=…} says how many.
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
        Long given = Long.getLong("seed");
        long seed = given != null ? given : System.nanoTime();
        int runs = Integer.getInteger("runs", given != null ? 1 : 120);
        Map<String, Integer> seen = new TreeMap<>();
        for (int run = 0; run < runs; run++) {
            World world = new World(seed + run, seen);
            world.play();
            if (given != null) {
                world.log.forEach(System.out::println);
            }
        }
        System.out.println("simulated " + runs + " runs of many streams from seed " + seed + ": " + seen);
        if (runs > 1) {
            assertThat(seen).containsKeys("slow link", "waited for a loan");
        }
    }

    @Test
    void sameSeedGivesTheSameRun() {
        List<String> here = oneRunOfEachKind();
        SameRun.compare("again", here, oneRunOfEachKind());
        SameRun.inOtherJvms(here, OneRunOfEachKind.class);
    }

    private static List<String> oneRunOfEachKind() {
        List<String> log = new ArrayList<>();
        for (long seed = 0; seed < Kind.values().length; seed++) {
            World world = new World(seed, new TreeMap<>());
            world.play();
            log.add(world.name);
            log.addAll(world.log);
        }
        return log;
    }

    static final class OneRunOfEachKind {
        private OneRunOfEachKind() {}

        public static void main(String[] none) {
            oneRunOfEachKind().forEach(System.out::println);
        }
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
        private long lastReserved;

        private final List<String> log = new ArrayList<>();

        World(long seed, Map<String, Integer> seen) {
            this.kind = Kind.values()[Math.floorMod(seed, Kind.values().length)];
            this.name = "seed " + seed + ", " + kind;
            this.random = new Random(seed);
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
                    log.add(now + ": " + stream + "/" + record.seqNum() + ", " + meteredBytes + " bytes");
                });
                long reserved = ReadFigures.reservedBytes(readers);
                if (reserved != lastReserved) {
                    lastReserved = reserved;
                    log.add(now + ": " + reserved + " bytes reserved, " + basin.exchanges.size() + " sessions");
                }
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
