package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a lane shows to operators. The task thread writes, any thread reads. */
final class LaneFigures {

    private final LongSupplier nanoTime;
    private volatile String state = LaneState.OPEN.name();
    /** An offset, or what there is instead of one. */
    private volatile @Nullable Object watermark;

    private volatile @Nullable TerminalCode heldCode;
    private volatile long lag;
    private volatile long bytesHeld;
    /** When a batch was last acknowledged, or the lane opened. */
    private volatile long lastProgress;

    LaneFigures(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void state(String now) {
        state = now;
    }

    /** @param stands the last offset known durable, or why there is none */
    void show(String stateNow, @Nullable Object stands, long lagNow, long held) {
        state = stateNow;
        watermark = stands;
        lag = lagNow;
        bytesHeld = held;
    }

    void heldWith(TerminalCode code) {
        heldCode = code;
    }

    void progressed() {
        lastProgress = nanoTime.getAsLong();
    }

    List<Gauge> gauges() {
        return List.of(
                new Gauge("state", "where the lane is in its life", () -> state),
                new Gauge(
                        "watermark",
                        "last Kafka offset known durable in the stream or queue, or that an offset request set the"
                                + " position",
                        () -> watermark),
                new Gauge("held-code", "what the partition is held with, nothing if it is not", () -> {
                    TerminalCode code = heldCode;
                    return code == null ? null : code.name();
                }),
                new Gauge("lag", "offsets between the last record handed over and the last durable one", () -> lag),
                new Gauge(
                        "bytes-held", "bytes accepted and not yet durable, as the target counts them", () -> bytesHeld),
                new Gauge(
                        "progress-age-ms",
                        "time since a batch was last acknowledged",
                        () -> (nanoTime.getAsLong() - lastProgress) / 1_000_000));
    }
}
