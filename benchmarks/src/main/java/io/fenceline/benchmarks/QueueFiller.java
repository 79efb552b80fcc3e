package io.fenceline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.sqs.SentEntry;
import io.fenceline.testkit.sqs.SqsAttribute;
import io.fenceline.testkit.sqs.SqsCalls;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Fills queues with messages of random text and one attribute, as an application's own may be. Immutable. */
final class QueueFiller {

    private static final int PER_REQUEST = 10;
    private static final int THREADS = 8;
    private static final int POOL_CHARS = 1 << 20;

    private final String pool;
    private final int size;
    private final int groups;

    /**
     * @param size   characters of a body
     * @param groups on FIFO queues
     */
    QueueFiller(int size, int groups) {
        this.size = size;
        this.groups = groups;
        char[] characters = new char[POOL_CHARS + size];
        Random random = new Random(1);
        for (int i = 0; i < characters.length; i++) {
            characters[i] = (char) ('0' + random.nextInt('z' - '0'));
        }
        this.pool = new String(characters);
    }

    /** @param messages a multiple of ten */
    void fill(SqsCalls calls, String queueUrl, QueueKind kind, int messages) {
        AtomicInteger next = new AtomicInteger();
        try (ProgressTicker ignored =
                ProgressTicker.on("filling a queue", () -> next.get() * PER_REQUEST + " of " + messages)) {
            BareThreads.run("fill", THREADS, thread -> {
                for (int i = next.getAndIncrement(); i < messages / PER_REQUEST; i = next.getAndIncrement()) {
                    send(calls, queueUrl, kind, i * PER_REQUEST);
                }
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private void send(SqsCalls calls, String queueUrl, QueueKind kind, int first) {
        List<SentEntry> entries = new ArrayList<>(PER_REQUEST);
        for (int i = first; i < first + PER_REQUEST; i++) {
            int at = (int) (i * 31L % POOL_CHARS);
            @Nullable String group = kind == QueueKind.FIFO ? "group-" + i % groups : null;
            entries.add(new SentEntry(
                    "m" + i,
                    pool.substring(at, at + size),
                    Map.of("origin", SqsAttribute.text("bench")),
                    group,
                    group == null ? null : Integer.toString(i)));
        }
        JsonNode failed = calls.send(queueUrl, entries).orThrow().json().path("Failed");
        if (!failed.isEmpty()) {
            throw new IllegalStateException("ElasticMQ did not take what was sent: " + failed);
        }
    }
}
