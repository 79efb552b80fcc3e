package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.source.Allowance;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has arrived of one stream and was not taken yet, each thing at its place: records, gaps between them, a stream made
 * again, the end. And how far it was taken.
 *
 * <p>Owned by the task thread, apart from the figure.
 */
final class ReadAhead {

    private static final Logger log = LoggerFactory.getLogger(ReadAhead.class);

    private final String stream;
    private final ReadPolicy policy;
    private final ReadFailures failures;
    private final ReadCounters counters;
    private final LongConsumer freed;

    private final ArrayDeque<ReadItem> items = new ArrayDeque<>();

    /** Behind the last record that was taken, commands included; negative before the first. */
    private long takenUpTo = -1;

    private @Nullable Instant takenFrom;
    private boolean over;
    private @Nullable TerminalException failure;

    /** {@link #takenUpTo}, for operators, who read on threads of theirs. */
    private volatile long shownPosition = -1;

    /** @param freed is told the bytes of what needs no memory any more */
    ReadAhead(String stream, ReadPolicy policy, ReadFailures failures, ReadCounters counters, LongConsumer freed) {
        this.stream = stream;
        this.policy = policy;
        this.failures = failures;
        this.counters = counters;
        this.freed = freed;
    }

    // ------------------------------------------------------------------ what arrives

    /** Records that follow each other; none is fine. */
    void add(List<SequencedRecord> records, Instant createdAt, long bytes) {
        if (records.isEmpty()) {
            freed.accept(bytes);
        } else {
            items.add(new ReadItem.Run(records, createdAt, bytes));
        }
    }

    void add(ReadItem news) {
        items.add(news);
    }

    /** There is nothing to hand over up to here; once everything before it was taken that counts as taken. */
    void passTo(long position, Instant createdAt) {
        if (items.isEmpty()) {
            took(position, createdAt);
        }
    }

    /** Forgets what was not taken. */
    void clear() {
        for (ReadItem item : items) {
            freed.accept(item.bytes());
        }
        items.clear();
    }

    // ------------------------------------------------------------------ taking

    boolean isEmpty() {
        return items.isEmpty();
    }

    /** The end was reached: nothing more is handed over. */
    boolean isOver() {
        return over;
    }

    /** Why it is over; null if the stream is simply not ours any more. */
    @Nullable
    TerminalException failure() {
        return failure;
    }

    /** Hands over records until the allowance is spent, the next one is not admitted, or nothing more is there. */
    void take(Allowance allowance, StreamReaders.Receiver receiver) {
        Taking taking = new Taking(allowance, receiver);
        for (ReadItem item = items.peek(); item != null && !over && taking.hasRoom(); item = items.peek()) {
            item.tell(taking);
        }
        if (taking.newest >= 0) {
            counters.newestRecord.saw(taking.newest);
        }
        counters.recordsRead.add(allowance.records());
        counters.bytesRead.add(allowance.bytes());
    }

    /** One call of {@link #take}: each item as far as there is room for it. */
    private final class Taking implements ReadItem.Cases {
        private final Allowance allowance;
        private final StreamReaders.Receiver receiver;
        /** The next record is too large for what is left. */
        private boolean full;
        /** Of the timestamps taken; negative before the first. */
        private long newest = -1;

        Taking(Allowance allowance, StreamReaders.Receiver receiver) {
            this.allowance = allowance;
            this.receiver = receiver;
        }

        boolean hasRoom() {
            return !full && !allowance.isSpent();
        }

        @Override
        public void run(ReadItem.Run run) {
            while (hasRoom() && run.next < run.records.size()) {
                SequencedRecord record = run.records.get(run.next);
                if (record.isCommand()) {
                    counters.commandsSkipped.increment();
                } else {
                    int size = record.meteredSize();
                    if (!allowance.admits(size)) {
                        full = true;
                        return;
                    }
                    receiver.accept(stream, record, size, run.createdAt);
                    newest = Math.max(newest, record.timestamp());
                    allowance.use(size);
                }
                took(record.seqNum() + 1, run.createdAt);
                run.next++;
            }
            if (run.next == run.records.size()) {
                items.remove();
                freed.accept(run.bytes());
            }
        }

        @Override
        public void gap(ReadItem.Gap gap) {
            if (!policy.continuesAfterGap()) {
                finish(failures.gap(gap.from(), gap.to()));
                return;
            }
            counters.gaps.increment();
            counters.recordsMissed.add(gap.to() - gap.from());
            log.warn(
                    "stream {}: numbers {} to {} are not there any more; going on at {}, as " + GapPolicy.KEY
                            + "=continue asks",
                    stream,
                    gap.from(),
                    gap.to() - 1,
                    gap.to());
            // even if nothing follows it is not met again
            took(gap.to(), gap.createdAt());
            items.remove();
        }

        @Override
        public void restart(ReadItem.Restart restart) {
            counters.recreations.increment();
            log.warn(
                    "stream {}: was deleted and made again (created at {}, before that at {}); reading it from its"
                            + " beginning, as " + RecreationPolicy.KEY + "=restart asks",
                    stream,
                    restart.createdAt(),
                    restart.before());
            items.remove();
        }

        @Override
        public void end(ReadItem.End end) {
            finish(end.failure());
        }
    }

    private void finish(@Nullable TerminalException why) {
        over = true;
        failure = why;
        clear();
    }

    private void took(long upTo, Instant from) {
        takenUpTo = upTo;
        takenFrom = from;
        shownPosition = upTo;
    }

    // ------------------------------------------------------------------ how far

    /** Behind the last number that was taken, commands included; negative before the first. */
    long takenUpTo() {
        return takenUpTo;
    }

    /** Creation time of the stream that {@link #takenUpTo} speaks of. */
    @Nullable
    Instant takenFrom() {
        return takenFrom;
    }

    /** {@link #takenUpTo}, for any thread. */
    long shownPosition() {
        return shownPosition;
    }
}
