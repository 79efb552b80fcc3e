package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lanes of one task. Routes records by their original coordinates, shares the task's memory between lanes, and ends
 * the task when a lane cannot go on. Owned by the task thread.
 */
public final class SinkLanes {

    private static final Logger log = LoggerFactory.getLogger(SinkLanes.class);

    /** How soon the worker should call again while something is expected to happen. */
    private static final long WATCHFUL_MILLIS = 20;

    private static final long IDLE_MILLIS = 500;

    /** The target answers within five seconds whether its mark was left. */
    private static final Duration LONGEST_STOPPING = Duration.ofSeconds(6);

    /**
     * How long a stop that may have met other lanes as well waits for their answers: what Connect shows is to name all of them,
     * or an operator would set one right, restart, and learn of the next.
     */
    private static final Duration LONGEST_GATHERING = Duration.ofSeconds(2);

    private final Map<TopicPartition, PartitionLane> lanes = new HashMap<>();
    private final List<CompletableFuture<?>> partings = new ArrayList<>();

    private final Function<TopicPartition, PartitionLane> factory;
    private final TaskPort port;
    private final TaskInbox inbox;
    private final PartingWait partingWait;
    private final MemoryShares memory;
    private final TaskLoad load = new TaskLoad();

    private @Nullable PartitionLane lastUsed;
    private long strays;
    /** When the first of the stops that wait for others was seen, null while none waits. */
    private @Nullable Long gatheringSince;

    private boolean ended;

    public SinkLanes(
            Function<TopicPartition, PartitionLane> factory,
            TaskPort port,
            TaskInbox inbox,
            PartingWait partingWait,
            MemoryShares memory) {
        this.factory = factory;
        this.port = port;
        this.inbox = inbox;
        this.partingWait = partingWait;
        this.memory = memory;
    }

    public void open(Collection<TopicPartition> partitions, long now) {
        for (TopicPartition partition : partitions) {
            PartitionLane stale = lanes.get(partition);
            if (stale != null) {
                close(List.of(partition));
            }
            openLane(partition, now);
        }
    }

    public void put(Collection<SinkRecord> records, long now) {
        for (PartitionLane lane : lanes.values()) {
            lane.beginPut(now);
        }
        inbox.drain();
        throwFailure(now);
        for (PartitionLane lane : lanes.values()) {
            lane.applyWishes();
        }
        long heldBefore = heldBytes();
        for (SinkRecord record : records) {
            PartitionLane lane = laneOf(record, now);
            if (lane != null) {
                lane.add(record);
            }
        }
        load.onPut(records.size(), heldBytes() - heldBefore, now);
        for (PartitionLane lane : lanes.values()) {
            lane.endPut(load.isHigh());
        }
        memory.apportion(lanes.values());
        throwFailure(now);
    }

    /** Milliseconds after which {@code put} should be called again even if there is nothing to hand over. */
    public long wakeWithinMillis(long now) {
        long wake = load.isHigh() ? TaskLoad.LASTS_NANOS : IDLE_MILLIS * 1_000_000;
        for (PartitionLane lane : lanes.values()) {
            wake = Math.min(wake, lane.wakeWithin(now, WATCHFUL_MILLIS * 1_000_000));
        }
        return Math.max(1, (wake + 999_999) / 1_000_000);
    }

    /**
     * What may be committed (INV-30). Only partitions of which nothing was ever known are left out: Connect commits those
     * where they stood at their assignment, as soon as another has something new.
     */
    public Map<TopicPartition, OffsetAndMetadata> committable(Map<TopicPartition, OffsetAndMetadata> given) {
        inbox.drain();
        Map<TopicPartition, OffsetAndMetadata> safe = new HashMap<>();
        given.forEach((partition, offset) -> {
            PartitionLane lane = lanes.get(partition);
            long committable = lane == null ? -1 : lane.committable(offset.offset());
            if (committable >= 0) {
                safe.put(partition, committable == offset.offset() ? offset : new OffsetAndMetadata(committable));
            }
        });
        return safe;
    }

