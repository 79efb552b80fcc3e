package io.fenceline.testkit.s2;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Faults in the order they are to strike. Guarded by the server's lock. */
final class FaultScript {

    private final Deque<Fault> waiting = new ArrayDeque<>();
    private final Set<String> unavailable = new HashSet<>();

    void add(Fault... next) {
        Collections.addAll(waiting, next);
    }

    /** Until further notice. */
    void unavailable(String stream, boolean on) {
        if (on) {
            unavailable.add(stream);
        } else {
            unavailable.remove(stream);
        }
    }

    /** Whether the request is about a stream that is not available. */
    boolean isUnavailable(Request request) throws Refused {
        List<String> path = request.segments();
        return path.size() > 2 && path.get(1).equals("streams") && unavailable.contains(path.get(2));
    }

    List<Fault> waiting() {
        return List.copyOf(waiting);
    }

    /** The fault at the head of the queue, if it is about this kind of event. */
    <T extends Fault> @Nullable T strike(Class<T> event) {
        Fault head = waiting.peek();
        if (!event.isInstance(head)) {
            return null;
        }
        waiting.remove();
        if (head instanceof Fault.Pass pass) {
            if (pass.appends() > 1) {
                waiting.addFirst(new Fault.Pass(pass.appends() - 1));
            }
            return null;
        }
        if (head instanceof Fault.LoseReplies lose && lose.appends() > 1) {
            waiting.addFirst(new Fault.LoseReplies(lose.appends() - 1));
        }
        return event.cast(head);
    }
}
