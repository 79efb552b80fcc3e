package io.fenceline.connect.sink.lane;

import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * What a task shows of its lanes as a whole, worked out from what each shows when somebody looks. The task thread opens and
 * closes lanes, any thread reads.
 */
public final class LaneSummary {

    /** Replaced with each lane that comes or goes, since whoever looks reads it at any time. */
    private volatile List<LaneFigures> lanes = List.of();

    void opened(LaneFigures lane) {
        lanes = Stream.concat(lanes.stream(), Stream.of(lane)).toList();
    }

    void closed(LaneFigures lane) {
        lanes = lanes.stream().filter(other -> other != lane).toList();
    }

    /** For the task's figures. */
    public List<Gauge> gauges() {
        return List.of(
                count("lanes", "partitions the task has", lane -> true),
                count(
                        "lanes-owned",
                        "of these, those whose stream or queue takes records; where nothing is wrong, all of them",
                        LaneFigures::isOwned),
                count(
                        "lanes-claiming",
                        "of these, those whose stream is being claimed, or whose queue is being asked how it is set up. For"
                                + " moments after a start or a rebalance; for longer, the service does not answer or refuses",
                        LaneFigures::isClaiming),
                count(
                        "partitions-paused",
                        "of these, those that are not fetched at the moment: not owned yet, held, or holding as much as"
                                + " they may",
                        LaneFigures::isPaused),
                sum(
                        "bytes-held",
                        "bytes accepted and not yet durable, of all partitions; at most `buffer.max.bytes` and what one"
                                + " poll brings",
                        LaneFigures::bytesHeld),
                new Gauge(
                        "progress-age-max-ms",
                        "the longest time for which a partition has had something to do and got nowhere: it holds records"
                                + " and none became durable, or it is being claimed. 0 if none has anything to do; held"
                                + " partitions do not count",
                        () -> lanes.stream()
                                .mapToLong(LaneFigures::stuckMillis)
                                .max()
                                .orElse(0)));
    }

    private Gauge count(String name, String description, Predicate<LaneFigures> which) {
        return new Gauge(name, description, () -> lanes.stream().filter(which).count());
    }

    private Gauge sum(String name, String description, ToLongFunction<LaneFigures> figure) {
        return new Gauge(
                name, description, () -> lanes.stream().mapToLong(figure).sum());
    }
}
