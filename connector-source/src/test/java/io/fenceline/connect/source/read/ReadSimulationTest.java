package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.testkit.SameRun;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Readers against a simulated basin in every kind of weather: sessions that are cut, ended, silent, refused; streams that are
 * appended to, trimmed, left with holes, deleted and made again; task restarts from what was stored.
 *
 * <p>Prints its seed; {@code -Dseed=…} runs one again and prints what happened, {@code -Druns=…} says how many.
 */
class ReadSimulationTest {

    private static final int BUFFER = 2 << 20;

    @Test
    void everyRecordIsHandedOverOnceAndInOrderUnlessItWasDeletedBefore() {
        Long given = Long.getLong("seed");
        long seed = given != null ? given : System.nanoTime();
        int runs = Integer.getInteger("runs", given != null ? 1 : 400);
        Map<String, Integer> seen = new TreeMap<>();
        for (int run = 0; run < runs; run++) {
            World world = new World(seed + run, seen);
            world.play();
            if (given != null) {
                world.log.forEach(System.out::println);
            }
        }
        System.out.println("simulated " + runs + " runs from seed " + seed + ": " + seen);
        if (runs > 1) {
            assertThat(seen)
                    .containsKeys("gap passed", "restarted", "cut", "silent", "starved", "refused gap", "task restart");
        }
    }

    @Test
    void sameSeedGivesTheSameRun() {
        List<String> here = someRuns();
        SameRun.compare("again", here, someRuns());
        SameRun.inOtherJvms(here, SomeRuns.class);
    }

    private static List<String> someRuns() {
        List<String> log = new ArrayList<>();
        for (long seed = 1; seed <= 20; seed++) {
            World world = new World(seed, new TreeMap<>());
            world.play();
            log.add("seed " + seed);
            log.addAll(world.log);
        }
        return log;
    }

    static final class SomeRuns {
        private SomeRuns() {}

        public static void main(String[] none) {
            someRuns().forEach(System.out::println);
        }
    }

    /** A record's body says which incarnation and which number it is. */
    private static final class World {
        private final long seed;
        private final Random random;
        private final Map<String, Integer> seen;
        private final SimulatedBasin basin = new SimulatedBasin();
        private final PollInbox inbox = new PollInbox();
        private final ReadCounters counters = new ReadCounters();
        private long now = 1_000;

        private final ReadPolicy policy;
        private final int streams;
        private StreamReaders readers;
        /** What Connect has stored: the position behind the last record of each stream, and its stream's creation time. */
        private final Map<String, StreamReaders.Position> stored = new HashMap<>();
        /** Handed over, per stream and incarnation. */
        private final Map<String, List<Long>> received = new HashMap<>();
        /** Deleted before it was handed over. */
        private final Map<String, Set<Long>> deleted = new HashMap<>();

        private final List<String> log = new ArrayList<>();

        World(long seed, Map<String, Integer> seen) {
            this.seed = seed;
            this.random = new Random(seed);
            this.seen = seen;
            this.streams = 1 + random.nextInt(4);
            this.policy = ReadPolicies.of(
                    random.nextInt(4) > 0 ? GapPolicy.CONTINUE : GapPolicy.FAIL,
                    random.nextInt(4) > 0 ? RecreationPolicy.RESTART : RecreationPolicy.FAIL,
                    false,
                    null);
        }

        void play() {
            for (int i = 0; i < streams; i++) {
                basin.create("s" + i);
            }
            start();
            try {
                for (int step = 0; step < 400; step++) {
                    happen();
                    poll(1 + random.nextInt(50), 1 + random.nextInt(40_000));
                }
                settle();
                check();
            } catch (TerminalException e) {
                log.add("stopped: " + String.valueOf(e.getMessage()).replace("\n", " | "));
                checkRefusal(e);
            } finally {
                // its figures would keep the whole world
                readers.close();
            }
        }

