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
public final class SqsFaultScript implements EntryFaults {

    /** A fault that waits for parts of requests, in whatever request they come. */
    private static final class Waiting<T> {
        final Predicate<T> which;
        final EntryFault fault;
        int times;

        Waiting(Predicate<T> which, EntryFault fault, int times) {
            this.which = which;
            this.fault = fault;
            this.times = times;
        }
    }

    private final Map<String, Deque<SqsFault>> waiting = new HashMap<>();
    private final List<Waiting<SentEntry>> entries = new ArrayList<>();
    private final Map<String, List<Waiting<HandleEntry>>> handles = new HashMap<>();
    private final List<Waiting<QueuedMessage>> messages = new ArrayList<>();

    public void add(String operation, List<SqsFault> next) {
        waiting.computeIfAbsent(operation, unseen -> new ArrayDeque<>()).addAll(next);
    }

    public void add(Predicate<SentEntry> which, EntryFault fault, int times) {
        entries.add(new Waiting<>(which, fault, times));
    }

    public void addToHandles(String operation, Predicate<HandleEntry> which, EntryFault fault, int times) {
        handles.computeIfAbsent(operation, unseen -> new ArrayList<>()).add(new Waiting<>(which, fault, times));
    }

    public void addToMessages(Predicate<QueuedMessage> which, EntryFault fault, int times) {
        messages.add(new Waiting<>(which, fault, times));
    }

    public void clear() {
        waiting.clear();
        entries.clear();
        handles.clear();
        messages.clear();
    }

    /** Requests, entries and messages that still have something before them. */
    public int left() {
        return waiting.values().stream().mapToInt(Deque::size).sum()
                + entries.size()
                + handles.values().stream().mapToInt(List::size).sum()
                + messages.size();
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
    @Override
    public @Nullable EntryFault of(SentEntry entry) {
        return strike(entries, entry);
    }

    @Override
    public @Nullable EntryFault of(String operation, HandleEntry entry) {
        return strike(handles.getOrDefault(operation, new ArrayList<>()), entry);
    }

    @Override
    public @Nullable EntryFault of(QueuedMessage message) {
        return strike(messages, message);
    }

    private static <T> @Nullable EntryFault strike(List<Waiting<T>> waiting, T part) {
        for (Iterator<Waiting<T>> rules = waiting.iterator(); rules.hasNext(); ) {
            Waiting<T> rule = rules.next();
            if (rule.which.test(part)) {
                if (--rule.times == 0) {
                    rules.remove();
                }
                return rule.fault;
            }
        }
        return null;
    }
}
