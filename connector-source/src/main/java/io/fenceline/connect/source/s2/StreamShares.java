package io.fenceline.connect.source.s2;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Which task reads which stream. */
final class StreamShares {

    private StreamShares() {}

    /** {@code streams} in the order of their names, dealt out in turn; as many lists as there are streams at most. */
    static List<List<String>> dealOut(Collection<String> streams, int maxTasks) {
        List<List<String>> shares = new ArrayList<>();
        List<String> sorted = streams.stream().distinct().sorted().toList();
        for (int i = 0; i < sorted.size(); i++) {
            if (i < maxTasks) {
                shares.add(new ArrayList<>());
            }
            shares.get(i % maxTasks).add(sorted.get(i));
        }
        return shares;
    }

    /**
     * The owner among {@code tasks} of a stream found by prefix, the same in every process and every release: the name's
     * {@link String#hashCode}, which Java defines, modulo their number. Names that count up at their end, the usual ones,
     * go round the tasks evenly.
     */
    static int owner(String stream, int tasks) {
        return Math.floorMod(stream.hashCode(), tasks);
    }
}
