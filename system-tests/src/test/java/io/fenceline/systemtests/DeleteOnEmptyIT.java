package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Retention empties the streams of idle lanes, and the server deletes them for it. It looks for such streams about once
 * a minute, which no setting changes; so all lanes wait together.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class DeleteOnEmptyIT {

    private static final int WRITTEN = 20;
    private static final String SHORT_LIVED = "{\"retention_policy\":{\"age\":1}}";
    private static final String FLEETING = "{\"delete_on_empty\":{\"min_age_secs\":1}}";
    /** Retention and least age, both rounded up; a look that comes too early puts the next one off by ten minutes. */
    private static final Duration EMPTY_AFTER = Duration.ofSeconds(4);
    /** A minute, give or take a tenth. */
    private static final Duration NEXT_LOOK = Duration.ofSeconds(90);

    private final Cluster cluster = Cluster.shared();
    private final S2Reader reader = cluster.reader();
    private final S2Reader creating =
            cluster.s2().reader("system-tests-on-append").createBasin("{\"create_stream_on_append\":true}");

    private final SingleLane idle = lane(reader, "fleeting-idle");
    private final SingleLane stopped = lane(reader, "fleeting-stopped");
    private final SingleLane unfenced = lane(reader, "fleeting-unfenced").with("delivery.guarantee", "at_least_once");
    private final SingleLane madeAgain =
            lane(creating, "fleeting-made-again").with("s2.basin", "system-tests-on-append");

    @BeforeAll
    void theServerDeletesTheStreamsOfIdleLanes() {
        Map<SingleLane, S2Reader> streams =
                Map.of(idle, reader, stopped, reader, unfenced, reader, madeAgain, creating);
        streams.forEach((lane, there) -> there.createStream(lane.stream(), SHORT_LIVED));
        streams.keySet().forEach(SingleLane::start);
        streams.keySet().forEach(lane -> lane.produce(WRITTEN));
        streams.keySet().forEach(lane -> lane.awaitCommitted(WRITTEN));
        stopped.stop();
        awaitQuiet(streams);

        long start = System.nanoTime();
        streams.forEach((lane, there) -> there.reconfigureStream(lane.stream(), FLEETING));
        streams.forEach((lane, there) ->
                Await.until(lane.stream() + " is deleted", NEXT_LOOK, () -> there.streams(lane.stream())
                        .isEmpty()));
        Cluster.say("streams were deleted for being empty after " + Cluster.millisSince(start) / 1000 + " s");
    }

    @Test
    void aRunningLaneMissesItsStreamAtTheNextRecordAndWritesItAnewByDecision() {
        idle.requireRunning();

        idle.produce(5);

        String message = idle.awaitStopped("TARGET_MISSING");
        assertThat(message).contains("404 stream_not_found").contains("offsets up to 19 were durable");
        assertThat(reader.tail(idle.stream())).as("it holds the mark alone").isEqualTo(1);
        idle.clearFence();
        idle.restart();
        idle.awaitWritten(offsets(20, 25));
        assertThat(reader.streamConfig(idle.stream())).contains("\"min_age_secs\":0");
        idle.delete();
    }

    @Test
    void aLaneThatWasStoppedMeanwhileFindsANewStreamAndGoesOnAtTheGroupsPosition() {
        stopped.produce(5);

        stopped.resume();

        stopped.awaitWritten(offsets(20, 25));
        stopped.requireRunning();
        stopped.delete();
    }

    @Test
    void aLaneWithoutFencesMissesItsStreamAsWell() {
        unfenced.requireRunning();

        unfenced.produce(5);

        unfenced.awaitStopped("TARGET_MISSING");
        unfenced.restart();
        unfenced.awaitWritten(offsets(20, 25));
        unfenced.delete();
    }

    /** The append itself makes the stream again, under a lane that knows another. */
    @Test
    void whereTheBasinCreatesStreamsOnAppendTheLaneSeesItsStreamReset() {
        madeAgain.requireRunning();

        madeAgain.produce(5);

        madeAgain.awaitStopped("STREAM_RESET");
        assertThat(madeAgain.written()).isEmpty();
        madeAgain.clearFence();
        madeAgain.restart();
        madeAgain.awaitWritten(offsets(20, 25));
        madeAgain.delete();
    }

    private SingleLane lane(S2Reader there, String prefix) {
        // early, so that no checkpoint comes between the records and the server's look
        return SingleLane.on(cluster, cluster.s2(), there, prefix).with("checkpoint.idle.ms", "500");
    }

    /** Until nothing has been written to any of them for long enough. */
    private static void awaitQuiet(Map<SingleLane, S2Reader> streams) {
        Map<String, Long> tails = new HashMap<>();
        long[] since = {System.nanoTime()};
        Await.until("no lane writes any more", Duration.ofSeconds(60), () -> {
            streams.forEach((lane, there) -> {
                Long tail = there.tail(lane.stream());
                if (!tail.equals(tails.put(lane.stream(), tail))) {
                    since[0] = System.nanoTime();
                }
            });
            return System.nanoTime() - since[0] > EMPTY_AFTER.toNanos();
        });
    }
}
