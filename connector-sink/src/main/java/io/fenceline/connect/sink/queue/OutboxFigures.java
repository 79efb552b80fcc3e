package io.fenceline.connect.sink.queue;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What the outbox of a task shows to operators: what is in flight, and how many message groups wait. A request is in flight from
 * when it is packed until each of its messages is settled, also while it waits for its next attempt: so an outage shows as an
 * age that grows.
 *
 * <p>The owner of the {@link Outbox} writes, any thread reads.
 */
final class OutboxFigures {

    /** In the order in which they were packed. */
    private final LinkedHashSet<SendRequest> open = new LinkedHashSet<>();

    private volatile int requests;
    private volatile long bytes;
    /** When the oldest was packed; means something while there are {@link #requests}. */
    private volatile long oldestSince;

    private volatile int groups;

    void opened(SendRequest request) {
        open.add(request);
        show(bytes + request.bytes());
    }

    /** Some of its messages were settled or left out, or all. */
    void shrank(SendRequest request, long bytesBefore) {
        long bytesNow = request.bytes();
        if (request.members.isEmpty()) {
            open.remove(request);
        }
        show(bytes - bytesBefore + bytesNow);
    }

    private void show(long bytesNow) {
        bytes = bytesNow;
        if (!open.isEmpty()) {
            // before the count, so that nobody reads an age of a request that is gone
            oldestSince = open.iterator().next().packedAt;
        }
        requests = open.size();
    }

    void groups(int waiting) {
        groups = waiting;
    }

    int groups() {
        return groups;
    }

    /** @param nanoTime the clock of the outbox */
    List<Gauge> gauges(LongSupplier nanoTime) {
        return List.of(
                new Gauge(
                        "requests-in-flight",
                        "requests that have messages not settled yet, also those that wait for their next attempt",
                        () -> requests),
                new Gauge("bytes-in-flight", "bytes of these messages, as SQS counts them", () -> bytes),
                new Gauge(
                        "oldest-request-age-ms",
                        "time since the oldest of these requests was first to be sent; grows while SQS is away, 0 if there is none",
                        () -> requests == 0 ? 0L : (nanoTime.getAsLong() - oldestSince) / 1_000_000),
                new Gauge(
                        "message-groups-waiting",
                        "message groups of FIFO queues with messages waiting or in flight; 0 for standard queues",
                        () -> groups));
    }
}
