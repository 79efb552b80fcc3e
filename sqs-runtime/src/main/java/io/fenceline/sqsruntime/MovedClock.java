package io.fenceline.sqsruntime;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.elasticmq.util.NowProvider;

/**
 * ElasticMQ's clock, moved ahead by tests. Thread-safe.
 *
 * <p>ElasticMQ asks it when visibility ends and when it forgets a deduplication id, but writes the moment of a send by the wall
 * clock. So {@link #nowMillis}, which is for visibility, is the moved time, and {@link #now}, which is for forgetting alone, is the
 * moment of the wall clock at which an id sent then is five minutes old by the moved time, and those five minutes. Without that
 * every id would be forgotten at once from the first move on.
 */
final class MovedClock extends NowProvider {

    /** ElasticMQ forgets ids that are older than this. */
    private static final Duration WINDOW = Duration.ofMinutes(5);

    /** From that moment of the wall clock on it was this much behind the moved time. */
    private record Move(Instant at, Duration ahead) {}

    private final List<Move> moves = new ArrayList<>(List.of(new Move(Instant.EPOCH, Duration.ZERO)));

    synchronized void moveAhead(Duration by) {
        moves.add(new Move(Instant.now(), last().ahead.plus(by)));
    }

    @Override
    public synchronized long nowMillis() {
        return System.currentTimeMillis() + last().ahead.toMillis();
    }

    @Override
    public synchronized OffsetDateTime now() {
        Instant wanted = Instant.now().plus(last().ahead).minus(WINDOW);
        return OffsetDateTime.ofInstant(wallClockAt(wanted).plus(WINDOW), ZoneOffset.UTC);
    }

    /** The last moment of the wall clock at which the moved time was not past the given one. */
    private Instant wallClockAt(Instant moved) {
        for (int i = moves.size() - 1; i > 0; i--) {
            Move move = moves.get(i);
            if (!move.at.plus(move.ahead).isAfter(moved)) {
                return moved.minus(move.ahead);
            }
            if (!move.at.plus(moves.get(i - 1).ahead).isAfter(moved)) {
                return move.at; // a time that was leapt over
            }
        }
        return moved;
    }

    private Move last() {
        return moves.get(moves.size() - 1);
    }
}
