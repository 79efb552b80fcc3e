package io.fenceline.connect.source;

import io.fenceline.connect.TerminalException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what all partitions of a task have, in turn: each that has something gets an equal part of what is asked for, and what
 * one does not need the others get. Who is first changes every time.
 *
 * <p>Owned by the task thread.
 */
public final class FairTurns<P extends SourcePartition<R>, R> {

    private final Consumer<P> gone;
    private List<P> partitions = List.of();
    private int first;
    private @Nullable TerminalException failure;

    /** @param gone is told of each partition that is over without a failure, once everything it had was taken */
    public FairTurns(Consumer<P> gone) {
        this.gone = gone;
    }

    /** Those that take turns from now on, in this order. */
    public void set(List<P> members) {
        partitions = List.copyOf(members);
    }

    public List<P> partitions() {
        return partitions;
    }

    /**
     * Hands over what is there. A partition that has failed ends this only when there is nothing before it to hand over.
     *
     * @return records handed over
     * @throws TerminalException a partition has failed, and nothing was handed over
     */
    public int take(int maxRecords, long maxBytes, R receiver) {
        int records = 0;
        long bytes = 0;
        boolean anything = true;
        List<P> over = new ArrayList<>();
        while (anything && failure == null && records < maxRecords && bytes < maxBytes) {
            anything = false;
            int ready = 0;
            for (P partition : partitions) {
                ready += partition.isReady() ? 1 : 0;
            }
            int recordsEach = Math.max(1, (maxRecords - records) / Math.max(1, ready));
            long bytesEach = Math.max(1, (maxBytes - bytes) / Math.max(1, ready));
            for (int i = 0; i < partitions.size() && records < maxRecords && bytes < maxBytes; i++) {
                P partition = partitions.get((first + i) % partitions.size());
                if (!partition.isReady()) {
                    continue;
                }
                Allowance allowance = new Allowance(
                        Math.min(recordsEach, maxRecords - records), Math.min(bytesEach, maxBytes - bytes));
                partition.take(allowance, receiver);
                records += allowance.records();
                bytes += allowance.bytes();
                anything |= allowance.records() > 0 || !partition.isReady();
                if (partition.isOver()) {
                    over.add(partition);
                    failure = failure == null ? partition.failure() : failure;
                }
            }
        }
        if (!partitions.isEmpty()) {
            first = (first + 1) % partitions.size();
        }
        over.stream().filter(partition -> partition.failure() == null).forEach(gone);
        if (records == 0 && failure != null) {
            throw failure;
        }
        return records;
    }
}
