package io.fenceline.connect.source.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One stream, one fault at a time. */
class StreamReaderTest {

    private final SimulatedBasin basin = new SimulatedBasin();
    private final SimulatedBasin.Stream stream = basin.create("s");
    private final PollInbox inbox = new PollInbox();
    private final ReadCounters counters = new ReadCounters();
    private final List<Long> read = new ArrayList<>();
    private long now = Duration.ofHours(1).toNanos();

    private StreamReaders readers(GapPolicy onGap, RecreationPolicy onRecreated, boolean forgetDeleted) {
        return new StreamReaders(
                "c",
                "b",
                basin,
                inbox,
                ReadPolicies.of(onGap, onRecreated, forgetDeleted, Duration.ofMinutes(5)),
                counters,
                MetricRegistry.of(new Object(), "reader-test", "0"),
                1 << 20,
                64 << 10,
                () -> now,
                new Random(1));
    }

    private final StreamReaders strict = readers(GapPolicy.FAIL, RecreationPolicy.FAIL, false);
    private final StreamReaders lenient = readers(GapPolicy.CONTINUE, RecreationPolicy.RESTART, false);
    private final StreamReaders discovering = readers(GapPolicy.FAIL, RecreationPolicy.FAIL, true);

    @Test
    void aLongerStreamOfTheSameNameIsNotTakenForTheOneThatWasRead() {
        append(30);
        strict.addAt("s", 10, stream.createdAt.minusSeconds(1));
        assertStops(strict, TerminalCode.STREAM_RESET);
        assertThat(read).isEmpty();
    }

