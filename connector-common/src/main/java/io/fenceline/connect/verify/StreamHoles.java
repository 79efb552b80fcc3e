package io.fenceline.connect.verify;

import java.util.Map;
import java.util.TreeMap;

/**
 * Positions of a stream that are gone (trimmed, expired), and what they may have held: one record each. A hole of five positions
 * excuses five missing records, wherever in the stream's partitions they are, and not a sixth. Partitions that share the stream
 * share its holes. Owned by one thread.
 */
final class StreamHoles {

    private static final int MAX_HOLES = 10_000;

    /** A hole's first position to how many of its positions have excused nothing yet. */
    private final TreeMap<Long, Long> holes = new TreeMap<>();

    /** Holes must be added in the stream's order. */
    void add(long firstPosition, long positions) {
        holes.put(firstPosition, positions);
        if (holes.size() > MAX_HOLES) {
            // as one where the later was: they may then excuse a record the earlier could not have held, but none more
            Map.Entry<Long, Long> oldest = holes.pollFirstEntry();
            holes.merge(holes.firstKey(), oldest.getValue(), Long::sum);
        }
    }

    /**
     * Takes a position that is gone, of the first hole behind {@code position}; false if there is none left. The first is the
     * right one: who asks later knows a later position.
     */
    boolean take(long position) {
        Map.Entry<Long, Long> hole = holes.higherEntry(position);
        if (hole == null) {
            return false;
        }
        if (hole.getValue() == 1) {
            holes.remove(hole.getKey());
        } else {
            holes.put(hole.getKey(), hole.getValue() - 1);
        }
        return true;
    }
}
