package io.fenceline.connect.sink.s2;

import io.fenceline.append.loop.LoopDriver;
import io.fenceline.append.loop.SessionLoop;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.task.ModelTopic;
import io.fenceline.connect.sink.task.WorkerModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Any number of sink tasks under model workers, on one model of Kafka, one of S2, and a clock that the test advances. All of it
 * on the test's thread, session loops included: the same seed and the same calls give the same run.
 */
final class SinkRig implements AutoCloseable {

    static final TopicPartition T0 = new TopicPartition("t", 0);
    static final TopicPartition T1 = new TopicPartition("t", 1);

    final ModelBasin basin = new ModelBasin();
    final TreeMap<TopicPartition, ModelTopic> topics =
            new TreeMap<>((a, b) -> a.topic().equals(b.topic())
                    ? a.partition() - b.partition()
                    : a.topic().compareTo(b.topic()));
    final Map<String, String> properties = new HashMap<>();
    final Random random;

    private final List<SessionLoop> loops = new ArrayList<>();
    private long nanos = 1_000_000_000_000L;

    SinkRig() {
        this(42);
    }

    SinkRig(long seed) {
        random = new Random(seed);
        properties.put("name", "orders-to-s2");
        properties.put("topics", "t");
        properties.put("s2.basin", "model-basin");
        properties.put("s2.access.token", "secret");
        properties.put("consumer.override.isolation.level", "read_committed");
        topic(T0);
        topic(T1);
    }

    ModelTopic topic(TopicPartition partition) {
        return topics.computeIfAbsent(partition, ModelTopic::new);
    }

    ModelStream stream(TopicPartition partition) {
        return basin.stream(partition.topic() + "/" + partition.partition());
    }

    /** A task that is started and has nothing assigned. */
    WorkerModel worker() {
        return worker(topics, properties);
    }

    /** As {@link #worker()}, in a group of its own. */
    WorkerModel worker(Map<TopicPartition, ModelTopic> read, Map<String, String> configuration) {
        Random jitter = new Random(random.nextLong());
        Random tokens = new Random(random.nextLong());
        TaskProcess process = new TaskProcess(jitter);
        S2SinkTask task = new S2SinkTask(() -> nanos, tokens, config -> basin.access(), process::start, this::await);
        WorkerModel worker = new WorkerModel(task, configuration, read);
        worker.onKill = process::close;
        return worker;
    }

    /** What a task runs in: the rig drives its loop as long as it lives. */
    private final class TaskProcess implements LoopDriver {
        private final Random jitter;
        private @Nullable SessionLoop loop;

        TaskProcess(Random jitter) {
            this.jitter = jitter;
        }

        LoopDriver start(String name) {
            loop = new SessionLoop(name, () -> nanos, jitter::nextDouble, () -> {});
            loops.add(loop);
            return this;
        }

        @Override
        public SessionLoop loop() {
            return Objects.requireNonNull(loop);
        }

        @Override
        public void close() {
            loops.remove(loop());
            loop().close();
        }
    }

    /** A task whose claims are answered, and that was not called since. */
    WorkerModel assigned(TopicPartition... partitions) {
        WorkerModel worker = worker();
        worker.start();
        worker.assign(partitions);
        settle();
        return worker;
    }

    /** A task that has claimed these partitions. */
    WorkerModel running(TopicPartition... partitions) {
        WorkerModel worker = assigned(partitions);
        worker.poll();
        settle();
        return worker;
    }

    /** What drives the loops has failed. */
    void endLoops() {
        loops.forEach(SessionLoop::close);
        loops.clear();
    }

    /** Until the session loops have nothing to do without time or answers. */
    void settleLoops() {
        for (SessionLoop loop : loops) {
            for (int laps = 0; loop.work(); laps++) {
                if (laps == 100_000) {
                    throw new AssertionError("the session loop does not come to rest");
                }
            }
        }
    }

    /** Until nothing moves any more without time, records or the worker. */
    void settle() {
        for (int round = 0; round < 100_000; round++) {
            settleLoops();
            // a second time for what was held the first time
            if (!basin.deliver() && !basin.deliver()) {
                return;
            }
        }
        throw new AssertionError("requests without end");
    }

    /** Lets the worker poll that many times, with everything answered and some milliseconds in between. */
    void run(WorkerModel worker, int polls) {
        for (int i = 0; i < polls; i++) {
            worker.poll();
            settle();
            advance(Duration.ofMillis(10));
        }
    }

    /** As {@link #run}, and then everything durable is known to the task. */
    void drain(WorkerModel... workers) {
        for (int i = 0; i < 12; i++) {
            for (WorkerModel worker : workers) {
                worker.poll();
                settle();
            }
            advance(Duration.ofMillis(20));
        }
    }

    /** Nanoseconds on the clock. */
    long now() {
        return nanos;
    }

    void advance(Duration time) {
        nanos += time.toNanos();
        settleLoops();
    }

    /** The task thread waits: everything else goes on meanwhile. */
    private void await(CompletableFuture<?> parting, Duration longest) {
        long end = nanos + longest.toNanos();
        settle();
        while (!parting.isDone() && nanos - end < 0) {
            advance(Duration.ofMillis(10));
            settle();
        }
    }

    /** The process is gone: nothing of it is called any more, what it had sent may still arrive. */
    void kill(WorkerModel worker) {
        worker.onKill.run();
    }

    /** Polls until the task stops, and says with what. */
    TerminalException failureOf(WorkerModel worker) {
        for (int i = 0; i < 100; i++) {
            try {
                worker.poll();
            } catch (TerminalException end) {
                return end;
            }
            settle();
            advance(Duration.ofMillis(50));
        }
        throw new AssertionError("the task goes on; streams: " + basin);
    }

    @Override
    public void close() {
        loops.forEach(SessionLoop::close);
    }
}
