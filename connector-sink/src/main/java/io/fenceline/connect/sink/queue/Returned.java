package io.fenceline.connect.sink.queue;

import io.fenceline.connect.sink.queue.OutboxMessage.Fate;
import java.util.ArrayList;
import java.util.List;

/** Hands messages whose fate is sealed back to their lanes. */
final class Returned {

    private Returned() {}

    /** On the task thread. Those that stop a lane come last, together. */
    static void toLanes(List<OutboxMessage> done) {
        for (OutboxMessage message : done) {
            if (message.fate != Fate.STOPS) {
                message.lane.receiver.onDone(message);
            }
        }
        for (int i = 0; i < done.size(); i++) {
            OutboxMessage first = done.get(i);
            if (first.fate == Fate.STOPS && isFirstOfItsLane(done, i)) {
                stop(first, done.subList(i, done.size()));
            }
        }
    }

    private static boolean isFirstOfItsLane(List<OutboxMessage> done, int index) {
        for (int earlier = 0; earlier < index; earlier++) {
            OutboxMessage other = done.get(earlier);
            if (other.fate == Fate.STOPS && other.lane == done.get(index).lane) {
                return false;
            }
        }
        return true;
    }

    private static void stop(OutboxMessage first, List<OutboxMessage> rest) {
        SendStop stop = first.stop;
        if (stop == null) {
            throw new IllegalStateException("a message stops its lane for no reason");
        }
        List<OutboxMessage> same = new ArrayList<>();
        for (OutboxMessage message : rest) {
            if (message.fate == Fate.STOPS && message.lane == first.lane) {
                same.add(message);
            }
        }
        first.lane.receiver.onStop(stop, same);
    }
}
