package io.fenceline.connect.source.read;

import io.fenceline.connect.TerminalCode;
import io.fenceline.connect.TerminalException;
import io.fenceline.connect.metrics.MetricRegistry;
import io.fenceline.connect.metrics.MetricRegistry.Gauge;
import io.fenceline.connect.source.FairTurns;
import io.fenceline.connect.source.PollInbox;
import io.fenceline.s2.ReadStart;
import io.fenceline.s2.wire.SequencedRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All streams of one task: reads them ahead within one bound of memory and hands their records over in turn.
 *
 * <p>Owned by the task thread.
 */
public final class StreamReaders {

    /** Receives the records of {@link #take}. */
    @FunctionalInterface
    public interface Receiver {

        /**
         * @param meteredBytes the record's size, which costs a walk over its headers and is needed by several
         * @param createdAt    creation time of the stream the record is from
         */
        void accept(String stream, SequencedRecord record, int meteredBytes, Instant createdAt);
    }

    /**
     * How far a stream has been handed over.
     *
     * @param seqNum    the next number; commands before it count as read
     * @param createdAt creation time of the stream
     */
    public record Position(String stream, long seqNum, Instant createdAt) {}

    private static final int MOST_GONE = 10_000;

    private final ReadPolicy policy;
    private final ReadServices services;
    private final MetricRegistry metrics;
    private final Map<String, StreamReader> readers = new LinkedHashMap<>();
    /** Replaced whenever {@link #readers} changes, since whoever looks at figures reads it at any time. */
    private volatile List<StreamReader> shown = List.of();

