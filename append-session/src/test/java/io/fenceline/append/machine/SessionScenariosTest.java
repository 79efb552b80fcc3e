package io.fenceline.append.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.fenceline.append.RetryPolicy;
import io.fenceline.append.SessionEnd;
import io.fenceline.append.SessionState;
import io.fenceline.append.machine.MachineDriver.Append;
import io.fenceline.append.machine.SessionWorld.Fault;
import io.fenceline.append.machine.SessionWorld.FaultKind;
import io.fenceline.append.machine.SessionWorld.Weather;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.FencingToken;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The scenarios of the fault matrix that a session alone has to survive, each by its number, and the session's other promises. */
class SessionScenariosTest {

    private static final Weather PIPELINED = new Weather(true, true, 1 << 20);

    private static SessionWorld world(RetryPolicy policy, List<Fault> faults) {
        return new SessionWorld(policy, policy == RetryPolicy.FENCED, PIPELINED, faults, () -> 0.5);
    }

    private static List<Integer> ids(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    private static SequencedRecord[] stored(MachineDriver driver, Append... appends) {
        return Arrays.stream(appends)
                .flatMap(append -> driver.stored(append).stream())
                .toArray(SequencedRecord[]::new);
    }

    @Nested
    class F1LostReply {

        @Test
        void lostReplyOfAnyOfOneToFourBatchesLeavesOneCopyOfEach() {
            for (int batches = 1; batches <= 4; batches++) {
                for (int lost = 1; lost <= batches; lost++) {
                    int replyEvent = batches + lost; // behind the connect and all requests
                    SessionWorld world =
                            world(RetryPolicy.FENCED, List.of(new Fault(replyEvent, FaultKind.DROP_REPLY_REST_LANDS)));
                    for (int i = 0; i < batches; i++) {
                        world.submit(2 * i, 2);
                    }
                    world.close();
                    world.run();
                    assertThat(world.effectiveFaults).isEqualTo(1);
                    assertThat(world.end).isInstanceOf(SessionEnd.Closed.class);
                    assertThat(world.stream.ids()).isEqualTo(ids(2 * batches));
                    assertThat(world.landedByReadBack).isEqualTo(batches - lost + 1);
                    world.checkTickets();
                }
            }
        }

        @Test
        void readBackThatFailsLeavesTheBatchInDoubtAndIsRepeated() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(2);
            driver.established();
            driver.broken();
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            driver.on(new SessionEvent.ReadFailed(driver.generation, null, "timeout"));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            assertThat(append.inDoubt()).isTrue();

            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            driver.page(stored(driver, append));
            assertThat(append.ack.start()).isEqualTo(new StreamPosition(MachineDriver.START, 7));
            assertThat(append.ack.end()).isEqualTo(new StreamPosition(MachineDriver.START + 2, 7));
        }

        @Test
        void readBackThatHangsCountsAsFailed() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.broken();
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 1));
            driver.tickAfter(Duration.ofSeconds(30));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            assertThat(append.completions).isZero();
        }

        @Test
        void answerOfAnEarlierReadBackChangesNothing() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(2);
            driver.established();
            driver.broken();
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            long earlier = driver.generation;
            driver.tickAfter(Duration.ofSeconds(30)); // it hangs
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            driver.forget();
            driver.on(new SessionEvent.PageRead(
                    earlier, new ReadBatch(List.of(MachineDriver.foreign(MachineDriver.START)), null)));
            driver.on(new SessionEvent.ReadFailed(earlier, ServerError.of(404, "stream_not_found", ""), "404"));
            assertThat(driver.effects).isEmpty();
            driver.page(stored(driver, append));
            assertThat(append.ack).isNotNull();
        }

        @Test
        void longReadBackComesInPages() {
            MachineDriver driver = MachineDriver.fenced();
            Append first = driver.submit(1000);
            Append second = driver.submit(500);
            driver.established();
            driver.broken();
            driver.tick();
            driver.forget();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 1500));
            List<SequencedRecord> firstStored = driver.stored(first);
            driver.page(firstStored.subList(0, 700).toArray(SequencedRecord[]::new));
            driver.page(firstStored.subList(700, 1000).toArray(SequencedRecord[]::new));
            assertThat(first.completions)
                    .as("settled only when the whole range is known")
                    .isZero();
            driver.page(stored(driver, second));

            assertThat(driver.effects(SessionEffect.ReadPage.class))
                    .extracting(SessionEffect.ReadPage::seqNum, SessionEffect.ReadPage::count)
                    .containsExactly(tuple(100L, 1000), tuple(800L, 800), tuple(1100L, 500));
            assertThat(first.ack).isNotNull();
            assertThat(second.ack).isNotNull();
        }
    }

    /** The symptom of https://github.com/s2-streamstore/s2-sdk-python/issues/45 and its relatives. */
    @Nested
    class F2FreshBatchesBehindResentOnes {

        @ParameterizedTest
        @CsvSource({"500, storage", "503, unavailable", "504, upstream_timeout", "408, request_timeout", "0, reset"})
        void batchBehindResentOnesIsNotWrittenTwiceWhenTheBreakFollowsTheirAcks(int status, String code) {
            MachineDriver driver = MachineDriver.fenced();
            Append a = driver.submit(1);
            Append b = driver.submit(1);
            driver.established();
            driver.broken();
            Append c = driver.submit(1);
            driver.forget();
            driver.tick();
            assertThat(driver.sent()).as("the oldest alone").containsExactly(0);
            driver.ack(a);
            assertThat(driver.sent()).as("then the old ones, nothing fresh").containsExactly(0, 1);
            driver.ack(b);
            assertThat(driver.sent())
                    .as("the fresh one once nothing is in doubt")
                    .containsExactly(0, 1, 2);
            if (status == 0) {
                driver.broken();
            } else {
                driver.refuse(status, code);
            }
            assertThat(c.inDoubt())
                    .as("c was handed over, and the acks of a and b say nothing about it")
                    .isTrue();

            driver.tick();
            assertThat(driver.state()).isEqualTo(SessionState.RESOLVING);
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 3));
            driver.page(stored(driver, c));
            assertThat(List.of(a.completions, b.completions, c.completions)).containsOnly(1);
            assertThat(c.ack.start().seqNum()).isEqualTo(MachineDriver.START + 2);
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
        }

        @Test
        void freshBatchIsInDoubtThoughTheResentOneBeforeItWasAcknowledged() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.NO_SIDE_EFFECTS, false, 1 << 20, null));
            Append old = driver.submit(1);
            driver.broken(TransportFailure.Kind.NOT_CONNECTED);
            driver.tick(); // sent again: it cannot have had an effect
            Append fresh = driver.submit(1);
            assertThat(driver.sent()).containsExactly(0, 0, 1);
            driver.on(new SessionEvent.Acked(driver.generation, MachineDriver.ack(100, 101), false));
            driver.broken();

            assertThat(old.ack).isNotNull();
            assertThat(fresh.failure).isInstanceOf(SessionEnd.InDoubt.class);
            assertThat(fresh.inDoubt).isTrue();
            assertThat(driver.sent()).as("never sent a second time").containsExactly(0, 0, 1);
        }

        @Test
        void nothingFreshIsSentWhileABatchIsInDoubt() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.broken();
            driver.tick();
            driver.submit(1);
            driver.established();
            driver.ack(driver.appends.get(0));
            driver.submit(1);
            driver.ack(driver.appends.get(1));
            assertThat(driver.sent()).doesNotContain(3, 4);
            driver.ack(driver.appends.get(2));
            assertThat(driver.sent()).endsWith(2, 3, 4);
        }

        @Test
        void whatNoExchangeCanHaveBroughtToTheServiceIsNotResent() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            for (int i = 0; i < 3; i++) {
                driver.broken(TransportFailure.Kind.NOT_CONNECTED);
                driver.tick();
            }
            assertThat(driver.effects(SessionEffect.Resent.class)).isEmpty();

            driver.established();
            driver.broken();
            driver.tick();
            assertThat(driver.effects(SessionEffect.Resent.class)).containsExactly(new SessionEffect.Resent(1));

            driver.broken(TransportFailure.Kind.NOT_CONNECTED);
            driver.tick();
            assertThat(driver.effects(SessionEffect.Resent.class))
                    .as("the first exchange may have brought it, whatever became of later ones")
                    .hasSize(2);
        }

        @Test
        void onlyAServiceThatIsBusyThrottles() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.refuse(ServerError.of(429, "rate_limited", ""));
            driver.tick();
            driver.refuse(ServerError.of(503, "unavailable", ""));
            assertThat(driver.effects(SessionEffect.Retrying.class))
                    .extracting(SessionEffect.Retrying::throttled)
                    .containsExactly(true, false);
        }

        @Test
        void markSurvivesAReconnectThatReachesNobody() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.broken();
            driver.tick();
            driver.broken(TransportFailure.Kind.NOT_CONNECTED);
            assertThat(append.inDoubt()).isTrue();
            driver.tick();
            assertThat(driver.state()).isEqualTo(SessionState.RESOLVING);
        }

        @Test
        void markIsSetBeforeTheBatchIsHandedOver() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            assertThat(driver.sent()).containsExactly(0);
            assertThat(append.maybeSent()).isTrue();
            driver.tickAfter(Duration.ofSeconds(10)); // no sign of life, so nothing is known of what was written
            assertThat(append.inDoubt()).isTrue();
        }

        @Test
        void handedOverInOrderOfSubmissionHoweverOftenItBreaks() {
            MachineDriver driver = MachineDriver.fenced();
            for (int i = 0; i < 4; i++) {
                driver.submit(1);
            }
            for (int round = 0; round < 3; round++) {
                driver.established();
                driver.broken();
                driver.forget();
                driver.tick();
                driver.ack(driver.appends.get(round));
                assertThat(driver.sent())
                        .isEqualTo(IntStream.range(round, 4).boxed().toList());
            }
        }
    }

    @Nested
    class F3OneOfFourRefused {

        @ParameterizedTest
        @ValueSource(strings = {"ERROR_429", "ERROR_429_UNPOISONED"})
        void refusalOfTheSecondSettlesNothingElse(String kind) {
            SessionWorld world = world(RetryPolicy.FENCED, List.of(new Fault(2, FaultKind.valueOf(kind))));
            for (int i = 0; i < 4; i++) {
                world.submit(i, 1);
            }
            world.close();
            world.run();
            assertThat(world.effectiveFaults).isEqualTo(1);
            assertThat(world.stream.ids()).isEqualTo(ids(4));
            assertThat(world.end).isInstanceOf(SessionEnd.Closed.class);
        }

        @Test
        void contentRefusalFailsTheHeadAndLeavesThoseBehindItInDoubt() {
            MachineDriver driver = MachineDriver.fenced();
            Append first = driver.submit(1);
            Append second = driver.submit(1);
            Append third = driver.submit(1);
            driver.established();
            driver.ack(first);
            driver.refuse(422, "invalid");
            assertThat(driver.end).isInstanceOf(SessionEnd.Rejected.class);
            assertThat(first.ack).isNotNull();
            assertThat(second.inDoubt).isFalse();
            assertThat(third.inDoubt).as("settled by position only").isTrue();
        }

        @Test
        void contentRefusalOfABatchInDoubtIsNotCalledRejected() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.broken();
            driver.tick();
            driver.established();
            driver.refuse(422, "invalid");
            assertThat(driver.end).isInstanceOf(SessionEnd.TailMoved.class);
            assertThat(append.inDoubt).isTrue();
        }

        @Test
        void withoutSideEffectsASoleRefusedBatchIsSentAgainAndOneOfSeveralIsInDoubt() {
            MachineDriver alone =
                    new MachineDriver(MachineDriver.config(RetryPolicy.NO_SIDE_EFFECTS, false, 1 << 20, null));
            alone.submit(1);
            alone.established();
            alone.refuse(429, "rate_limited");
            assertThat(alone.state()).isEqualTo(SessionState.BACKING_OFF);

            MachineDriver several =
                    new MachineDriver(MachineDriver.config(RetryPolicy.NO_SIDE_EFFECTS, false, 1 << 20, null));
            several.submit(1);
            several.submit(1);
            several.established();
            several.refuse(429, "rate_limited");
            assertThat(several.end).isInstanceOf(SessionEnd.InDoubt.class);
            assertThat(several.end.describe()).contains("2 of 2");
        }
    }

    @Nested
    class F11PositionMismatch {

        private MachineDriver mismatchAt(long actual, int batches) {
            MachineDriver driver = MachineDriver.fenced();
            for (int i = 0; i < batches; i++) {
                driver.submit(2);
            }
            driver.established();
            driver.broken();
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(actual));
            return driver;
        }

        @Test
        void ownEarlierAttemptIsSettledAndTheRestGoesOnWithItsOldPositions() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 2);
            driver.forget();
            driver.page(stored(driver, driver.appends.get(0)));
            assertThat(driver.appends.get(0).ack).isNotNull();
            assertThat(driver.sent()).containsExactly(1);
            assertThat(driver.appends.get(1).batch().matchSeqNum()).hasValue(MachineDriver.START + 2);
            assertThat(driver.effects(SessionEffect.Reconciled.class))
                    .containsExactly(new SessionEffect.Reconciled(1, 0));
        }

        @Test
        void foreignRecordEndsTheSessionAndNamesItsPosition() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 1, 1);
            driver.page(MachineDriver.foreign(MachineDriver.START));
            assertThat(driver.end)
                    .isEqualTo(new SessionEnd.ForeignWriter(
                            MachineDriver.START, "it differs from the record we sent to that position"));
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }

        @Test
        void foreignRecordBehindOursDoesNotTakeOursBack() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 3, 2);
            SequencedRecord[] ours = stored(driver, driver.appends.get(0));
            driver.page(ours[0], ours[1], MachineDriver.foreign(MachineDriver.START + 2));
            assertThat(driver.appends.get(0).ack).isNotNull();
            assertThat(driver.end).isInstanceOf(SessionEnd.ForeignWriter.class);
        }

        @Test
        void streamThatWentBackwardsIsReset() {
            MachineDriver driver = mismatchAt(7, 1);
            assertThat(driver.end)
                    .isEqualTo(new SessionEnd.StreamReset(MachineDriver.START, 7, "its next position went backwards"));
        }

        @Test
        void commandRecordAsksForANewClaim() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 1, 1);
            driver.page(MachineDriver.command(MachineDriver.START));
            assertThat(driver.end).isInstanceOf(SessionEnd.TailMoved.class);
            assertThat(((SessionEnd.TailMoved) driver.end).actual()).isEqualTo(MachineDriver.START + 1);
            assertThat(((SessionEnd.TailMoved) driver.end).doubtFrom())
                    .as("the batch's place is taken, it can never land")
                    .isEqualTo(Long.MAX_VALUE);
        }

        @Test
        void commandRecordBehindOursSettlesOursFirst() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 3, 2);
            SequencedRecord[] ours = stored(driver, driver.appends.get(0));
            driver.page(ours[0], ours[1], MachineDriver.command(MachineDriver.START + 2));
            assertThat(driver.appends.get(0).ack).isNotNull();
            assertThat(driver.appends.get(1).failure).isInstanceOf(SessionEnd.TailMoved.class);
        }

        @Test
        void sameLookIsTakenWhenNothingWasInDoubt() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.established();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 1));
            assertThat(driver.state()).isEqualTo(SessionState.RECONCILING);
            driver.page(MachineDriver.command(MachineDriver.START));
            assertThat(driver.end).isInstanceOf(SessionEnd.TailMoved.class);
            assertThat(driver.appends.get(0).inDoubt)
                    .as("refused, and never in doubt before")
                    .isFalse();
        }

        @Test
        void positionsThatCannotBeReadAnyMoreProveNothing() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
            SequencedRecord[] ours = stored(driver, driver.appends.get(0));
            driver.page(ours[1]); // the first one has expired
            assertThat(driver.end).isInstanceOf(SessionEnd.TailMoved.class);
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }

        @Test
        void emptyPageBelowTheTailIsAHole() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
            driver.page();
            assertThat(driver.end).isInstanceOf(SessionEnd.TailMoved.class);
            assertThat(driver.end.describe()).contains("from 100 below 102 can no longer be read");
            assertThat(((SessionEnd.TailMoved) driver.end).doubtFrom()).isEqualTo(MachineDriver.START);
        }

        @Test
        void holeWhereNothingWasInDoubtHidesNothingOfOurs() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(2);
            driver.submit(1);
            driver.established();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 1));
            driver.page();
            assertThat(((SessionEnd.TailMoved) driver.end).doubtFrom())
                    .as("where the batch behind the refused one would land")
                    .isEqualTo(MachineDriver.START + 2);
        }

        @Test
        void readBackBehindTheTailMeansThatTheStreamWasReset() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
            ServerError beyond = new ServerError(416, "", "", null, null, new StreamPosition(0, 0), 0);
            driver.on(new SessionEvent.ReadFailed(driver.generation, beyond, "416"));
            assertThat(driver.end).isInstanceOf(SessionEnd.StreamReset.class);
        }

        /** It went on for ever, as a claim does not: the same answer comes to the next attempt. */
        @Test
        void readBackThatIsRefusedForItsContentEndsTheSessionAndLeavesTheBatchInDoubt() {
            for (ServerError refusal : List.of(
                    ServerError.of(400, "decryption_failed", "wrong key"), ServerError.of(422, "invalid", "no"))) {
                MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
                driver.on(new SessionEvent.ReadFailed(driver.generation, refusal, "refused"));
                assertThat(driver.end)
                        .isInstanceOf(
                                refusal.status() == 400
                                        ? SessionEnd.AuthFailed.class
                                        : SessionEnd.ProtocolFailed.class);
                assertThat(driver.appends.get(0).inDoubt).isTrue();
            }
        }

        @Test
        void readBackThatIsRefusedForRightsEndsTheSessionTheSecondTime() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
            ServerError denied = ServerError.of(403, "permission_denied", "no");
            driver.on(new SessionEvent.ReadFailed(driver.generation, denied, "refused"));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            driver.tick();
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            driver.on(new SessionEvent.ReadFailed(driver.generation, denied, "refused"));
            assertThat(driver.end).isEqualTo(new SessionEnd.AuthFailed(denied));
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }

        @Test
        void readBackOfAStreamThatIsGoneEndsTheSession() {
            for (ServerError gone : List.of(
                    ServerError.of(404, "stream_not_found", "gone"),
                    ServerError.of(409, "stream_deletion_pending", "going"))) {
                MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
                driver.on(new SessionEvent.ReadFailed(driver.generation, gone, "gone"));
                assertThat(driver.end).isEqualTo(new SessionEnd.TargetMissing(gone));
                assertThat(driver.appends.get(0).inDoubt).isTrue();
            }
        }

        @Test
        void readBackWhoseAnswerIsNotTheProtocolEndsAfterFiveOfThem() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 1);
            ServerError html = ServerError.of(200, "", "<html>");
            for (int i = 0; i < 4; i++) {
                driver.on(new SessionEvent.ReadFailed(driver.generation, html, "not understood"));
                assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
                driver.tick();
                driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2));
            }
            assertThat(driver.end).isNull();
            driver.on(new SessionEvent.ReadFailed(driver.generation, html, "not understood"));
            assertThat(driver.end).isInstanceOf(SessionEnd.ProtocolFailed.class);
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }

        @Test
        void mismatchWithALargerPositionEachTimeComesToAnEnd() {
            MachineDriver driver = mismatchAt(MachineDriver.START + 2, 4);
            for (int i = 0; i < 4; i++) {
                driver.page(stored(driver, driver.appends.get(i)));
                if (i < 3) {
                    assertThat(driver.state()).isEqualTo(SessionState.RESOLVING);
                    driver.refuse(ServerError.seqNumMismatch(MachineDriver.START + 2 * (i + 2)));
                }
            }
            assertThat(driver.appends).allMatch(append -> append.ack != null);
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
        }

        @Test
        void mismatchThatNamesOurOwnPositionIsNonsenseAndEndsAfterFiveTimes() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            for (int i = 0; i < 4; i++) {
                driver.refuse(ServerError.seqNumMismatch(MachineDriver.START));
                assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
                driver.tick();
            }
            driver.refuse(ServerError.seqNumMismatch(MachineDriver.START));
            assertThat(driver.end).isInstanceOf(SessionEnd.ProtocolFailed.class);
        }

        @Test
        void tokenMismatchEndsAtOnceAndNothingMoreIsSent() {
            MachineDriver driver = MachineDriver.fenced();
            Append sent = driver.submit(1);
            Append behind = driver.submit(1);
            driver.established();
            driver.forget();
            driver.refuse(ServerError.tokenMismatch(new FencingToken("theirs")));
            Append later = driver.submit(1);
            driver.tickAfter(Duration.ofHours(1));
            assertThat(driver.end).isEqualTo(new SessionEnd.Fenced(new FencingToken("theirs")));
            assertThat(driver.sent()).isEmpty();
            assertThat(sent.inDoubt).as("refused by token on its only attempt").isFalse();
            assertThat(behind.inDoubt).isTrue();
            assertThat(later.completions).isOne();
            assertThat(later.inDoubt).isFalse();
        }

        @Test
        void tokenMismatchSaysNothingAboutEarlierAttempts() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.broken();
            driver.tick();
            driver.refuse(ServerError.tokenMismatch(new FencingToken("theirs")));
            assertThat(append.inDoubt).isTrue();
        }

        @Test
        void clearedFenceIsAResetAndSaysWhatElseItMayBe() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.refuse(ServerError.tokenMismatch(FencingToken.NONE));
            assertThat(driver.end).isInstanceOf(SessionEnd.StreamReset.class);
            assertThat(driver.end.describe()).contains("somebody cleared the fence");
        }
    }

    @Nested
    class F12Handover {

        @Test
        void advisedMoveTakesTheAcksAndSpendsNoAttempt() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.ackWithAdvice(driver.appends.get(0));
            driver.submit(1);
            assertThat(driver.state()).isEqualTo(SessionState.DRAINING);
            assertThat(driver.effects(SessionEffect.EndBody.class)).hasSize(1);
            driver.forget();
            driver.ack(driver.appends.get(1));
            assertThat(driver.effects(SessionEffect.Discard.class)).hasSize(1);
            assertThat(driver.sent()).containsExactly(2);
            assertThat(driver.state()).isEqualTo(SessionState.CONNECTING);
            assertThat(driver.effects(SessionEffect.Retrying.class)).isEmpty();
        }

        @Test
        void peerThatGoesAwayIsLeftBehindItsLastAck() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.on(new SessionEvent.Advised(driver.generation));
            driver.submit(1);
            assertThat(driver.state()).isEqualTo(SessionState.DRAINING);
            assertThat(driver.effects(SessionEffect.EndBody.class)).hasSize(1);
            driver.forget();
            driver.ack(driver.appends.get(0));
            assertThat(driver.sent()).isEmpty();
            driver.ack(driver.appends.get(1));
            assertThat(driver.sent()).containsExactly(2);
            assertThat(driver.state()).isEqualTo(SessionState.CONNECTING);
            assertThat(driver.effects(SessionEffect.Retrying.class)).isEmpty();
        }

        @Test
        void sessionWithNothingOpenLetsAPeerThatGoesAwayGo() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.on(new SessionEvent.Advised(driver.generation));
            assertThat(driver.effects(SessionEffect.EndBody.class)).hasSize(1);
            driver.ended();
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
            driver.ack(driver.submit(1));
            assertThat(driver.effects(SessionEffect.OpenExchange.class)).hasSize(2);
            assertThat(driver.effects(SessionEffect.Retrying.class)).isEmpty();
        }

        @Test
        void adviceIsFollowedAtMostOnceAMinute() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.ackWithAdvice(driver.appends.get(0));
            driver.submit(1);
            driver.submit(1);
            driver.ackWithAdvice(driver.appends.get(1));
            assertThat(driver.state()).isEqualTo(SessionState.OPEN);
            driver.now += Duration.ofMinutes(1).toNanos();
            driver.ackWithAdvice(driver.appends.get(2));
            assertThat(driver.state()).isEqualTo(SessionState.DRAINING);
        }

        @Test
        void drainingServerIsLeftAtOnceTheFirstTimeAndWithBackoffTheNext() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.established();
            driver.refuse(503, "server_draining");
            assertThat(driver.state()).isEqualTo(SessionState.CONNECTING);
            assertThat(driver.effects(SessionEffect.Retrying.class)).isEmpty();
            driver.refuse(503, "server_draining");
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
        }

        @Test
        void breakDuringAHandoverIsStillAFailure() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.ackWithAdvice(driver.appends.get(0));
            driver.ended();
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            assertThat(driver.appends.get(1).inDoubt()).isTrue();
        }
    }

    @Nested
    class F13AckAfterItsDeadline {

        @Test
        void silenceIsAFailureAndNeverAnAck() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.established();
            driver.tickAfter(Duration.ofSeconds(30));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            assertThat(append.inDoubt()).isTrue();
            assertThat(append.completions).isZero();
        }

        @Test
        void ackOfTheOldExchangeChangesNothing() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.established();
            long old = driver.generation;
            driver.tickAfter(Duration.ofSeconds(30));
            driver.tick();
            driver.forget();
            driver.on(new SessionEvent.Acked(old, driver.ackOf(append), false));
            driver.on(new SessionEvent.Ended(old));
            assertThat(driver.effects).isEmpty();
            assertThat(append.completions).isZero();
            driver.ack(append);
            assertThat(append.completions).isOne();
        }

        @Test
        void acksKeepALongQueueAlive() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.tickAfter(Duration.ofSeconds(29));
            driver.ack(driver.appends.get(0));
            driver.tickAfter(Duration.ofSeconds(29));
            assertThat(driver.state()).isEqualTo(SessionState.OPEN);
            driver.tickAfter(Duration.ofSeconds(1));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
        }

        @Test
        void freshBatchesDoNotHideThatAcksAreMissing() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.established();
            for (int i = 0; i < 29; i++) {
                driver.tickAfter(Duration.ofSeconds(1));
                driver.submit(1);
            }
            assertThat(driver.state()).isEqualTo(SessionState.OPEN);
            driver.tickAfter(Duration.ofSeconds(1));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
        }
    }

    @Nested
    class F16AppliedAndAnsweredWithAnError {

        @Test
        void everyAttemptIsOursAndTheStreamHoldsOneCopy() {
            SessionWorld world = world(RetryPolicy.FENCED, List.of(new Fault(1, FaultKind.ERROR_500_APPLIED)));
            world.submit(0, 3);
            world.close();
            world.run();
            assertThat(world.stream.ids()).isEqualTo(ids(3));
            assertThat(world.trace.stream().filter(SessionWorld.EventKind.REQUEST::equals))
                    .hasSize(2);
        }
    }

    @Nested
    class F24Credentials {

        @ParameterizedTest
        @CsvSource({"401, authn", "403, permission_denied"})
        void refusedCredentialsGetOneMoreTry(int status, String code) {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.refuse(status, code);
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            driver.tick();
            driver.refuse(status, code);
            assertThat(driver.end).isInstanceOf(SessionEnd.AuthFailed.class);
            assertThat(append.inDoubt).isFalse();
        }

        /** One token after the other, each replaced before its refusal is heard: nothing is wrong with the next one. */
        @Test
        void aTokenThatHasBeenReplacedMeanwhileIsNoRefusal() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            for (int i = 0; i < 20; i++) {
                driver.refuse(ServerError.of(401, "authn", "no").withCredentialsReplaced());
                assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
                driver.tick();
            }
            driver.refuse(401, "authn");
            assertThat(driver.end).isNull();
            driver.tick();
            driver.ack(append);
            assertThat(driver.end).isNull();
        }

        @Test
        void anAckForgivesTheFirstRefusal() {
            MachineDriver driver = MachineDriver.fenced();
            for (int i = 0; i < 3; i++) {
                Append append = driver.submit(1);
                driver.refuse(401, "authn");
                driver.tick();
                driver.ack(append);
            }
            assertThat(driver.end).isNull();
        }

        @Test
        void refusalInTheMiddleOfASessionLeavesThoseBehindInDoubt() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.refuse(401, "authn");
            driver.tick();
            driver.refuse(401, "authn");
            assertThat(driver.appends.get(1).inDoubt).isTrue();
        }
    }

    @Nested
    class F25RateLimit {

        @Test
        void longRetryAfterIsHonouredAndDoesNotSpendTheTimeout() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofSeconds(20)));
            Append append = driver.submit(1);
            driver.established();
            for (int i = 0; i < 5; i++) {
                driver.refuse(new ServerError(429, "rate_limited", "", null, null, null, 60_000));
                assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
                driver.tickAfter(Duration.ofMillis(59_999));
                assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
                driver.tickAfter(Duration.ofMillis(1));
                assertThat(driver.state()).isNotEqualTo(SessionState.BACKING_OFF);
                driver.established();
            }
            driver.ack(append);
            assertThat(append.ack).isNotNull();
        }

        @Test
        void backoffDoublesToItsCapAndAnAckResetsIt() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            for (int i = 0; i < 9; i++) {
                driver.broken();
                driver.tick();
            }
            driver.ack(append);
            driver.submit(1);
            driver.broken();
            // with a random of one half a delay is three quarters of what it may be, and never below the shortest
            assertThat(driver.effects(SessionEffect.Retrying.class))
                    .extracting(retry -> Duration.ofNanos(retry.delayNanos()).toMillis())
                    .containsExactly(100L, 150L, 300L, 600L, 1200L, 2400L, 4800L, 7500L, 7500L, 100L);
        }

        @Test
        void submittingDoesNotSkipTheBackoff() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.broken();
            driver.forget();
            driver.submit(1);
            driver.on(new SessionEvent.Tick());
            assertThat(driver.effects).isEmpty();
        }

        /** The time ran out in the pause, and the session ended without having tried again. */
        @Test
        void aBackoffLongerThanWhatIsLeftOfTheTimeoutEndsWithItAndALastAttempt() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofMillis(50)));
            Append append = driver.submit(1);
            driver.broken();
            driver.tickAfter(Duration.ofMillis(49));
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            driver.tickAfter(Duration.ofMillis(1));
            assertThat(driver.state()).isEqualTo(SessionState.RESOLVING);
            driver.established();
            driver.ack(append);
            assertThat(append.ack).isNotNull();
        }

        @Test
        void theLastAttemptIsTheOneAtTheTimeout() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofMillis(50)));
            driver.submit(1);
            driver.broken();
            driver.tick();
            driver.broken();
            assertThat(driver.end).isInstanceOf(SessionEnd.RetriesExhausted.class);
            assertThat(driver.end.describe()).contains("2 attempts");
        }

        @Test
        void aPauseThatWasAskedForWhenTheTimeoutWasOverAlreadyDoesNotProlongIt() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofSeconds(20)));
            driver.submit(1);
            driver.now += Duration.ofSeconds(20).toNanos();
            driver.refuse(new ServerError(429, "rate_limited", "", null, null, null, 60_000));
            assertThat(driver.end).isInstanceOf(SessionEnd.RetriesExhausted.class);
        }

        @Test
        void theTimeoutRunsFromTheLastProgressAndNotFromTheFailureBehindIt() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofSeconds(20)));
            Append first = driver.submit(1);
            driver.submit(1);
            driver.ack(first);
            driver.now += Duration.ofSeconds(20).toNanos();
            driver.broken();
            assertThat(driver.end).isInstanceOf(SessionEnd.RetriesExhausted.class);
            assertThat(driver.end.describe()).contains("no progress for PT20S and 1 attempts");
        }

        @Test
        void retriesEndWhenThereWasNoProgressForTheTimeout() {
            MachineDriver driver =
                    new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1 << 20, Duration.ofSeconds(20)));
            driver.submit(1);
            for (int i = 0; i < 50 && driver.end == null; i++) {
                driver.refuse(500, "storage");
                if (driver.end == null) {
                    driver.tick();
                }
            }
            assertThat(driver.end).isInstanceOf(SessionEnd.RetriesExhausted.class);
            SessionEnd.RetriesExhausted end = (SessionEnd.RetriesExhausted) driver.end;
            assertThat(end.lastFailure()).hasMessageContaining("500");
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }
    }

    @Nested
    class F31LateLanding {

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void bytesThatLandAfterFullRecoveryAreRefused(int late) {
            // requests 1 to 3 of the first exchange; those from "4 - late" on are held back until everything is over
            SessionWorld world = world(RetryPolicy.FENCED, List.of(new Fault(4 - late, FaultKind.LATE_AT_END)));
            for (int i = 0; i < 3; i++) {
                world.submit(2 * i, 2);
            }
            world.close();
            world.run();
            assertThat(world.effectiveFaults).isEqualTo(1);
            assertThat(world.end).isInstanceOf(SessionEnd.Closed.class);
            assertThat(world.stream.ids()).isEqualTo(ids(6));
        }

        @Test
        void wholeSessionPlayedTwiceLeavesOneCopy() {
            SessionWorld world = world(RetryPolicy.FENCED, List.of(new Fault(3, FaultKind.DUPLICATE_NOW)));
            for (int i = 0; i < 3; i++) {
                world.submit(2 * i, 2);
            }
            world.close();
            world.run();
            assertThat(world.stream.ids()).isEqualTo(ids(6));
        }
    }

    @Nested
    class F41BadAcks {

        @ParameterizedTest
        @CsvSource({
            "100, 103", // another count
            "101, 103", // another start
            "98, 100", // end not above the last one
            "100, 100" // nothing
        })
        void malformedAckIsAmbiguousAndTheBatchIsResolved(long start, long end) {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(2);
            driver.established();
            driver.on(new SessionEvent.Acked(driver.generation, MachineDriver.ack(start, end), false));
            assertThat(append.completions).isZero();
            assertThat(append.inDoubt()).isTrue();
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
            driver.tick();
            driver.ack(append);
            assertThat(append.ack).isNotNull();
        }

        @Test
        void ackWithNothingInFlightEndsTheExchange() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.ack(append);
            driver.forget();
            driver.on(new SessionEvent.Acked(driver.generation, MachineDriver.ack(101, 102), false));
            assertThat(driver.effects(SessionEffect.Discard.class)).hasSize(1);
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
        }

        @Test
        void endThatDoesNotGoUpIsRefusedAcrossExchangesToo() {
            MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.ALL, false, 1 << 20, null));
            driver.submit(1);
            driver.on(new SessionEvent.Acked(driver.generation, MachineDriver.ack(40, 41), false));
            driver.submit(1);
            driver.broken();
            driver.tick();
            driver.on(new SessionEvent.Acked(driver.generation, MachineDriver.ack(40, 41), false));
            assertThat(driver.appends.get(1).completions).isZero();
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
        }

        @Test
        void responseThatEndsWithBatchesOpenIsAFailure() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.established();
            driver.ended();
            assertThat(append.inDoubt()).isTrue();
            assertThat(driver.state()).isEqualTo(SessionState.BACKING_OFF);
        }

        @Test
        void cutFramesAndStrangeAnswersEndAfterFiveWithoutProgress() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.broken(TransportFailure.Kind.PROTOCOL);
            driver.tick();
            driver.refuse(418, "");
            driver.tick();
            driver.refuse(500, "rate_limited"); // code and status that do not fit
            driver.tick();
            driver.refuse(499, "client_hangup");
            driver.tick();
            assertThat(driver.end).isNull();
            driver.broken(TransportFailure.Kind.PROTOCOL);
            assertThat(driver.end).isInstanceOf(SessionEnd.ProtocolFailed.class);
            assertThat(driver.appends.get(0).inDoubt).isTrue();
        }
    }

    @Nested
    class F46OneBreakReportedTwice {

        @Test
        void costsOneAttemptAndOneExchange() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.established();
            long generation = driver.generation;
            driver.broken();
            long delay = driver.machine.nanosUntilTick(driver.now);
            TransportFailure again = new TransportFailure(TransportFailure.Kind.BROKEN, "the writer says so too", null);
            driver.on(new SessionEvent.Broken(generation, again));
            driver.on(new SessionEvent.Ended(generation));
            assertThat(driver.effects(SessionEffect.Retrying.class)).hasSize(1);
            assertThat(driver.machine.nanosUntilTick(driver.now)).isEqualTo(delay);
            driver.tick();
            assertThat(driver.effects(SessionEffect.OpenExchange.class)).hasSize(2);
        }
    }

    @Nested
    class Window {

        @Test
        void oneBatchIsAlwaysAdmittedAndTheRestWaits() {
            MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1, null));
            Append first = driver.submit(3);
            Append second = driver.submit(1);
            assertThat(driver.sent()).containsExactly(0);
            assertThat(driver.machine.queuedBytes()).isEqualTo(second.bytes());
            driver.ack(first);
            assertThat(driver.sent()).containsExactly(0, 1);
            assertThat(driver.machine.queuedBytes()).isZero();
        }

        @Test
        void positionsFollowEachOtherThroughQueueAndWindow() {
            MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 40, null));
            for (int records : new int[] {3, 1, 2, 4}) {
                driver.submit(records);
            }
            for (Append append : List.copyOf(driver.appends)) {
                driver.ack(append);
            }
            assertThat(driver.appends)
                    .extracting(append -> append.batch().matchSeqNum().getAsLong())
                    .containsExactly(100L, 103L, 104L, 106L);
        }

        @Test
        void everyAppendCarriesPositionAndToken() {
            MachineDriver driver = MachineDriver.fenced();
            Append first = driver.submit(2);
            Append second = driver.submit(1);
            assertThat(first.batch().matchSeqNum()).hasValue(MachineDriver.START);
            assertThat(second.batch().matchSeqNum()).hasValue(MachineDriver.START + 2);
            assertThat(List.of(first, second))
                    .allSatisfy(
                            append -> assertThat(append.batch().fencingToken()).isEqualTo(MachineDriver.TOKEN));
        }

        @Test
        void permitsAreBackToFullWhateverTheEnd() {
            List<SessionEnd> ends = new ArrayList<>();
            for (ServerError error : List.of(
                    ServerError.of(404, "stream_not_found", ""),
                    ServerError.of(422, "invalid", ""),
                    ServerError.tokenMismatch(new FencingToken("x")),
                    ServerError.seqNumMismatch(1))) {
                MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 20, null));
                for (int i = 0; i < 5; i++) {
                    driver.submit(1);
                }
                driver.refuse(error);
                assertThat(driver.machine.inflightBytes()).isZero();
                assertThat(driver.machine.queuedBytes()).isZero();
                assertThat(driver.appends).allMatch(append -> append.completions == 1);
                ends.add(driver.end);
            }
            assertThat(ends).doesNotContainNull();
        }
    }

    @Nested
    class Lifecycle {

        @Test
        void sendsWithoutWaitingForTheServicesConsent() {
            MachineDriver driver = MachineDriver.fenced();
            driver.submit(1);
            driver.submit(1);
            assertThat(driver.sent()).containsExactly(0, 1);
        }

        @Test
        void idleExchangeIsEndedAndTheNextBatchOpensAnother() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.tickAfter(Duration.ofSeconds(60));
            assertThat(driver.state()).isEqualTo(SessionState.DRAINING);
            driver.ended();
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
            driver.forget();
            Append next = driver.submit(1);
            assertThat(driver.effects(SessionEffect.OpenExchange.class)).hasSize(1);
            assertThat(next.batch().matchSeqNum()).hasValue(101);
        }

        @Test
        void batchDuringTheIdleEndDoesNotWaitForIt() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.tickAfter(Duration.ofSeconds(60));
            driver.forget();
            driver.submit(1);
            assertThat(driver.state()).isEqualTo(SessionState.CONNECTING);
            assertThat(driver.effects(SessionEffect.Discard.class)).hasSize(1);
        }

        @Test
        void exchangeThatDoesNotEndAfterIdlenessIsCut() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.tickAfter(Duration.ofSeconds(60));
            driver.tickAfter(Duration.ofSeconds(30));
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
        }

        @Test
        void breakOfAnIdleExchangeIsNoFailure() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.broken();
            assertThat(driver.state()).isEqualTo(SessionState.IDLE);
            assertThat(driver.effects(SessionEffect.Retrying.class)).isEmpty();
        }

        @Test
        void closeDrainsThroughABreak() {
            MachineDriver driver = MachineDriver.fenced();
            Append append = driver.submit(1);
            driver.close();
            driver.broken();
            driver.tick();
            driver.ack(append);
            assertThat(driver.state()).isEqualTo(SessionState.CLOSING);
            driver.ended();
            assertThat(driver.end).isInstanceOf(SessionEnd.Closed.class);
            assertThat(append.ack).isNotNull();
        }

        @Test
        void submitAfterCloseIsRefusedAndTheOthersGoOn() {
            MachineDriver driver = MachineDriver.fenced();
            Append open = driver.submit(1);
            driver.close();
            Append late = driver.submit(1);
            assertThat(late.failure).isInstanceOf(SessionEnd.Closed.class);
            assertThat(late.inDoubt).isFalse();
            assertThat(open.completions).isZero();
        }

        @Test
        void abortFailsWhatIsOpenAndTellsWhatMayBeWritten() {
            MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.FENCED, true, 1, null));
            Append sent = driver.submit(1);
            Append queued = driver.submit(1);
            driver.on(new SessionEvent.AbortRequested());
            assertThat(sent.inDoubt).isTrue();
            assertThat(queued.inDoubt).isFalse();
            assertThat(driver.effects.get(driver.effects.size() - 1)).isInstanceOf(SessionEffect.Finished.class);
        }

        @Test
        void deletionIsNoticedByAnIdleSessionToo() {
            MachineDriver driver = MachineDriver.fenced();
            driver.ack(driver.submit(1));
            driver.refuse(409, "stream_deletion_pending");
            assertThat(driver.end).isInstanceOf(SessionEnd.TargetMissing.class);
        }

        @Test
        void allWithoutAGuardSendsEverythingAgainInOrderWithFreshOnesBehind() {
            MachineDriver driver = new MachineDriver(MachineDriver.config(RetryPolicy.ALL, false, 1 << 20, null));
            driver.submit(1);
            driver.submit(1);
            driver.established();
            driver.broken();
            driver.submit(1);
            driver.forget();
            driver.tick();
            assertThat(driver.sent()).containsExactly(0, 1, 2);
            assertThat(driver.appends.get(0).batch().matchSeqNum()).isEmpty();
        }
    }
}