    /**
     * Closes only these lanes; an error in one does not keep the others open. The mark of one that is about to stop is waited
     * for, no longer than {@link #LONGEST_STOPPING}: as soon as this returns, the next owner may claim its stream, and would
     * go on as if nothing had happened.
     */
    public void close(Collection<TopicPartition> partitions) {
        drainForTheLastTime();
        List<CompletableFuture<?>> stopping = new ArrayList<>(0);
        for (TopicPartition partition : partitions) {
            PartitionLane lane = lanes.get(partition);
            if (lane == null) {
                continue;
            }
            if (lane == lastUsed) {
                lastUsed = null;
            }
            TerminalException untold = ended ? null : lane.failure();
            if (untold != null) {
                log.warn("{}: was taken away before the task ended: {}", lane, untold.getMessage());
            }
            try {
                boolean stops = lane.state() == LaneState.STOPPING;
                CompletableFuture<?> parting = lane.close();
                partings.removeIf(CompletableFuture::isDone);
                if (parting != null) {
                    (stops ? stopping : partings).add(parting);
                }
            } catch (RuntimeException e) {
                log.warn("{}: could not be closed cleanly", lane, e);
            }
            lanes.remove(partition, lane);
        }
        if (!stopping.isEmpty()) {
            partingWait.await(CompletableFuture.allOf(stopping.toArray(CompletableFuture<?>[]::new)), LONGEST_STOPPING);
        }
    }

    /** What a lane has found and nobody has asked for: of partitions that are lost nothing is committed, so nobody did. */
    private void drainForTheLastTime() {
        try {
            inbox.drain();
        } catch (RuntimeException e) {
            log.warn("what lanes have found before they are closed could not be told", e);
        }
    }

    /** Closes every lane; the result is done when what they left for the next owner is answered. */
    public CompletableFuture<Void> closeAll() {
        close(new ArrayList<>(lanes.keySet()));
        return CompletableFuture.allOf(partings.toArray(CompletableFuture<?>[]::new));
    }

    private long heldBytes() {
        long sum = 0;
        for (PartitionLane lane : lanes.values()) {
            sum += lane.heldBytes();
        }
        return sum;
    }

    private @Nullable PartitionLane laneOf(SinkRecord record, long now) {
        PartitionLane last = lastUsed;
        if (last != null
                && last.partition().partition() == record.originalKafkaPartition()
                && last.partition().topic().equals(record.originalTopic())) {
            return last;
        }
        TopicPartition partition = new TopicPartition(record.originalTopic(), record.originalKafkaPartition());
        PartitionLane lane = lanes.get(partition);
        if (lane == null && port.isAssigned(partition)) {
            log.info("{}: records of an assigned partition that was not opened; opening it", partition);
            lane = openLane(partition, now);
        }
        if (lane == null) {
            // The worker filters a batch it hands over again by the renamed topic, so records of a revoked partition
            // can come through; their new owner has them.
            if (strays++ % 1000 == 0) {
                log.warn(
                        "{}: record at offset {} dropped, the partition is not assigned to this task ({} so far)",
                        partition,
                        record.originalKafkaOffset(),
                        strays);
            }
            return null;
        }
        lastUsed = lane;
        return lane;
    }

    private PartitionLane openLane(TopicPartition partition, long now) {
        PartitionLane lane = factory.apply(partition);
        lanes.put(partition, lane);
        lane.open(now);
        return lane;
    }

    /** Not before every lane that stops has left its mark: with the task go all its partitions. */
    private void throwFailure(long now) {
        for (PartitionLane lane : lanes.values()) {
            if (lane.state() == LaneState.STOPPING) {
                return;
            }
        }
        PartitionLane speaker = null;
        TerminalException said = null;
        for (PartitionLane lane : lanes.values()) {
            TerminalException failure = lane.failure();
            if (failure != null && (speaker == null || lane.isOneOfMany())) {
                speaker = lane;
                said = failure;
            }
        }
        if (speaker == null || said == null) {
            gatheringSince = null;
            return;
        }
        if (gathers(now)) {
            return;
        }
        ended = true;
        for (PartitionLane other : lanes.values()) {
            TerminalException failure = other == speaker ? null : other.failure();
            if (failure != null) {
                // Connect shows and logs one of them: nobody else would say this.
                log.error("{}: has stopped as well: {}", other, failure.getMessage());
            }
        }
        throw speaker.withTheOthers(said);
    }

    /** Every stop so far may have met other lanes as well, and some of those are still waiting for an answer. */
    private boolean gathers(long now) {
        boolean more = false;
        for (PartitionLane lane : lanes.values()) {
            if (lane.failure() != null && !lane.isOneOfMany()) {
                return false;
            }
            more |= lane.mayStillStop();
        }
        if (!more) {
            return false;
        }
        Long since = gatheringSince;
        if (since == null) {
            gatheringSince = now;
            return true;
        }
        return now - since < LONGEST_GATHERING.toNanos();
    }
}