    @Test
    void aStreamMadeAgainBetweenTwoSessionsIsNoticed() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        run(strict);
        assertThat(read).hasSize(10);
        SimulatedBasin.Stream second = basin.create("s");
        for (int i = 0; i < 30; i++) {
            second.append(new byte[10]);
        }
        assertStops(strict, TerminalCode.STREAM_RESET);
        assertThat(read).hasSize(10);
    }

    @Test
    void aStreamMadeAgainIsReadFromItsBeginningIfAskedFor() {
        append(10);
        lenient.addAt("s", 0, stream.createdAt);
        run(lenient);
        SimulatedBasin.Stream second = basin.create("s");
        second.append(new byte[10]);
        second.append(new byte[10]);
        run(lenient);
        assertThat(read).hasSize(12).endsWith(9L, 0L, 1L);
        assertThat(counters.recreations.sum()).isEqualTo(1);
        assertThat(lenient.positions()).containsExactly(new StreamReaders.Position("s", 2, second.createdAt));
    }

    /** An offset set by hand to a wrong number read the whole stream again under on.recreated=restart. */
    @Test
    void aPositionAboveTheEndWithoutACreationTimeIsNotTakenForAStreamMadeAgain() {
        append(10);
        lenient.addAt("s", 1000, null);
        assertThat(assertStops(lenient, TerminalCode.STREAM_RESET))
                .contains("the next record to read is 1000, but the stream ends at 10")
                .contains("\"seq_num\":10");
        assertThat(read).isEmpty();
    }

    @Test
    void recordsThatAreGoneAreMissedThoughNothingFollowsThem() {
        append(10);
        stream.records.clear();
        strict.addAt("s", 4, stream.createdAt);
        assertThat(assertStops(strict, TerminalCode.STREAM_GAP))
                .contains("records 4 to 9")
                .contains("\"seq_num\":10");
    }

    @Test
    void aSingleRecordThatIsGoneIsMissed() {
        append(10);
        stream.records.remove(5L);
        strict.addAt("s", 4, stream.createdAt);
        assertThat(assertStops(strict, TerminalCode.STREAM_GAP))
                .contains("record 5 is")
                .contains("\"seq_num\":6");
        assertThat(read).containsExactly(4L);
    }

    /** A connector that went on after a gap met the same gap again after each restart, as long as nothing followed it. */
    @Test
    void thePositionBehindAGapIsHandedOverThoughNothingFollowsIt() {
        append(10);
        stream.records.clear();
        lenient.addAt("s", 4, stream.createdAt);
        // not one heartbeat more
        for (int i = 0; i < 20 && counters.gaps.sum() == 0; i++) {
            basin.answerAll();
            move(20);
            poll(lenient);
        }
        assertThat(counters.gaps.sum()).isEqualTo(1);
        assertThat(counters.recordsMissed.sum()).isEqualTo(6);
        assertThat(lenient.positions()).containsExactly(new StreamReaders.Position("s", 10, stream.createdAt));
    }

    /** An offset set by hand has no creation time: a stream made again was taken for the old one until a record came. */
    @Test
    void aQuietStreamsPositionGetsItsCreationTime() {
        append(10);
        strict.addAt("s", 10, null);
        run(strict);
        assertThat(strict.positions()).containsExactly(new StreamReaders.Position("s", 10, stream.createdAt));
    }

    @Test
    void anAnswerToAnEarlierQuestionIsNotTakenForOneAboutThisSession() {
        append(10);
        strict.addAt("s", 0, null);
        // the listing is asked for the first session, and that one breaks
        for (int i = 0; i < 3; i++) {
            poll(strict);
            move(20);
        }
        poll(strict);
        assertThat(basin.answers).hasSize(1);
        basin.exchanges.get(0).cut();
        poll(strict);
        // meanwhile the stream is another one, and that is what the next session reads
        SimulatedBasin.Stream second = basin.create("s");
        second.append(new byte[10]);
        now += Duration.ofSeconds(1).toNanos();
        poll(strict);
        basin.answers.remove(0).run();
        poll(strict);
        assertThat(strict.positions()).isEmpty();
        for (int i = 0; i < 20; i++) {
            run(strict);
        }
        assertThat(read).containsExactly(0L);
        assertThat(strict.positions()).containsExactly(new StreamReaders.Position("s", 1, second.createdAt));
    }

    @Test
    void aDeletedStreamIsForgottenWhereStreamsComeAndGo() {
        append(10);
        discovering.addAt("s", 0, stream.createdAt);
        run(discovering);
        basin.streams.remove("s");
        run(discovering);
        run(discovering);
        assertThat(discovering.streams()).isEmpty();
        assertThat(ReadFigures.reservedBytes(discovering)).isZero();
        assertThat(read).hasSize(10);
    }

    @Test
    void aDeletedStreamStopsTheTaskThatWasToldToReadIt() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        run(strict);
        basin.streams.remove("s");
        assertStops(strict, TerminalCode.TARGET_MISSING);
    }

    /** It was called a broken protocol. */
    @Test
    void aBasinThatIsGoneStopsTheTaskAlsoWhereStreamsComeAndGo() {
        for (StreamReaders readers : List.of(strict, discovering, lenient)) {
            readers.addAt("s", 0, stream.createdAt);
            run(readers);
            List.copyOf(basin.exchanges)
                    .forEach(exchange -> exchange.reject(ServerError.of(404, "basin_not_found", "no such basin")));
            assertThat(assertStops(readers, TerminalCode.TARGET_MISSING)).contains("s2.basin");
        }
    }

    @Test
    void aMissingStreamIsWaitedForWithoutEndIfItMayBeMadeAgain() {
        basin.streams.remove("s");
        lenient.addFrom("s", new ReadStart.At(0));
        for (int i = 0; i < 100; i++) {
            run(lenient);
            now += Duration.ofSeconds(10).toNanos();
        }
        basin.create("s").append(new byte[10]);
        run(lenient);
        assertThat(read).containsExactly(0L);
    }

    @Test
    void aSessionThatSaysNothingForTooLongIsReplaced() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        run(strict);
        SimulatedBasin.SimulatedExchange dead = basin.exchanges.get(0);
        dead.silent = true;
        stream.append(new byte[10]);
        now += Duration.ofSeconds(19).toNanos();
        poll(strict);
        assertThat(counters.silences.sum()).isZero();
        now += Duration.ofSeconds(2).toNanos();
        run(strict);
        assertThat(counters.silences.sum()).isEqualTo(1);
        assertThat(dead.over).isTrue();
        assertThat(read).hasSize(11);
    }

    @Test
    void aTaskThatWaitsForNewsWaitsNoLongerThanTheSilenceIsBearable() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        run(strict);
        basin.exchanges.get(0).silent = true;
        now += Duration.ofSeconds(5).toNanos();
        poll(strict);
        assertThat(strict.idleFor())
                .isBetween(
                        Duration.ofSeconds(14).toNanos(), Duration.ofSeconds(15).toNanos());
        now += strict.idleFor();
        poll(strict);
        assertThat(counters.silences.sum()).isZero();
        now += 1;
        poll(strict);
        assertThat(counters.silences.sum()).isEqualTo(1);
        assertThat(strict.idleFor()).isEqualTo(Duration.ofMillis(100).toNanos());
    }

    /** A producer that was blocked for half a minute cost every stream its session. */
    @Test
    void aSlowConsumerIsNotTakenForSilence() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        for (int i = 0; i < 10; i++) {
            inbox.drain();
            strict.tick();
            basin.answerAll();
            move(20);
        }
        now += Duration.ofSeconds(60).toNanos();
        inbox.drain();
        strict.tick();
        assertThat(counters.silences.sum()).isZero();
        // the time counts from when there was nothing left to take
        poll(strict);
        now += Duration.ofSeconds(15).toNanos();
        poll(strict);
        assertThat(counters.silences.sum()).isZero();
        assertThat(read).hasSize(10);
        now += Duration.ofSeconds(6).toNanos();
        poll(strict);
        assertThat(counters.silences.sum()).isEqualTo(1);
    }

    /** Seen over a link of 10 kB/s: a record of 1 MB was begun again and again, each time for 20 s, and never read. */
    @Test
    void aLinkThatNeedsLongerForARecordThanTheBearableSilenceIsNoSilence() {
        stream.append(new byte[300_000]);
        strict.addAt("s", 0, stream.createdAt);
        for (int i = 0; i < 400 && read.isEmpty(); i++) {
            poll(strict);
            basin.answerAll();
            List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(20, 5_000));
            now += Duration.ofSeconds(5).toNanos();
        }
        assertThat(read).containsExactly(0L);
        assertThat(now - Duration.ofHours(1).toNanos())
                .isGreaterThan(Duration.ofMinutes(4).toNanos());
        assertThat(counters.silences.sum()).isZero();
        assertThat(counters.sessions.sum()).isEqualTo(1);
    }

    @Test
    void aPeerThatSendsAByteNowAndThenIsSilent() {
        stream.append(new byte[300_000]);
        strict.addAt("s", 0, stream.createdAt);
        run(strict);
        for (int i = 0; i < 40 && counters.silences.sum() == 0; i++) {
            poll(strict);
            List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(20, 20));
            now += Duration.ofSeconds(1).toNanos();
        }
        assertThat(counters.silences.sum()).isZero();
        stream.append(new byte[300_000]);
        for (int i = 0; i < 40 && counters.silences.sum() == 0; i++) {
            poll(strict);
            List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(20, 20));
            now += Duration.ofSeconds(1).toNanos();
        }
        assertThat(counters.silences.sum()).isEqualTo(1);
    }

    /** What was missing in one listing was forgotten, and read again from the stored offset when it was back. */
    @Test
    void aStreamThatIsMissingOnceIsLookedForASecondTime() {
        append(10);
        discovering.addAt("s", 0, stream.createdAt);
        run(discovering);
        basin.exchanges.get(0).cut();
        basin.streams.remove("s");
        poll(discovering);
        now += Duration.ofMillis(200).toNanos();
        // asked for, and refused
        poll(discovering);
        move(1);
        poll(discovering);
        basin.streams.put("s", stream);
        append(1);
        run(discovering);
        assertThat(discovering.streams()).containsExactly("s");
        assertThat(read).hasSize(11);
    }

    @Test
    void aStreamThatComesBackGoesOnWhereItWas() {
        append(10);
        discovering.addAt("s", 0, stream.createdAt);
        run(discovering);
        basin.streams.remove("s");
        run(discovering);
        run(discovering);
        assertThat(discovering.streams()).isEmpty();
        assertThat(discovering.addAgain("other")).isFalse();
        basin.streams.put("s", stream);
        append(1);
        assertThat(discovering.addAgain("s")).isTrue();
        run(discovering);
        assertThat(read).hasSize(11).endsWith(9L, 10L);
        assertThat(discovering.addAgain("s")).as("nothing newer is known").isFalse();
    }

    /** The stream that comes back is another one: that is for on.recreated to judge. */
    @Test
    void anotherStreamThatComesUnderTheNameOfOneThatIsGoneIsNoticed() {
        append(10);
        discovering.addAt("s", 0, stream.createdAt);
        run(discovering);
        basin.streams.remove("s");
        run(discovering);
        run(discovering);
        SimulatedBasin.Stream second = basin.create("s");
        for (int i = 0; i < 30; i++) {
            second.append(new byte[10]);
        }
        assertThat(discovering.addAgain("s")).isTrue();
        assertStops(discovering, TerminalCode.STREAM_RESET);
    }

    @Test
    void theServicesWishForAPauseIsHeardAlsoIfOursWouldBeShorter() {
        strict.addAt("s", 0, stream.createdAt);
        poll(strict);
        basin.exchanges.get(0).reject(rateLimited(7_000));
        poll(strict);
        assertPausesFor(7_000);
    }

    @Test
    void theServicesWishForAPauseIsHeardAlsoWhenItWasAskedForTheCreationTime() {
        append(10);
        strict.addAt("s", 0, null);
        basin.failNextInfo(rateLimited(7_000));
        for (int i = 0; i < 5; i++) {
            poll(strict);
            move(20);
            basin.answerAll();
        }
        assertPausesFor(7_000);
    }

    @Test
    void aWishForLessThanOurPauseDoesNotShortenIt() {
        strict.addAt("s", 0, stream.createdAt);
        poll(strict);
        basin.exchanges.get(0).reject(rateLimited(1));
        poll(strict);
        now += Duration.ofMillis(99).toNanos();
        poll(strict);
        assertThat(basin.exchanges).isEmpty();
    }

    /** The time ran out in the pause, and the task stopped without having tried again. */
    @Test
    void aPauseS2AsksForIsFollowedByAnotherAttemptThoughItIsLongerThanTheTimeLimit() {
        append(10);
        strict.addAt("s", 0, stream.createdAt);
        poll(strict);
        basin.exchanges.get(0).reject(rateLimited(600_000));
        poll(strict);
        now += Duration.ofSeconds(599).toNanos();
        poll(strict);
        assertThat(basin.exchanges).isEmpty();
        now += Duration.ofSeconds(1).toNanos();
        run(strict);
        assertThat(read).hasSize(10);
    }

    @Test
    void aStreamThatIsAwaitedDoesNotEndTheTaskHoweverLongThereWasTrouble() {
        lenient.addAt("s", 0, stream.createdAt);
        basin.streams.clear();
        for (int i = 0; i < 100; i++) {
            run(lenient);
            now += Duration.ofMinutes(1).toNanos();
            basin.exchanges.forEach(
                    exchange -> assertThat(exchange.isEstablished()).isFalse());
        }
        basin.create("s").append(new byte[10]);
        run(lenient);
        now += Duration.ofMinutes(1).toNanos();
        run(lenient);
        assertThat(read).containsExactly(0L);
    }

    @Test
    void aTokenThatHasBeenReplacedMeanwhileIsNoRefusal() {
        ServerError replaced = ServerError.of(401, "authn", "no").withCredentialsReplaced();
        strict.addAt("s", 0, stream.createdAt);
        for (int i = 0; i < 3; i++) {
            refuseSession(strict, replaced);
        }
        append(3);
        run(strict);
        assertThat(read).hasSize(3);
    }

    /** The first refusal ended the task, where a sink asks twice. */
    @ParameterizedTest
    @CsvSource({"401, authn", "403, permission_denied", "404, access_token_not_found"})
    void credentialsAreRefusedTwiceBeforeTheTaskStopsWhetherToReadOrToLook(int status, String code) {
        ServerError refusal = ServerError.of(status, code, "no");
        strict.addAt("s", 0, stream.createdAt);
        refuseSession(strict, refusal);
        append(3);
        run(strict);
        assertThat(read).hasSize(3);

        basin.failNextInfo(refusal);
        List.copyOf(basin.exchanges).forEach(SimulatedBasin.SimulatedExchange::end);
        run(strict);
        append(3);
        run(strict);
        assertThat(read).as("a success between two refusals").hasSize(6);

        refuseSession(strict, refusal);
        basin.failNextInfo(refusal);
        assertThat(assertStops(strict, TerminalCode.AUTH)).contains("s2.access.token", "number 6");
    }

    /** One answer of a proxy ended the task. */
    @Test
    void anAnswerThatIsNotTheProtocolStopsTheTaskTheFifthTime() {
        ServerError proxy = ServerError.of(418, "", "unexpected error body: <html>");
        strict.addAt("s", 0, stream.createdAt);
        for (int i = 0; i < 4; i++) {
            refuseSession(strict, proxy);
        }
        append(1);
        run(strict);
        assertThat(read).hasSize(1);

        for (int i = 0; i < 5; i++) {
            refuseSession(strict, proxy);
        }
        assertThat(assertStops(strict, TerminalCode.PROTOCOL)).contains("418", "endpoints");
    }

    private void refuseSession(StreamReaders readers, ServerError error) {
        for (int i = 0; i < 100 && basin.exchanges.isEmpty(); i++) {
            now += Duration.ofSeconds(1).toNanos();
            poll(readers);
        }
        List.copyOf(basin.exchanges).forEach(exchange -> exchange.reject(error));
    }

    @Test
    void nothingIsReadForTooLongEndsTheTask() {
        strict.addAt("s", 0, stream.createdAt);
        String message = null;
        for (int i = 0; i < 100 && message == null; i++) {
            try {
                poll(strict);
                for (SimulatedBasin.SimulatedExchange exchange : List.copyOf(basin.exchanges)) {
                    exchange.reject(ServerError.of(503, "unavailable", "just now"));
                }
                now += Duration.ofSeconds(11).toNanos();
            } catch (TerminalException e) {
                assertThat(e.code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
                message = e.getMessage();
            }
        }
        assertThat(message).contains("just now");
        assertThat(now - Duration.ofHours(1).toNanos())
                .isGreaterThan(Duration.ofMinutes(5).toNanos());
    }

    @Test
    void aRecordLargerThanTheShareIsReadOnLoanAndTheNextStreamGetsTheLoanAfterIt() {
        for (int i = 0; i < 30; i++) {
            String name = "t" + i;
            SimulatedBasin.Stream other = basin.create(name);
            for (int r = 0; r < 2; r++) {
                other.append(new byte[300_000]);
            }
            lenient.addAt(name, 0, other.createdAt);
        }
        for (int i = 0; i < 400 && read.size() < 60; i++) {
            run(lenient);
            assertThat(ReadFigures.reservedBytes(lenient)).isLessThanOrEqualTo(1 << 20);
        }
        assertThat(read).hasSize(60);
    }

    private void append(int records) {
        for (int i = 0; i < records; i++) {
            stream.append(new byte[10]);
        }
    }

    private void move(int records) {
        List.copyOf(basin.exchanges).forEach(exchange -> exchange.move(records));
    }

    /** Fair weather for a while. */
    private void run(StreamReaders readers) {
        for (int i = 0; i < 10; i++) {
            poll(readers);
            basin.answerAll();
            move(20);
            now += Duration.ofMillis(200).toNanos();
        }
        poll(readers);
    }

    private static ServerError rateLimited(long retryAfterMillis) {
        return new ServerError(429, "rate_limited", "", null, null, null, retryAfterMillis);
    }

    /** No session is open, and the next one not a millisecond earlier. */
    private void assertPausesFor(long millis) {
        assertThat(basin.exchanges).isEmpty();
        now += Duration.ofMillis(millis - 1).toNanos();
        poll(strict);
        assertThat(basin.exchanges).isEmpty();
        now += Duration.ofMillis(1).toNanos();
        poll(strict);
        assertThat(basin.exchanges).hasSize(1);
    }

    private void poll(StreamReaders readers) {
        inbox.drain();
        readers.tick();
        readers.take(100, 1 << 20, (name, record, meteredBytes, createdAt) -> read.add(record.seqNum()));
    }

    private String assertStops(StreamReaders readers, TerminalCode code) {
        String[] message = new String[1];
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 20; i++) {
                        run(readers);
                    }
                })
                .isInstanceOfSatisfying(TerminalException.class, e -> {
                    assertThat(e.code()).isEqualTo(code);
                    message[0] = e.getMessage();
                });
        return message[0];
    }
}
