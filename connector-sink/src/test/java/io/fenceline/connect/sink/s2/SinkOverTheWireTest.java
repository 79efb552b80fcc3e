package io.fenceline.connect.sink.s2;

import static io.fenceline.connect.sink.s2.SinkRig.T0;
import static io.fenceline.connect.sink.s2.SinkStartTest.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.s2.RecordOrigin;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import io.fenceline.testkit.ScriptedS2Server;
import io.fenceline.testkit.s2.Fault;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The task as Connect makes it, over real sockets: every fault the scripted server knows, in every phase. */
class SinkOverTheWireTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ScriptedS2Server server = ScriptedS2Server.start();
    private final ModelTopic topic = new ModelTopic(T0);
    private final Map<String, String> properties = new HashMap<>(Map.of(
            "name", "orders-to-s2",
            "topics", "t",
            "s2.basin", "model-basin",
            "s2.access.token", "secret",
            "s2.basin.endpoint", server.url().toString(),
            "s2.account.endpoint", server.url().toString(),
            "consumer.override.isolation.level", "read_committed",
            "s2.request.timeout.ms", "400",
            "ack.timeout.ms", "400"));
    private final List<WorkerModel> workers = new ArrayList<>();

    SinkOverTheWireTest() {
        properties.put("retry.backoff.ms", "5");
        properties.put("retry.backoff.max.ms", "40");
        properties.put("batch.max.records", "5");
    }

    @AfterEach
    void tearDown() {
        workers.forEach(worker -> worker.task.stop());
        server.close();
    }

    private WorkerModel running() {
        WorkerModel worker = new WorkerModel(new S2SinkTask(), properties, new HashMap<>(Map.of(T0, topic)));
        worker.start();
        worker.assign(T0);
        workers.add(worker);
        return worker;
    }

    @Test
    void aStreamThatIsCreatedGetsItsSettings() {
        properties.put("s2.stream.config.retention.ms", "10000000");
        properties.put("s2.stream.config.storage.class", "standard");
        topic.produce(3);
        drain(running());

        assertThat(server.reader("model-basin").streamConfig("t/0"))
                .contains("\"age\":10000", "\"storage_class\":\"standard\"");
    }

    /** Polls until everything is written and committed. */
    private void drain(WorkerModel worker) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (topic.committed() == null || topic.committed() < topic.end()) {
            worker.poll();
            worker.commit();
            pause();
            assertThat(System.nanoTime())
                    .as("committed %s of %d", topic.committed(), topic.end())
                    .isLessThan(deadline);
        }
    }

    @SuppressWarnings("ThreadSleep")
    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private List<Long> offsets() {
        List<Long> offsets = new ArrayList<>();
        for (SequencedRecord record : server.records("t/0")) {
            RecordOrigin origin = record.isCommand() ? null : RecordOrigin.of(record.headers());
            if (origin != null) {
                offsets.add(origin.id().offset());
            }
        }
        return offsets;
    }

    static Stream<Fault> faults() {
        StreamPosition nowhere = new StreamPosition(0, 0);
        return Stream.of(
                new Fault.RejectRequest(ServerError.of(503, "unavailable", "later")),
                new Fault.RejectRequest(ServerError.of(429, "rate_limited", "later")),
                new Fault.RejectRequest(ServerError.of(500, "storage", "later")),
                new Fault.RefuseStream(),
                new Fault.Hang(),
                new Fault.BreakAfterBytes(150),
                new Fault.RejectAppend(ServerError.of(500, "other", "later")),
                new Fault.ApplyThenFail(ServerError.of(500, "storage", "who knows")),
                new Fault.ApplyThenFail(ServerError.of(504, "upstream_timeout", "who knows")),
                new Fault.LoseReplies(1),
                new Fault.LoseReplies(2),
                new Fault.EndBodyEarly(),
                new Fault.CutAck(),
                new Fault.WrongAck(new AppendAck(nowhere, new StreamPosition(1, 0), new StreamPosition(1, 0))),
                new Fault.Garbage("nonsense".getBytes(StandardCharsets.US_ASCII)),
                new Fault.AdviseReconnect());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultDuringTheClaimOrTheFirstDataRepeatsNothing(Fault fault) {
        topic.produce(23);
        server.inject(fault);
        WorkerModel worker = running();
        drain(worker);

        assertThat(offsets()).isEqualTo(range(0, 23));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void aFaultUnderLoadRepeatsNothing(Fault fault) {
        WorkerModel worker = running();
        topic.produce(30);
        drain(worker);
        topic.produce(40);
        server.inject(new Fault.Pass(2), fault, new Fault.Pass(1), fault);
        drain(worker);
        topic.produce(30);
        drain(worker);

        assertThat(offsets()).isEqualTo(range(0, 100));
    }

    @Test
    void aTaskThatDiesIsFollowedByOneThatKnowsWhereItStopped() {
        WorkerModel dying = running();
        topic.produce(57);
        drain(dying);
        topic.commit(11L);
        WorkerModel next = running();
        topic.produce(20);
        drain(next);
        next.closeEverything();

        assertThat(offsets()).isEqualTo(range(0, 77));
        assertThat(next.seeks).containsExactly("t-0@56");
    }
}
