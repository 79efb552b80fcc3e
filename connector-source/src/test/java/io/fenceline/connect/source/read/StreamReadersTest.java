package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamReadersTest {

    private final SimulatedBasin basin = new SimulatedBasin();
    private final PollInbox inbox = new PollInbox();
    private final ReadCounters counters = new ReadCounters();
    private long now = Duration.ofHours(1).toNanos();
    private final StreamReaders readers = new StreamReaders(
            "c",
            "b",
            basin,
            inbox,
            ReadPolicies.strict(),
            counters,
            MetricRegistry.of(new Object(), "readers-test", "0"),
            1 << 20,
            64 << 10,
            () -> now,
            new Random(1));
    private final List<Long> handedOver = new ArrayList<>();

    @AfterEach
    void close() {
        readers.close();
    }

    /** Seen in a connector that was paused over night: its inbox had grown by every heartbeat of every stream. */
    @Test
    void heartbeatsOfAPausedConnectorDoNotPileUp() {
        basin.create("s");
        readers.addFrom("s", new ReadStart.At(0));
        poll();
        ReadExchange.Listener transport = readingSession();
        for (int i = 0; i < 1_000; i++) {
            now += Duration.ofSeconds(10).toNanos();
            transport.onHeartbeat(new StreamPosition(0, 0));
            transport.onUsed(5, 0, true);
        }
        assertThat(inbox.size()).isLessThanOrEqualTo(1);

        long sessions = counters.sessions.sum();
        poll();
        assertThat(counters.sessions.sum()).isEqualTo(sessions);
        assertThat(counters.silences.sum()).isZero();
    }

    @Test
    void sessionThatRepeatsNumbersEndsTheTaskAfterFiveAttempts() {
        SimulatedBasin.Stream stream = basin.create("s");
        for (int i = 0; i < 10; i++) {
            stream.append(new byte[10]);
        }
        readers.addAt("s", 5, stream.createdAt);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 200; i++) {
                        poll();
                        basin.answerAll();
                        for (SimulatedBasin.SimulatedExchange exchange : List.copyOf(basin.exchanges)) {
                            if (exchange.isEstablished()) {
                                exchange.listener().onRecords(List.of(stream.records.get(2L)));
                                exchange.listener().onUsed(20, 0, true);
                            } else {
                                exchange.move(1);
                            }
                        }
                        now += Duration.ofSeconds(1).toNanos();
                    }
                })
                .isInstanceOf(TerminalException.class)
                .satisfies(e -> assertThat(((TerminalException) e).code()).isEqualTo(TerminalCode.PROTOCOL))
                .hasMessageContaining("record 2 came where 5 was expected");
        assertThat(handedOver).isEmpty();
        assertThat(counters.sessions.sum()).isEqualTo(5);
    }

    @Test
    void senselessAnswersBetweenThoseThatMakeSenseDoNotAddUp() {
        SimulatedBasin.Stream stream = basin.create("s");
        for (int i = 0; i < 30; i++) {
            stream.append(new byte[10]);
        }
        readers.addAt("s", 5, stream.createdAt);
        for (int i = 0; i < 200; i++) {
            poll();
            basin.answerAll();
            for (SimulatedBasin.SimulatedExchange exchange : List.copyOf(basin.exchanges)) {
                boolean inTheMiddle = exchange.isEstablished();
                exchange.move(1);
                if (inTheMiddle) {
                    exchange.listener().onRecords(List.of(stream.records.get(2L)));
                    exchange.listener().onUsed(20, 0, true);
                }
            }
            now += Duration.ofSeconds(1).toNanos();
        }
        assertThat(handedOver).hasSizeGreaterThan(10);
        assertThat(counters.reconnects.sum()).isGreaterThan(10);
    }

    /** Seen with start.from=<time> on a stream of which everything had been trimmed: the server answers 416 to it. */
    @Test
    void startByTimeBehindAllRecordsWaitsForWhatComes() {
        SimulatedBasin.Stream stream = basin.create("s");
        stream.tail = 7;
        readers.addFrom("s", new ReadStart.AtTime(1_700_000_000_000L));
        poll();
        basin.exchanges.get(0).reject(new ServerError(416, "", "above", null, null, new StreamPosition(7, 1), 0));
        poll();
        stream.append(new byte[10]);
        for (int i = 0; i < 10; i++) {
            List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(10));
            basin.answerAll();
            poll();
        }
        assertThat(handedOver).containsExactly(7L);
    }

    /** The task stopped with PROTOCOL and the advice to look at endpoints and the server's version. */
    @ParameterizedTest
    @ValueSource(strings = {"bad_header", "decryption_failed"})
    void aKeyThatIsMissingOrWrongIsNamed(String code) {
        basin.create("s");
        readers.addAt("s", 0, null);
        poll();
        basin.exchanges.get(0).reject(ServerError.of(400, code, "as S2 says it"));
        assertThatThrownBy(this::poll)
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[AUTH]")
                .hasMessageContaining("as S2 says it")
                .hasMessageContaining("s2.encryption.key");
    }

    @Test
    void operatorsSeeHowManyStreamsATaskHasAndHowManyOfThemItCanRead() {
        assertThat(ReadFigures.of(readers, "streams-owned")).isEqualTo(0L);
        for (int i = 0; i < 3; i++) {
            basin.create("s" + i).append(new byte[10]);
            readers.addFrom("s" + i, new ReadStart.At(0));
        }
        assertThat(ReadFigures.of(readers, "streams-owned")).isEqualTo(3L);
        assertThat(ReadFigures.of(readers, "streams-open")).isEqualTo(0L);

        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        assertThat(ReadFigures.of(readers, "streams-open")).isEqualTo(3L);

        basin.exchanges.get(0).reject(ServerError.of(429, "rate_limited", ""));
        poll();
        assertThat(ReadFigures.of(readers, "streams-open")).isEqualTo(2L);
        assertThat(ReadFigures.of(readers, "streams-owned")).isEqualTo(3L);
        assertThat(counters.throttled.sum()).isEqualTo(1);
    }

    @Test
    void theAgeOfTheNewestRecordIsThatOfWhatWasHandedOver() {
        AtomicLong clock = new AtomicLong(5_000);
        Gauge age = counters.newestRecord.age("age", "", clock::get);
        SimulatedBasin.Stream stream = basin.create("s");
        stream.append(new byte[10]);
        readers.addFrom("s", new ReadStart.At(0));
        assertThat(age.value().read()).as("before the first").isNull();

        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        assertThat(handedOver).hasSize(1);
        long newest = stream.records.get(0L).timestamp();
        clock.set(newest + 1_200);
        assertThat(age.value().read()).isEqualTo(1_200L);
        clock.set(newest - 1);
        assertThat(age.value().read()).as("ahead of our clock").isEqualTo(0L);
    }

    /** It stood still while Connect waited for Kafka's producer, which was the time to look at it. */
    @Test
    void theLagGrowsWithTheStreamAlsoWhileTheTaskThreadIsHeldUp() throws Exception {
        ObjectName bean = new ObjectName("io.fenceline:type=s2-source-stream,connector=readers-test,task=0,stream=s");
        MBeanServer server = ManagementFactory.getPlatformMBeanServer();
        basin.create("s").append(new byte[10]);
        readers.addFrom("s", new ReadStart.At(0));
        assertThat(server.getAttribute(bean, "lag")).as("not known").isNull();
        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        assertThat(handedOver).hasSize(1);

        basin.exchanges.get(0).listener().onTail(new StreamPosition(51, 0));

        assertThat(server.getAttribute(bean, "lag")).isEqualTo(50L);
    }

    /** A hundred connections a second, and nothing in the log, though nobody waited for anything. */
    @Test
    void memoryThatIsAllGrantedIsNoReasonToTakeAnyBack() {
        for (int i = 0; i < 8; i++) {
            basin.create("s" + i).append(new byte[10]);
            readers.addFrom("s" + i, new ReadStart.At(0));
        }
        for (int i = 0; i < 50; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        assertThat(handedOver).hasSize(8);
        assertThat(counters.sessions.sum()).isEqualTo(8);
        assertThat(counters.handBacks.sum()).isZero();
    }

    @Test
    void aStreamThatDoesNotUseWhatItHasGivesItBackWhereOthersWaitAndThatIsCounted() {
        basin.create("first").append(new byte[10]);
        readers.addFrom("first", new ReadStart.At(0));
        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        long alone = ReadFigures.reservedBytes(readers);
        assertThat(alone).isGreaterThan(4L * ReadExchange.INITIAL_GRANT);
        // all there is room for, if each has what it begins with
        for (int i = 1; i < 32; i++) {
            basin.create("s" + i).append(new byte[10]);
            readers.addFrom("s" + i, new ReadStart.At(0));
        }
        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        assertThat(handedOver).hasSize(32);
        assertThat(counters.handBacks.sum()).isEqualTo(1);
        assertThat(counters.sessions.sum()).isEqualTo(33);
        assertThat(counters.gauges().stream().map(gauge -> gauge.name())).contains("hand-backs-total");
    }

    @Test
    void whatStreamsHaveFromBeforeOthersJoinedIsNotGrantedToThoseAsWell() {
        for (int i = 0; i < 3; i++) {
            SimulatedBasin.Stream stream = basin.create("first" + i);
            stream.append(new byte[10]);
            readers.addFrom("first" + i, new ReadStart.At(0));
        }
        for (int i = 0; i < 10; i++) {
            poll();
            basin.answerAll();
            basin.moveAll();
        }
        long before = ReadFigures.reservedBytes(readers);
        // inside a record of which the rest does not come for now, so that nothing can be taken back
        for (int i = 0; i < 3; i++) {
            basin.streams.get("first" + i).append(new byte[50_000]);
        }
        basin.exchanges.forEach(exchange -> exchange.move(1, 100));
        int others = (int) (((512 << 10) - before) / ReadExchange.INITIAL_GRANT);
        for (int i = 0; i < others; i++) {
            SimulatedBasin.Stream stream = basin.create("s" + i);
            for (int r = 0; r < 100; r++) {
                stream.append(new byte[1_000]);
            }
            readers.addFrom("s" + i, new ReadStart.At(0));
        }
        for (int i = 0; i < 200; i++) {
            poll();
            assertThat(ReadFigures.reservedBytes(readers)).isLessThanOrEqualTo(512 << 10);
            basin.answerAll();
            List.copyOf(basin.exchanges).stream()
                    .filter(exchange -> exchange.name.startsWith("s"))
                    .forEach(exchange -> exchange.move(20));
        }
        assertThat(handedOver).hasSize(3 + others * 100);
        assertThat(basin.givenUpInside).isZero();
    }

    @Test
    void moreStreamsThanThereIsMemoryForAreRefusedWithACode() {
        for (int i = 0; i < 32; i++) {
            readers.addFrom("s" + i, new ReadStart.At(0));
        }
        assertThatThrownBy(() -> readers.addFrom("s32", new ReadStart.At(0)))
                .isInstanceOf(TerminalException.class)
                .hasMessageContaining("[RECORD_TOO_LARGE]")
                .hasMessageContaining("buffer.max.bytes")
                .hasMessageContaining("s32");
    }

    private ReadExchange.Listener readingSession() {
        SimulatedBasin.SimulatedExchange exchange = basin.exchanges.get(0);
        exchange.move(1);
        exchange.move(1);
        poll();
        basin.answerAll();
        poll();
        return exchange.listener();
    }

    private void poll() {
        inbox.drain();
        readers.tick();
        readers.take(100, 1 << 20, (stream, record, meteredBytes, createdAt) -> handedOver.add(record.seqNum()));
    }
}