    private final Map<String, MetricRegistry.Published> published = new LinkedHashMap<>();
    private final FairTurns<StreamReader, Receiver> turns = new FairTurns<>(this::forget);
    /**
     * How far streams had been handed over that are gone, the latest of them: what Connect has stored of one that comes back
     * may be less.
     */
    private final Map<String, Position> gone = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Position> eldest) {
            return size() > MOST_GONE;
        }
    };

    /**
     * @param bufferBytes  bound of all that is read ahead
     * @param pollBytes    what one {@link #take} asks for
     */
    public StreamReaders(
            String connector,
            String basinName,
            SourceBasin basin,
            PollInbox inbox,
            ReadPolicy policy,
            ReadCounters counters,
            MetricRegistry metrics,
            long bufferBytes,
            long pollBytes,
            LongSupplier nanoTime,
            RandomGenerator random) {
        this.policy = policy;
        this.metrics = metrics;
        this.services = new ReadServices(
                connector,
                basinName,
                basin,
                inbox,
                new ReadBudget(bufferBytes, 2 * pollBytes),
                counters,
                nanoTime,
                random);
    }

    /** Goes on behind a stored position; everything from there on is expected. */
    public void addAt(String stream, long seqNum, @Nullable Instant createdAt) {
        add(new StreamReader(stream, ReadCursor.at(seqNum), createdAt, policy, services));
    }

    /** Nothing is stored of this stream. */
    public void addFrom(String stream, ReadStart start) {
        add(new StreamReader(stream, ReadCursor.from(start), null, policy, services));
    }

    /**
     * Goes on with a stream of which this task has read something before, if it has.
     *
     * @return false if it has not, or if that was too long ago to be known
     */
    public boolean addAgain(String stream) {
        Position position = gone.remove(stream);
        if (position == null) {
            return false;
        }
        addAt(stream, position.seqNum(), position.createdAt());
        return true;
    }

    private void add(StreamReader reader) {
        int most = services.budget().mostStreams();
        if (readers.size() >= most) {
            throw TerminalException.of(
                            TerminalCode.RECORD_TOO_LARGE,
                            ReadPolicy.BUFFER_KEY
                                    + " is too small for this task's streams: it leaves room for a record of each of "
                                    + most + " streams, and '" + reader.stream() + "' is one more")
                    .where("stream '" + reader.stream() + "'")
                    .safe("nothing was read of that stream")
                    .remedy("raise " + ReadPolicy.BUFFER_KEY + " or tasks.max")
                    .build();
        }
        gone.remove(reader.stream());
        readers.put(reader.stream(), reader);
        published.put(
                reader.stream(),
                metrics.publish("s2-source-stream", Map.of("stream", reader.stream()), gauges(reader)));
        onMembersChanged();
    }

    private void forget(StreamReader reader) {
        Position position = position(reader);
        if (position != null) {
            gone.put(reader.stream(), position);
        }
        remove(reader);
    }

    private void remove(StreamReader reader) {
        reader.close();
        readers.remove(reader.stream(), reader);
        MetricRegistry.Published shown = published.remove(reader.stream());
        if (shown != null) {
            shown.close();
        }
        onMembersChanged();
    }

    private void onMembersChanged() {
        shown = List.copyOf(readers.values());
        turns.set(shown);
        services.budget().setStreams(readers.size());
    }

    /** Names of the streams that are read. */
    public Set<String> streams() {
        return new HashSet<>(readers.keySet());
    }

    /** The same, and those that are gone and would go on where they were. */
    public Set<String> remembered() {
        Set<String> names = streams();
        names.addAll(gone.keySet());
        return names;
    }

    /** After the inbox was drained: opens what is due, gives up what is dead. */
    public void tick() {
        if (services.budget().isShort()) {
            turns.partitions().forEach(StreamReader::releaseSurplus);
        }
        turns.partitions().forEach(StreamReader::tick);
    }

    /**
     * Hands over what has arrived: every stream that has something gets an equal part, and what one does not need the others
     * get. A stream that cannot be read on ends this only when there is nothing before it to hand over.
     *
     * @return records handed over
     * @throws TerminalException a stream cannot be read on
     */
    public int take(int maxRecords, long maxBytes, Receiver receiver) {
        return turns.take(maxRecords, maxBytes, receiver);
    }

    /** Nanoseconds until {@link #tick} has something to do if nothing happens. */
    public long idleFor() {
        long idle = Long.MAX_VALUE;
        for (StreamReader reader : turns.partitions()) {
            idle = Math.min(idle, reader.idleFor());
        }
        return idle;
    }

    /** How far each stream has been handed over; streams of which nothing is known yet are left out. */
    public List<Position> positions() {
        List<Position> positions = new ArrayList<>();
        for (StreamReader reader : turns.partitions()) {
            Position position = position(reader);
            if (position != null) {
                positions.add(position);
            }
        }
        return positions;
    }

    private static @Nullable Position position(StreamReader reader) {
        Instant from = reader.takenFrom();
        return reader.takenUpTo() < 0 || from == null ? null : new Position(reader.stream(), reader.takenUpTo(), from);
    }

    /** What operators see of the task as a whole; any thread. */
    public List<Gauge> taskGauges() {
        return List.of(
                new Gauge("streams-owned", "streams the task reads; 0 while none is found, or none is its share", () ->
                        (long) shown.size()),
                new Gauge(
                        "streams-open",
                        "of these, those with a read session that S2 has accepted; where nothing is wrong, all of them",
                        () -> shown.stream().filter(StreamReader::isShownOpen).count()),
                new Gauge(
                        "read-ahead-bytes",
                        "memory for what S2 was allowed to send, and of what is not handed to Connect yet, as it is held:"
                                + " decoded, with what small records take beside their bytes; never above `"
                                + ReadPolicy.BUFFER_KEY + "`",
                        services.budget()::reserved));
    }

    public void close() {
        List.copyOf(readers.values()).forEach(this::remove);
    }

    private static List<Gauge> gauges(StreamReader reader) {
        return List.of(
                new Gauge(
                        "state",
                        "`DUE` (without a session, waiting for its time), `OPENING`, `OPEN`, `LOOKING` (asks what became of the"
                                + " stream), `ENDED`",
                        reader::shownState),
                new Gauge(
                        "position",
                        "the number behind the last record handed to Connect; absent before the first",
                        reader::shownPosition),
                new Gauge(
                        "lag",
                        "numbers between that and the tail, as last heard of; absent while either is not known",
                        reader::shownLag));
    }
}
