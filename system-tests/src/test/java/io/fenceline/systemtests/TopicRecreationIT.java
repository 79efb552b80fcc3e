package io.fenceline.systemtests;

import static io.fenceline.systemtests.SingleLane.offsets;
import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectRest;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * A topic is deleted and made again under its old name: the task stops before a record is skipped or taken for another,
 * and each request its message prints leads on.
 */
final class TopicRecreationIT {

    private final Cluster cluster = Cluster.shared();

    @Test
    void aTopicMadeAnewWithFewerRecordsUnderARunningTaskIsWrittenFromItsBeginningOnRequest() {
        SingleLane lane = SingleLane.of(cluster, "anew-fewer", 100).start();
        lane.awaitWritten(offsets(0, 100));

        lane.recreateTopic(5);

        String message = lane.awaitStopped("TOPIC_RECREATED");
        assertThat(message).contains("offsets up to 99 are durable");
        lane.obey(message, 0);
        lane.awaitWritten(offsets(0, 100), offsets(0, 5));
        lane.produce(5);
        lane.awaitWritten(offsets(0, 100), offsets(0, 10));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aTopicMadeAnewAtOnceWithMoreRecordsUnderARunningTaskStopsIt() {
        SingleLane lane = SingleLane.of(cluster, "anew-more", 100).start();
        lane.awaitWritten(offsets(0, 100));

        lane.recreateTopic(200);

        String message = lane.awaitStopped("TOPIC_RECREATED");
        lane.obey(message, 0);
        lane.awaitWritten(offsets(0, 100), offsets(0, 200));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aTopicMadeAnewWithFewerRecordsUnderAStoppedConnectorGoesOnBehindTheStreamOnceItHasGrown() {
        SingleLane lane = SingleLane.of(cluster, "anew-stopped", 20).start();
        lane.awaitWritten(offsets(0, 20));
        lane.stop();

        lane.recreateTopic(5);
        lane.resume();

        String message = lane.awaitStopped("TOPIC_RECREATED");
        assertThat(lane.written()).isEqualTo(offsets(0, 20));
        lane.produce(18);
        lane.obey(message, 1);
        lane.awaitWritten(offsets(0, 20), offsets(20, 23));
        lane.requireRunning();
        lane.delete();
    }

    /** The offset went with the topic, so Connect named no partition, said that all were reset, and the stream was as before. */
    @Test
    void aResetOfATopicMadeAnewIsRefusedAndTheRequestOfItsAnswerWritesTheTopicFromItsBeginning() {
        SingleLane lane = SingleLane.of(cluster, "anew-reset", 20).start();
        lane.awaitWritten(offsets(0, 20));
        lane.stop();
        lane.recreateTopic(5);
        Await.until(
                "the group's offset is gone",
                Duration.ofSeconds(60),
                () -> lane.committedAsShown() == -1,
                () -> "Committed is " + lane.committedAsShown());
        ConnectRest rest = cluster.rest();

        ConnectRest.RestAnswer refused = rest.resetOffsets(lane.name());
        Cluster.say("refused: " + refused);
        assertThat(refused.status()).isGreaterThanOrEqualTo(400);
        Matcher request = Pattern.compile("PATCH /connectors/(\\S+)/offsets (\\{.*\"offset\":null}]})")
                .matcher(refused.json().get("message").asText());
        assertThat(request.find()).as(refused.body()).isTrue();
        assertThat(request.group(1)).isEqualTo(lane.name());

        rest.patchOffsets(lane.name(), request.group(2)).require(200);
        lane.resume();
        lane.awaitWritten(offsets(0, 20), offsets(0, 5));
        lane.produce(3);
        lane.awaitWritten(offsets(0, 20), offsets(0, 8));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aTopicMadeAnewWithFewerRecordsIsLeftOutUpToItsEndOnRequest() {
        SingleLane lane = SingleLane.of(cluster, "anew-skip", 20).start();
        lane.awaitWritten(offsets(0, 20));
        lane.stop();
        lane.recreateTopic(5);
        lane.resume();

        String message = lane.awaitStopped("TOPIC_RECREATED");
        lane.obey(message, 1, 5);
        lane.produce(3);
        lane.awaitWritten(offsets(0, 20), offsets(5, 8));
        lane.requireRunning();
        lane.delete();
    }

    @Test
    void aTopicMadeAnewWithMoreRecordsUnderAStoppedConnectorIsNoticedByItsTimestamps() {
        SingleLane lane = SingleLane.of(cluster, "anewer", 20).start();
        lane.awaitWritten(offsets(0, 20));
        lane.stop();

        lane.recreateTopic(50);
        lane.resume();

        String message = lane.awaitStopped("TOPIC_RECREATED");
        assertThat(lane.written()).isEqualTo(offsets(0, 20));
        lane.obey(message, 1);
        lane.awaitWritten(offsets(0, 20), offsets(20, 50));
        lane.produce(5);
        lane.awaitWritten(offsets(0, 20), offsets(20, 55));
        lane.requireRunning();
        lane.delete();
    }
}