        private void start() {
            readers = new StreamReaders(
                    "c",
                    "b",
                    basin,
                    inbox,
                    policy,
                    counters,
                    MetricRegistry.of(new Object(), "c" + seed, "0"),
                    BUFFER,
                    64 << 10,
                    () -> now,
                    random);
            for (int i = 0; i < streams; i++) {
                StreamReaders.Position position = stored.get("s" + i);
                if (position == null) {
                    readers.addFrom("s" + i, new ReadStart.At(0));
                } else {
                    readers.addAt("s" + i, position.seqNum(), position.createdAt());
                }
            }
        }

        private void happen() {
            String name = "s" + random.nextInt(streams);
            SimulatedBasin.Stream stream = basin.streams.get(name);
            switch (random.nextInt(30)) {
                case 0 -> withExchange("cut", SimulatedBasin.SimulatedExchange::cut);
                case 1 -> withExchange("ended", SimulatedBasin.SimulatedExchange::end);
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        withExchange("silent", exchange -> exchange.silent = true);
                    }
                }
                case 3 ->
                    withExchange(
                            "refused",
                            exchange ->
                                    exchange.reject(SimulatedBasin.unavailable().serverError()));
                case 4 -> withExchange("advised", SimulatedBasin.SimulatedExchange::advise);
                case 5 -> {
                    if (stream != null && random.nextInt(6) == 0) {
                        trim(name, stream);
                    }
                }
                case 6 -> {
                    if (random.nextInt(10) == 0) {
                        recreate(name);
                    }
                }
                case 7 -> {
                    if (random.nextInt(4) == 0) {
                        note("task restart");
                        readers.close();
                        inbox.drain();
                        start();
                    }
                }
                case 8 -> now += Duration.ofSeconds(random.nextInt(15)).toNanos();
                case 9, 10, 11, 12, 13 -> {
                    if (stream != null) {
                        append(name, stream);
                    }
                }
                default -> {
                    if (random.nextInt(3) > 0) {
                        basin.answerAll();
                    }
                    List.copyOf(basin.exchanges).forEach(exchange -> {
                        if (random.nextBoolean()) {
                            exchange.move(1 + random.nextInt(20));
                        }
                    });
                }
            }
            now += random.nextInt(50_000_000);
        }

        private interface Act {
            void on(SimulatedBasin.SimulatedExchange exchange);
        }

        private void withExchange(String what, Act act) {
            if (!basin.exchanges.isEmpty()) {
                note(what);
                act.on(basin.exchanges.get(random.nextInt(basin.exchanges.size())));
            }
        }

        private void append(String name, SimulatedBasin.Stream stream) {
            for (int i = random.nextInt(8); i >= 0; i--) {
                if (random.nextInt(8) == 0) {
                    stream.appendCommand();
                } else {
                    byte[] id = (incarnation(name, stream) + "/" + stream.tail + "/").getBytes(StandardCharsets.UTF_8);
                    int size = random.nextInt(40) == 0 ? 300_000 : random.nextInt(3_000);
                    byte[] body = new byte[id.length + size];
                    System.arraycopy(id, 0, body, 0, id.length);
                    stream.append(body);
                }
            }
        }

        private void trim(String name, SimulatedBasin.Stream stream) {
            if (stream.records.isEmpty()) {
                return;
            }
            // from the old end, or a hole somewhere
            long from = random.nextInt(3) > 0
                    ? stream.records.firstKey()
                    : stream.records.firstKey() + random.nextInt(1 + (int) (stream.tail - stream.records.firstKey()));
            long to = from + random.nextInt(20);
            List.copyOf(stream.records.subMap(from, Math.min(to, stream.tail)).values())
                    .forEach(record -> {
                        stream.records.remove(record.seqNum());
                        deleted.computeIfAbsent(incarnation(name, stream), key -> new HashSet<>())
                                .add(record.seqNum());
                    });
        }

        private void recreate(String name) {
            SimulatedBasin.Stream old = basin.streams.get(name);
            if (old != null) {
                deleted.computeIfAbsent(incarnation(name, old), key -> new HashSet<>())
                        .addAll(old.records.keySet());
            }
            SimulatedBasin.Stream fresh = basin.create(name);
            note("recreated");
            for (int i = random.nextInt(40); i >= 0; i--) {
                append(name, fresh);
            }
        }

        private static String incarnation(String name, SimulatedBasin.Stream stream) {
            return name + "@" + stream.createdAt.getEpochSecond();
        }

        private void poll(int records, int bytes) {
            inbox.drain();
            readers.tick();
            readers.take(records, bytes, this::receive);
            long reserved = ReadFigures.reservedBytes(readers);
            if (reserved != lastReserved) {
                lastReserved = reserved;
                log.add(now + ": " + reserved + " bytes reserved, " + basin.exchanges.size() + " sessions");
            }
            assertThat(ReadFigures.reservedBytes(readers)).as("seed %s", seed).isBetween(0L, (long) BUFFER);
        }

        private long lastReserved;

        private void receive(String stream, SequencedRecord record, int meteredBytes, Instant createdAt) {
            assertThat(meteredBytes).as("seed %s", seed).isEqualTo(record.meteredSize());
            String body = new String(record.body(), 0, Math.min(60, record.body().length), StandardCharsets.UTF_8);
            String id = stream + "@" + createdAt.getEpochSecond();
            log.add(now + ": " + id + "/" + record.seqNum() + ", " + meteredBytes + " bytes");
            assertThat(body).as("seed %s", seed).startsWith(id + "/" + record.seqNum() + "/");
            received.computeIfAbsent(id, key -> new ArrayList<>()).add(record.seqNum());
            stored.put(stream, new StreamReaders.Position(stream, record.seqNum() + 1, createdAt));
            if (record.body().length > 128 << 10) {
                note("starved");
            }
        }

        /** The weather clears up. */
        private void settle() {
            for (int step = 0; step < 5_000; step++) {
                List.copyOf(basin.exchanges).stream()
                        .filter(exchange -> exchange.silent)
                        .forEach(SimulatedBasin.SimulatedExchange::cut);
                basin.answerAll();
                List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(20));
                poll(100, 1 << 20);
                now += Duration.ofMillis(500).toNanos();
            }
        }

        private void check() {
            received.forEach((incarnation, numbers) -> {
                List<Long> sorted = numbers.stream().distinct().sorted().toList();
                assertThat(numbers).as("seed %s, %s", seed, incarnation).isEqualTo(sorted);
            });
            basin.streams.forEach((name, stream) -> {
                String incarnation = incarnation(name, stream);
                List<Long> expected = stream.records.values().stream()
                        .filter(record -> !record.isCommand())
                        .map(SequencedRecord::seqNum)
                        .toList();
                Set<Long> gone = deleted.getOrDefault(incarnation, Set.of());
                List<Long> got = received.getOrDefault(incarnation, List.of()).stream()
                        .filter(number -> !gone.contains(number))
                        .toList();
                assertThat(got.size() + " up to " + (got.isEmpty() ? -1 : got.get(got.size() - 1)))
                        .as("seed %s, %s", seed, incarnation)
                        .isEqualTo(expected.size() + " up to "
                                + (expected.isEmpty() ? -1 : expected.get(expected.size() - 1)));
                assertThat(got).as("seed %s, %s", seed, incarnation).isEqualTo(expected);
            });
            if (counters.gaps.sum() > 0) {
                note("gap passed");
            }
            if (counters.recreations.sum() > 0) {
                note("restarted");
            }
        }

        private void checkRefusal(TerminalException e) {
            if (e.code() == TerminalCode.STREAM_GAP) {
                assertThat(policy.continuesAfterGap())
                        .as("seed %s: %s", seed, e.getMessage())
                        .isFalse();
                assertThat(deleted).as("seed %s", seed).isNotEmpty();
                note("refused gap");
            } else {
                assertThat(e.code())
                        .as("seed %s: %s", seed, e.getMessage())
                        .isIn(TerminalCode.STREAM_RESET, TerminalCode.TARGET_MISSING);
                assertThat(policy.restartsWhenRecreated())
                        .as("seed %s: %s", seed, e.getMessage())
                        .isFalse();
                note("refused reset");
            }
            received.forEach((incarnation, numbers) -> assertThat(numbers)
                    .as("seed %s, %s", seed, incarnation)
                    .isEqualTo(numbers.stream().distinct().sorted().toList()));
        }

        private void note(String what) {
            seen.merge(what, 1, Integer::sum);
            log.add(now + ": " + what);
        }
    }
}
