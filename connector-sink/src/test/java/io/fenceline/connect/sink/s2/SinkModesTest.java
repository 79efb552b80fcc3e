package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkRig.T1;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.s2.ModelBasin.Fate;
import io.fenceline.connect.sink.s2.ModelBasin.Kind;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.ServerError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Back-pressure, at-least-once delivery, streams that ask for timestamps, other retry policies. */
class SinkModesTest {

    private final SinkRig rig = new SinkRig();
    private final ModelTopic topic = rig.topic(T0);
    private final ModelStream stream = rig.stream(T0);

    @AfterEach
    void tearDown() {
        rig.close();
    }

    // ------------------------------------------------------------------ F-43

    private static final int KIB = 1024;

    private void produceKibibytes(ModelTopic into, int count) {
        for (int i = 0; i < count; i++) {
            into.produce(into.end() + 1, new byte[KIB]);
        }
    }

    @Test
    void f43_whileTheTargetIsDownPartitionsArePausedAndMemoryIsBounded() {
        rig.properties.put("buffer.max.bytes", String.valueOf(400 * KIB));
        WorkerModel worker = rig.running(T0, T1);
        worker.maxPoll = 50;
        produceKibibytes(topic, 2000);
        produceKibibytes(rig.topic(T1), 2000);
        rig.basin.always(Kind.DATA, Fate.UNREACHABLE);
        for (int i = 0; i < 200; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(3));
        }
        assertThat(worker.isPaused(T0)).isTrue();
        assertThat(worker.handedOver).isBetween(200, 500);
        worker.commit();
        assertThat(topic.committed()).isNull();

