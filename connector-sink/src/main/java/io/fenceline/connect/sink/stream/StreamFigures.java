package io.fenceline.connect.sink.stream;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What the session of a stream shows to operators. The task thread writes, any thread reads. */
final class StreamFigures {

    private volatile @Nullable StreamSession session;

    void session(@Nullable StreamSession current) {
        session = current;
    }

    List<Gauge> gauges() {
        return List.of(
                gauge("appends-in-flight", "batches sent and not acknowledged", StreamSession::inflightBatches),
                gauge("bytes-in-flight", "metered bytes sent and not acknowledged", StreamSession::inflightBytes),
                gauge(
                        "oldest-append-age-ms",
                        "age of the oldest batch in flight",
                        current -> current.oldestInflightAge().toMillis()));
    }

    private Gauge gauge(String name, String description, ToLongFunction<StreamSession> figure) {
        return new Gauge(name, description, () -> {
            StreamSession current = session;
            return current == null ? 0L : figure.applyAsLong(current);
        });
    }
}
