package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.Await;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.history.TopicHistory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/** Numbers 0, 1, 2 … appended to several streams at a steady rate, and what a reader of the topics makes of them. */
final class StreamFeed {

    private final Cluster cluster;
    private final S2Reader reader;
    private final String prefix;
    private final int streams;
    private final AtomicLongArray appended;
    private final Thread thread;
    private volatile boolean stopping;
    private volatile Throwable failure;

    private StreamFeed(Cluster cluster, String prefix, int streams, int perBatch, Duration interval) {
        this.cluster = cluster;
        this.reader = cluster.reader();
        this.prefix = prefix;
        this.streams = streams;
        this.appended = new AtomicLongArray(streams);
        this.thread = new Thread(() -> feed(perBatch, interval), "stream-feed");
    }

    /** Streams {@code prefix/0} and so on; every interval one of them gets a batch. */
    static StreamFeed start(Cluster cluster, String prefix, int streams, int perBatch, Duration interval) {
        StreamFeed feed = new StreamFeed(cluster, prefix, streams, perBatch, interval);
        for (int i = 0; i < streams; i++) {
            feed.reader.createStream(prefix + "/" + i, null);
            feed.append(i, perBatch);
        }
        feed.thread.start();
        return feed;
    }

    /** The topics that {@code topic=${stream}} gives these streams. */
    List<String> topics() {
        List<String> topics = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            topics.add(prefix + "_" + i);
        }
        return topics;
    }

    long stop() {
        stopping = true;
        try {
            thread.join(20_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        if (failure != null) {
            throw new AssertionError("feeding ended", failure);
        }
        long all = 0;
        for (int i = 0; i < streams; i++) {
            all += appended.get(i);
        }
        return all;
    }

    private void feed(int perBatch, Duration interval) {
        try {
            for (int turn = 0; !stopping; turn++) {
                append(turn % streams, perBatch);
                Await.sleep(interval);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void append(int stream, int count) {
        long next = appended.get(stream);
        List<String> bodies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            bodies.add(Long.toString(next + i));
        }
        reader.appendTexts(prefix + "/" + stream, bodies);
        appended.set(stream, next + count);
    }

    /** Each topic has the numbers of its stream, all of them, once, in order; returns how many. */
    long requireExactlyOnce() {
        long all = 0;
        for (int i = 0; i < streams; i++) {
            long[] next = {0};
            String topic = topics().get(i);
            TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> {
                long number = Long.parseLong(new String(record.value(), StandardCharsets.UTF_8));
                assertThat(number)
                        .as("record at offset %s of %s, below it are %s records", record.offset(), topic, next[0])
                        .isEqualTo(next[0]);
                next[0]++;
            });
            assertThat(next[0]).as("records in " + topic).isEqualTo(appended.get(i));
            all += next[0];
        }
        assertThat(all).as("records that were compared").isPositive();
        return all;
    }

    /** Nothing is missing, and what comes again are runs of what was there; returns how many came again. */
    long requireAtLeastOnce() {
        long again = 0;
        long all = 0;
        for (int i = 0; i < streams; i++) {
            long[] seen = {0, -1, 0};
            String topic = topics().get(i);
            TopicHistory.forEach(cluster.bootstrapServers(), topic, record -> {
                long number = Long.parseLong(new String(record.value(), StandardCharsets.UTF_8));
                // forward one by one; a step back is a restart, but never over anything that was not seen
                assertThat(number)
                        .as("record at offset %s of %s", record.offset(), topic)
                        .isLessThanOrEqualTo(seen[0]);
                if (number < seen[0]) {
                    assertThat(number == seen[1] + 1 || number <= seen[1])
                            .as("number %s after %s in %s", number, seen[1], topic)
                            .isTrue();
                    seen[2]++;
                }
                seen[1] = number;
                seen[0] = Math.max(seen[0], number + 1);
            });
            assertThat(seen[0]).as("records in " + topic).isEqualTo(appended.get(i));
            again += seen[2];
            all += seen[0];
        }
        assertThat(all).as("records that were compared").isPositive();
        return again;
    }
}
