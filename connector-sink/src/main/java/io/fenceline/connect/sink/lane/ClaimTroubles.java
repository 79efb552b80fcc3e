package io.fenceline.connect.sink.lane;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * What an operator is told while streams or queues of a task's partitions cannot be made ready: one line for all of them with
 * the first failure, one each half minute as long as it lasts, and one when it is over. A task with forty of them would say so
 * forty times otherwise, after each attempt. Pure; moments are of one monotonic clock, in nanoseconds.
 *
 * <p>Owned by the task thread.
 */
public final class ClaimTroubles {

    /** Between two warnings, also of troubles that end and begin again meanwhile. */
    static final Duration EVERY = Duration.ofSeconds(30);

    private final String nouns;
    private final String what;
    private final Consumer<String> warnings;
    private final Consumer<String> notices;

    private final Set<TopicPartition> members = new HashSet<>();
    private final Set<TopicPartition> failing = new HashSet<>();
    private String lastReason = "";
    /** When the trouble began that lasts. */
    private long since;
    /** The operator knows of the trouble that lasts. */
    private boolean told;

    private boolean everTold;
    private long toldAt;

    /**
     * @param nouns what there is one of for each partition, e.g. {@code streams}
     * @param what  cannot be done to them, e.g. {@code claimed}
     */
    public ClaimTroubles(String nouns, String what, Consumer<String> warnings, Consumer<String> notices) {
        this.nouns = nouns;
        this.what = what;
        this.warnings = warnings;
        this.notices = notices;
    }

    /** The partition was assigned. */
    public void opened(TopicPartition partition) {
        members.add(partition);
    }

    /** It is not this task's any more. */
    public void closed(TopicPartition partition) {
        members.remove(partition);
        failing.remove(partition);
    }

    /**
     * An attempt has failed, and another one will be made.
     *
     * @param reason without a full stop
     */
    public void failed(TopicPartition partition, String reason, long now) {
        if (!members.contains(partition)) {
            return;
        }
        if (failing.isEmpty() && !told) {
            since = now;
        }
        failing.add(partition);
        lastReason = reason;
    }

    /** It is ready, or its lane has stopped and says why itself. */
    public void over(TopicPartition partition) {
        failing.remove(partition);
    }

    /** For each {@code put}. */
    public void tick(long now) {
        if (!failing.isEmpty()) {
            if (!everTold || now - toldAt >= EVERY.toNanos()) {
                everTold = true;
                told = true;
                toldAt = now;
                warnings.accept(failing.size() + " of " + members.size() + " " + nouns + " cannot be " + what + " for "
                        + seconds(now) + " s: " + lastReason);
            }
        } else if (told) {
            told = false;
            if (!members.isEmpty()) {
                notices.accept("no " + nouns + " are left that cannot be " + what + ", after " + seconds(now) + " s");
            }
        }
    }

    private long seconds(long now) {
        return TimeUnit.NANOSECONDS.toSeconds(now - since);
    }
}