        rig.basin.always(Kind.DATA, null);
        rig.advance(Duration.ofSeconds(30));
        for (int i = 0; i < 400; i++) {
            rig.run(worker, 1);
        }
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 2000));
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 2000));
        assertThat(topic.committed()).isEqualTo(2000);
        assertThat(worker.seeks).isEmpty();
    }

    @Test
    void aSlowStreamDoesNotKeepTheOthersWaiting() {
        rig.properties.put("buffer.max.bytes", String.valueOf(400 * KIB));
        WorkerModel worker = rig.running(T0, T1);
        worker.maxPoll = 20;
        produceKibibytes(topic, 2000);
        produceKibibytes(rig.topic(T1), 500);
        rig.basin.setNetwork((kind, name) -> kind == Kind.DATA && name.equals("t/0") ? Fate.HELD : Fate.ANSWERED);
        for (int i = 0; i < 200; i++) {
            worker.poll();
            rig.settle();
            rig.advance(Duration.ofMillis(20));
        }

        assertThat(worker.isPaused(T0)).isTrue();
        assertThat(rig.stream(T1).offsets()).isEqualTo(range(0, 500));
    }

    @Test
    void withoutALimitOfItsOwnTheTaskOutlivesADayWithoutS2AndWithOneItStops() {
        WorkerModel patient = rig.running(T0);
        topic.produce(10);
        rig.basin.always(Kind.DATA, Fate.UNREACHABLE);
        for (int i = 0; i < 100; i++) {
            rig.run(patient, 1);
            rig.advance(Duration.ofMinutes(15));
        }
        assertThat(patient.failure()).isNull();
        rig.kill(patient);

        rig.properties.put("retry.timeout.ms", "60000");
        WorkerModel hasty = rig.running(T0);
        for (int i = 0; i < 20 && hasty.failure() == null; i++) {
            rig.advance(Duration.ofSeconds(10));
            try {
                rig.run(hasty, 1);
            } catch (RuntimeException end) {
                assertThat(end).hasMessageContaining("RETRIES_EXHAUSTED");
            }
        }
        assertThat(hasty.failure()).isNotNull();
    }

    // ------------------------------------------------------------------ at least once

    private WorkerModel atLeastOnce() {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.basin.allowUnconditionalAppends();
        return rig.running(T0);
    }

    @Test
    void atLeastOnceClaimsNothingAndStartsAtTheGroupsOffset() {
        topic.produce(20);
        topic.commit(5L);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);
        worker.commit();
        rig.advance(Duration.ofMinutes(5));
        rig.drain(worker);
        worker.closeEverything();
        rig.settle();

        assertThat(stream.commands()).isZero();
        assertThat(stream.offsets()).isEqualTo(range(5, 20));
        assertThat(topic.committed()).isEqualTo(20);
    }

    @Test
    void atLeastOnceWritesAgainWhatWasNotCommittedAndLosesNothing() {
        topic.produce(20);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);
        rig.kill(worker);
        WorkerModel next = rig.running(T0);
        rig.basin.next(Kind.DATA, Fate.UNHEARD, Fate.LOST);
        topic.produce(5);
        for (int i = 0; i < 10; i++) {
            rig.run(next, 1);
            rig.advance(Duration.ofSeconds(5));
        }
        next.commit();

        assertThat(stream.offsets()).containsAll(topic.offsets()).hasSizeGreaterThan(25);
        assertThat(topic.committed()).isEqualTo(25);
    }

    @Test
    void atLeastOnceCreatesItsStreamAndWaitsForAServiceThatIsAway() {
        rig.basin.delete("t/0");
        rig.basin.refuse(Kind.CONFIG, ServerError.of(503, "unavailable", "later"));
        rig.basin.refuse(Kind.CREATE, ServerError.of(503, "unavailable", "later"));
        topic.produce(5);
        WorkerModel worker = atLeastOnce();
        for (int i = 0; i < 10; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(2));
        }

        assertThat(rig.stream(T0).offsets()).isEqualTo(range(0, 5));
    }

    /** It waited for ever, whatever the limit. */
    @Test
    void atLeastOnceStopsWhenS2IsAwayForTooLongAtTheStart() {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.properties.put("retry.timeout.ms", "60000");
        rig.basin.always(Kind.CONFIG, Fate.UNREACHABLE);
        WorkerModel worker = rig.assigned(T0);
        for (int i = 0; i < 5; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(10));
        }
        assertThat(worker.failure()).isNull();

        rig.advance(Duration.ofSeconds(10));
        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
    }

    @Test
    void atLeastOnceHearsTheServicesWishForAPauseAtTheStart() {
        rig.basin.refuse(Kind.CONFIG, new ServerError(429, "rate_limited", "", null, null, null, 600_000));
        rig.properties.put("retry.timeout.ms", "60000");
        topic.produce(5);
        WorkerModel worker = atLeastOnce();
        for (int i = 0; i < 59; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(10));
        }
        assertThat(rig.stream(T0).offsets()).isEmpty();
        rig.advance(Duration.ofSeconds(10));
        rig.drain(worker);

        assertThat(rig.stream(T0).offsets()).isEqualTo(range(0, 5));
    }

    @Test
    void atLeastOnceStopsWhenAStreamMayNotBeCreated() {
        rig.basin.delete("t/0");
        ServerError denied = ServerError.of(403, "permission_denied", "no");
        rig.basin.refuse(Kind.CREATE, denied, denied);
        rig.properties.put("delivery.guarantee", "at_least_once");
        WorkerModel worker = rig.assigned(T0);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.AUTH);
    }

    /** Each creation was taken for progress: it asked without end, ten times a second, whatever the limit. */
    @Test
    void atLeastOnceStopsWhenAStreamIsSaidToExistAndThenNotToBeThere() {
        rig.properties.put("delivery.guarantee", "at_least_once");
        rig.properties.put("retry.timeout.ms", "60000");
        ServerError[] missing = new ServerError[10_000];
        Arrays.fill(missing, ServerError.of(404, "stream_not_found", "no"));
        rig.basin.refuse(Kind.CONFIG, missing);
        WorkerModel worker = rig.assigned(T0);
        for (int i = 0; i < 55; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(1));
        }
        assertThat(worker.failure()).isNull();

        rig.advance(Duration.ofSeconds(10));
        TerminalException end = rig.failureOf(worker);
        assertThat(end.code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
        assertThat(end).hasMessageContaining("is not there yet");
    }

    // ------------------------------------------------------------------ streams that ask for timestamps

    @Test
    void recordsWithoutTimestampsAreWrittenWithZeroWhereTheStreamAsksForThem() {
        stream.requireTimestamps();
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        rig.drain(worker);
        topic.produce(null, "without");
        topic.produce(3);
        rig.drain(worker);
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 7));
        assertThat(topic.committed()).isEqualTo(7);
    }

    @Test
    void atLeastOnceLooksAtTheStreamBeforeItWrites() {
        stream.requireTimestamps();
        topic.produce(null, "without");
        topic.produce(2);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 3));
    }

    /** The token may append and create, and may not see configurations: what the documentation asks for. */
    private void hideConfigurations() {
        ServerError[] denied = new ServerError[100];
        Arrays.fill(denied, ServerError.of(403, "permission_denied", "get-stream-config"));
        rig.basin.refuse(Kind.CONFIG, denied);
    }

    /** It stopped with AUTH. */
    @Test
    void atLeastOnceStartsWithoutTheRightToSeeConfigurations() {
        hideConfigurations();
        topic.produce(3);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 3));
    }

    @Test
    void atLeastOnceCreatesAStreamWithoutTheRightToSeeConfigurations() {
        rig.basin.delete("t/0");
        hideConfigurations();
        topic.produce(3);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);
        rig.drain(worker);

        assertThat(rig.stream(T0).offsets()).isEqualTo(range(0, 3));
    }

    @Test
    void atLeastOnceWithoutTheRightsToCreateOrToSeeConfigurationsWritesIntoAStreamThatIsThere() {
        hideConfigurations();
        ServerError denied = ServerError.of(403, "permission_denied", "create-stream");
        rig.basin.refuse(Kind.CREATE, denied, denied, denied);
        topic.produce(3);
        WorkerModel worker = atLeastOnce();
        rig.drain(worker);
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 3));
    }

    @Test
    void atLeastOnceWritesZeroWhereABatchWithoutTimestampsIsRefusedAndTheConfigurationIsHidden() {
        stream.requireTimestamps();
        hideConfigurations();
        topic.produce(2);
        topic.produce(null, "without");
        topic.produce(2);
        WorkerModel worker = atLeastOnce();
        for (int i = 0; i < 4; i++) {
            rig.drain(worker);
        }

        assertThat(stream.offsets()).containsAll(range(0, 5));
    }

    @Test
    void recordsWithoutTimestampsAreWrittenWithZeroAlsoWhereTheConfigurationIsHidden() {
        stream.requireTimestamps();
        hideConfigurations();
        WorkerModel worker = rig.running(T0);
        topic.produce(3);
        topic.produce(null, "without");
        topic.produce(3);
        for (int i = 0; i < 4; i++) {
            rig.drain(worker);
        }
        worker.commit();

        assertThat(stream.offsets()).isEqualTo(range(0, 7));
        assertThat(topic.committed()).isEqualTo(7);
    }

    /** Hundreds of fences a second stood in the stream. */
    @Test
    void aRefusedBatchThatNothingExplainsLeavesAFewFencesAndStopsTheTask() {
        hideConfigurations();
        WorkerModel worker = rig.running(T0);
        topic.produce(null, "without");
        ServerError[] invalid = new ServerError[100];
        Arrays.fill(invalid, ServerError.of(422, "invalid", "something else"));
        rig.basin.refuse(Kind.DATA, invalid);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.PROTOCOL);
        assertThat(stream.commands()).isLessThanOrEqualTo(2);
    }

    @Test
    void aRefusedBatchWaitsForAConfigurationThatCannotBeReadAtTheMoment() {
        stream.requireTimestamps();
        WorkerModel worker = rig.running(T0);
        rig.basin.always(Kind.CONFIG, Fate.UNREACHABLE);
        topic.produce(null, "without");
        for (int i = 0; i < 100; i++) {
            rig.run(worker, 1);
            rig.advance(Duration.ofSeconds(1));
        }
        assertThat(stream.commands()).as("no claim meanwhile").isEqualTo(1);
        rig.basin.always(Kind.CONFIG, null);
        rig.advance(Duration.ofSeconds(20));
        rig.drain(worker);

        assertThat(stream.offsets()).isEqualTo(range(0, 1));
    }

    @Test
    void aRefusedBatchThatTimestampsDoNotExplainStopsTheTask() {
        WorkerModel worker = rig.running(T0);
        topic.produce(null, "without");
        rig.basin.refuse(Kind.DATA, ServerError.of(422, "invalid", "something else"));

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.PROTOCOL);
    }

    // ------------------------------------------------------------------ no side effects

    @Test
    void withNoSideEffectsAnOpenOutcomeStopsTheTaskAndTheRestartFindsOut() {
        rig.properties.put("retry.policy", "no_side_effects");
        WorkerModel worker = rig.running(T0);
        topic.produce(5);
        rig.drain(worker);
        topic.produce(5);
        rig.basin.next(Kind.DATA, Fate.UNHEARD);

        assertThat(rig.failureOf(worker).code()).isEqualTo(TerminalCode.RETRIES_EXHAUSTED);
        worker.commit();
        rig.kill(worker);
        WorkerModel next = rig.running(T0);
        topic.produce(1);
        rig.drain(next);
        assertThat(stream.offsets()).isEqualTo(range(0, 11));
    }

    // ------------------------------------------------------------------ batches

    @Test
    void recordsKeepTheirOrderInBatchesOfEverySize() {
        List<Long> sizes = new ArrayList<>();
        for (int limit : new int[] {1, 2, 7, 1000}) {
            rig.properties.put("batch.max.records", String.valueOf(limit));
            WorkerModel worker = rig.running(T0);
            topic.produce(100);
            rig.drain(worker);
            worker.commit();
            worker.closeEverything();
            rig.settle();
            sizes.add(stream.tail());
        }

        assertThat(stream.offsets()).isEqualTo(range(0, 400));
        assertThat(stream.bodies())
                .isEqualTo(range(0, 400).stream().map(topic::value).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "401, authn, AUTH, s2.access.token",
        "404, access_token_not_found, AUTH, s2.access.token",
        "404, basin_not_found, TARGET_MISSING, s2.basin",
        "409, basin_deletion_pending, TARGET_MISSING, s2.basin",
        "409, stream_deletion_pending, TARGET_MISSING, stream",
        "422, invalid, PROTOCOL, endpoints",
    })
    void atLeastOnceSaysAtItsStartWhatToChange(int status, String code, TerminalCode end, String key) {
        // credentials get a second chance
        rig.basin.refuse(Kind.CONFIG, ServerError.of(status, code, "no"), ServerError.of(status, code, "no"));
        rig.properties.put("delivery.guarantee", "at_least_once");
        WorkerModel worker = rig.assigned(T0);

        TerminalException failure = rig.failureOf(worker);
        assertThat(failure.code()).isEqualTo(end);
        assertThat(failure).hasMessageContaining(key);
    }

    /** It went on for ever: nothing was settled any more, and the task was RUNNING. */
    @Test
    void aTaskWhoseSessionLoopHasEndedStopsWithItsNextPut() {
        WorkerModel worker = rig.running(T0);
        rig.topic(T0).produce(5);
        rig.drain(worker);
        rig.endLoops();

        assertThatThrownBy(worker::poll)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("session loop")
                .hasMessageContaining("restart the task");
    }
}
