package io.fenceline.connect.sink.queue;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;

/** What a queue's target shows to operators beside the lane's own figures. The task thread writes, any thread reads. */
final class QueueFigures {

    private volatile OutboxLane lane;
    private volatile int held;
    private volatile int waitForCommit;

    QueueFigures(OutboxLane lane) {
        this.lane = lane;
    }

    void lane(OutboxLane current) {
        lane = current;
    }

    void show(int messagesHeld, int messagesBeyond) {
        held = messagesHeld;
        waitForCommit = messagesBeyond;
    }

    List<Gauge> gauges() {
        return List.of(
                new Gauge("messages-held", "records accepted and not yet settled", () -> held),
                new Gauge(
                        "messages-awaiting-commit",
                        "of these, records that may be sent only after the next commit of offsets",
                        () -> waitForCommit),
                new Gauge(
                        "messages-in-doubt",
                        "records of which it is not known whether SQS has accepted them; they are sent again",
                        () -> lane.inDoubtCount));
    }
}
