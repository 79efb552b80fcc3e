package io.fenceline.testkit.sqs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Faults in the order they are to strike, each operation's apart, and those that wait for an entry. Guarded by its server's
 * lock.
 */
public final class SqsFaultScript {

    /** An entry fault that waits for entries, in whatever request they come. */
    private static final class Waiting {
        final Predicate<SentEntry> which;
        final EntryFault fault;
        int times;

        Waiting(Predicate<SentEntry> which, EntryFault fault, int times) {
            this.which = which;
            this.fault = fault;
            this.times = times;
        }
    }

    private final Map<String, Deque<SqsFault>> waiting = new HashMap<>();
    private final List<Waiting> entries = new ArrayList<>();

    public void add(String operation, List<SqsFault> next) {
        waiting.computeIfAbsent(operation, unseen -> new ArrayDeque<>()).addAll(next);
    }

    public void add(Predicate<SentEntry> which, EntryFault fault, int times) {
        entries.add(new Waiting(which, fault, times));
    }

    public void clear() {
        waiting.clear();
        entries.clear();
    }

    /** Requests and entries that still have something before them. */
    public int left() {
        return waiting.values().stream().mapToInt(Deque::size).sum() + entries.size();
    }

    /** What strikes the next request of that operation. */
    public @Nullable SqsFault strike(String operation) {
        Deque<SqsFault> queue = waiting.getOrDefault(operation, new ArrayDeque<>());
        SqsFault head = queue.poll();
        if (head instanceof SqsFault.Pass pass) {
            if (pass.requests() > 1) {
                queue.addFirst(new SqsFault.Pass(pass.requests() - 1));
            }
            return null;
        }
        return head;
    }

    /** What strikes this entry, by the first rule that holds for it. */
    public @Nullable EntryFault strike(SentEntry entry) {
        for (Iterator<Waiting> rules = entries.iterator(); rules.hasNext(); ) {
            Waiting rule = rules.next();
            if (rule.which.test(entry)) {
                if (--rule.times == 0) {
                    rules.remove();
                }
                return rule.fault;
            }
        }
        return null;
    }
}
