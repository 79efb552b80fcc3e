package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What a lane shows to operators. The task thread writes, any thread reads. */
final class LaneFigures {

    /** What a lane is busy with, as far as figures tell it apart. */
    enum Standing {
        /** Its stream or queue takes records. */
        OWNED,
        /** Its stream or queue is made ready. */
        CLAIMING,
        /** Neither: lost to another writer, stopping, held or over. */
        OTHER
    }

    private final LongSupplier nanoTime;
    private volatile String state = LaneState.OPEN.name();
    private volatile Standing standing = Standing.CLAIMING;
    private volatile boolean paused;
    /** An offset, or what there is instead of one. */
    private volatile @Nullable Object watermark;

    private volatile @Nullable TerminalCode heldCode;
    /** Null while it is not known. */
    private volatile @Nullable Long lag;

    private volatile long bytesHeld;
    /** When a batch was last acknowledged, or the lane opened. */
    private volatile long lastProgress;

    /** It has something to do, and since when. */
    private volatile boolean busy;

    private volatile long busySince;

    LaneFigures(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void state(String now) {
        state = now;
    }

    /**
     * @param stands the last offset known durable, or why there is none
     * @param lagNow null while it is not known
     */
    void show(String stateNow, @Nullable Object stands, @Nullable Long lagNow, long held) {
        state = stateNow;
        watermark = stands;
        lag = lagNow;
        bytesHeld = held;
    }

    /** @param pausedNow its partition is not fetched */
    void stands(Standing now, boolean pausedNow) {
        standing = now;
        paused = pausedNow;
        boolean busyNow = now == Standing.CLAIMING || now == Standing.OWNED && bytesHeld > 0;
        if (busyNow && !busy) {
            // before the flag, so that nobody reads an age of earlier work
            busySince = nanoTime.getAsLong();
        }
        busy = busyNow;
    }

    void heldWith(TerminalCode code) {
        heldCode = code;
    }

    void progressed() {
        lastProgress = nanoTime.getAsLong();
    }

    boolean isOwned() {
        return standing == Standing.OWNED;
    }

    boolean isClaiming() {
        return standing == Standing.CLAIMING;
    }

    boolean isPaused() {
        return paused;
    }

    long bytesHeld() {
        return bytesHeld;
    }

    /** For how long it has had something to do and has got nowhere, 0 if it has nothing to do. */
    long stuckMillis() {
        if (!busy) {
            return 0;
        }
        long now = nanoTime.getAsLong();
        return Math.max(0, Math.min(now - lastProgress, now - busySince) / 1_000_000);
    }

    List<Gauge> gauges() {
        return List.of(
                new Gauge(
                        "state",
                        "where the partition is in its life: of a stream `CLAIMING`, `OWNED`, `RESOLVING` (finds out what"
                                + " became of appends), `CHECKPOINTING` or `LOST` (to another writer); of a queue `ASKING`"
                                + " (how it is set up), `UNREACHED` (asked again) or `OPEN`; of both `STOPPING`, `FAILED` or"
                                + " `HELD`",
                        () -> state),
                new Gauge(
                        "owned",
                        "1 while the partition's stream or queue takes its records, also while appends in doubt are"
                                + " cleared up; else 0",
                        () -> isOwned() ? 1 : 0),
                new Gauge(
                        "watermark",
                        "last Kafka offset known durable in the stream, or for a queue up to which all is settled;"
                                + " \"position set by an offset request\" from such a request to the first ack",
                        () -> watermark),
                new Gauge(
                        "held-code",
                        "with `on.stop=hold`: the code the partition is held with; absent if it is not",
                        () -> {
                            TerminalCode code = heldCode;
                            return code == null ? null : code.name();
                        }),
                new Gauge(
                        "lag",
                        "offsets between the last record handed over and the last durable one; absent while the latter is"
                                + " not known, as before the first claim is answered",
                        () -> lag),
                new Gauge(
                        "bytes-held", "bytes accepted and not yet durable, as the target counts them", () -> bytesHeld),
                new Gauge(
                        "progress-age-ms",
                        "time since records last became durable, or since the partition came; grows also while there is"
                                + " nothing to do, see `progress-age-max-ms` of the task",
                        () -> (nanoTime.getAsLong() - lastProgress) / 1_000_000));
    }
}
