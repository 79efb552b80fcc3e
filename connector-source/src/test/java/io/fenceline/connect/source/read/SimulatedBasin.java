package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.StreamPage;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A basin as s2.md describes one, for readers: streams that are appended to, trimmed, deleted and made again; sessions that
 * send no more than they were granted, and that a test moves on, cuts or silences. What comes over a slow link comes in parts;
 * what comes as events comes a batch at a time, and nothing of it before all of it is there. One thread.
 */
public final class SimulatedBasin implements SourceBasin {

    static final int HEARTBEAT_BYTES = 20;

    /** A stream between its creation and its deletion. */
    public static final class Stream {
        public final Instant createdAt;
        final NavigableMap<Long, SequencedRecord> records = new TreeMap<>();
        long tail;

        Stream(Instant createdAt) {
            this.createdAt = createdAt;
        }

        void append(byte[] body) {
            records.put(tail, new SequencedRecord(tail, 1, List.of(), body));
            tail++;
        }

        void appendCommand() {
            records.put(
                    tail,
                    new SequencedRecord(tail, 1, List.of(new Header(new byte[0], new byte[] {'f'})), new byte[3]));
            tail++;
        }
    }

    final Map<String, Stream> streams = new TreeMap<>();
    final List<SimulatedExchange> exchanges = new ArrayList<>();
    /** Answers to listings wait here until the test lets them go. */
    final List<Runnable> answers = new ArrayList<>();
    /** Records of one batch, of which nothing is known before it is there as a whole; 0: each record comes for itself. */
    int recordsOfAnEvent;
    /** Bytes of a record for each of them on the way. */
    int compression = 1;
    /** Sessions that were given up although a part of a record had come over them and more of it was on its way. */
    int givenUpInside;

    private long creations;
    private @Nullable S2Exception infoFailure;
    private @Nullable S2Exception listingFailure;

    public Stream create(String name) {
        Stream stream = new Stream(Instant.ofEpochSecond(1_000_000 + creations++));
        streams.put(name, stream);
        return stream;
    }

    /** Where the open sessions have begun, by stream. */
    public Map<String, ReadStart> starts() {
        Map<String, ReadStart> starts = new TreeMap<>();
        exchanges.forEach(exchange -> starts.put(exchange.name, exchange.start));
        return starts;
    }

    /** All sessions send some of what they have. */
    public void moveAll() {
        List.copyOf(exchanges).forEach(exchange -> exchange.move(20));
    }

    /** Deletes a stream, or what the listing says of it. */
    public void remove(String name) {
        streams.remove(name);
    }

    /** What {@link #remove} has taken away was there all the time. */
    public void restore(String name, Stream stream) {
        streams.put(name, stream);
    }

    public void append(Stream stream) {
        stream.append(new byte[10]);
    }

    public void answerAll() {
        List<Runnable> now = List.copyOf(answers);
        answers.clear();
        now.forEach(Runnable::run);
    }

    @Override
    public ReadExchange openRead(String name, ReadStart start, ReadExchange.Listener listener) {
        SimulatedExchange exchange = new SimulatedExchange(name, streams.get(name), start, listener);
        exchanges.add(exchange);
        return exchange;
    }

    @Override
    public CompletableFuture<Optional<StreamInfo>> streamInfo(String name) {
        CompletableFuture<Optional<StreamInfo>> answer = new CompletableFuture<>();
        Stream found = streams.get(name);
        S2Exception failure = infoFailure;
        if (failure != null) {
            infoFailure = null;
            answers.add(() -> answer.completeExceptionally(failure));
            return answer;
        }
        answers.add(() -> answer.complete(
                Optional.ofNullable(found).map(stream -> new StreamInfo(name, stream.createdAt, null))));
        return answer;
    }

    /** The next question for a stream's properties is answered so. */
    void failNextInfo(ServerError error) {
        infoFailure = new S2Exception(error);
    }

    /** The next page of a listing is answered so. */
    void failNextListing(ServerError error) {
        listingFailure = new S2Exception(error);
    }

    static S2Exception unavailable() {
        return new S2Exception(ServerError.of(503, "unavailable", "just now"));
    }

    @Override
    public CompletableFuture<StreamPage> listStreams(String prefix, String startAfter) {
        CompletableFuture<StreamPage> answer = new CompletableFuture<>();
        S2Exception failure = listingFailure;
        if (failure != null) {
            listingFailure = null;
            answers.add(() -> answer.completeExceptionally(failure));
            return answer;
        }
        answers.add(() -> {
            List<StreamInfo> all = streams.entrySet().stream()
                    .filter(entry ->
                            entry.getKey().startsWith(prefix) && entry.getKey().compareTo(startAfter) > 0)
                    .map(entry -> new StreamInfo(entry.getKey(), entry.getValue().createdAt, null))
                    .toList();
            int page = Math.min(2, all.size());
            answer.complete(new StreamPage(all.subList(0, page), all.size() > page));
        });
        return answer;
    }

    @Override
    public String describeTarget() {
        return "simulation";
    }

    @Override
    public void close() {}

    /** A session on its way. */
    final class SimulatedExchange implements ReadExchange {
        final String name;
        final Stream stream;
        private final ReadStart start;
        private final Listener listener;
        private long next;
        private long granted = INITIAL_GRANT;
        /** Granted and not used up. */
        private long memory = INITIAL_GRANT;
        /** Bytes of what comes next that are through already. */
        private long begun;
        /** What the last event needed. */
        private long lastEvent;

        private long neededAsSaid;

        private boolean established;
        boolean over;
        boolean silent;

        SimulatedExchange(String name, Stream stream, ReadStart start, Listener listener) {
            this.name = name;
            this.stream = stream;
            this.start = start;
            this.listener = listener;
        }

        @Override
        public void grant(int bytes) {
            granted += bytes;
            memory += bytes;
        }

        @Override
        public void abort() {
            if (begun > 0 && !over && !silent) {
                givenUpInside++;
            }
            over = true;
            exchanges.remove(this);
        }

        /** Sends what comes next, as far as it was granted: a few records, or a heartbeat. */
        void move(int mostRecords) {
            move(mostRecords, Long.MAX_VALUE);
        }

        /** The same over a link that lets no more bytes through meanwhile. */
        void move(int mostRecords, long mostBytes) {
            if (over || silent) {
                return;
            }
            if (!established) {
                establish();
                return;
            }
            if (streams.get(name) != stream) {
                reject(ServerError.of(503, "unavailable", "stream is going away"));
                return;
            }
            List<SequencedRecord> sent = new ArrayList<>();
            long used = 0;
            long arrived = 0;
            long lacking = memory < 0 ? -memory : 0;
            while (lacking == 0 && sent.size() < mostRecords && arrived < mostBytes) {
                List<SequencedRecord> unit = following();
                if (unit.isEmpty()) {
                    break;
                }
                long size = wireBytes(unit);
                long step = Math.min(Math.min(size - begun, Math.max(0, memory - begun)), mostBytes - arrived);
                begun += step;
                arrived += step;
                if (begun < size) {
                    if (memory <= begun) {
                        lacking = recordsOfAnEvent == 0 ? size - begun : Math.max(1, lastEvent - begun);
                    }
                    break;
                }
                long needs = Math.max(size, retainedBytes(unit));
                if (isHeldUp(needs)) {
                    lacking = needs - memory;
                    break;
                }
                memory -= needs;
                used += needs;
                lastEvent = needs;
                begun = 0;
                sent.addAll(unit);
                next = unit.get(unit.size() - 1).seqNum() + 1;
                lacking = memory < 0 ? -memory : 0;
            }
            report(sent, used, arrived, lacking);
        }

        private void report(List<SequencedRecord> sent, long used, long arrived, long lacking) {
            long usedInAll = used;
            if (!sent.isEmpty()) {
                listener.onRecords(List.copyOf(sent));
            } else if (memory >= HEARTBEAT_BYTES
                    && begun == 0
                    && lacking == 0
                    && following().isEmpty()) {
                memory -= HEARTBEAT_BYTES;
                usedInAll += HEARTBEAT_BYTES;
                next = stream.tail;
                listener.onHeartbeat(new StreamPosition(stream.tail, 1));
            }
            if (arrived > 0) {
                listener.onReceived((int) arrived, begun > 0);
            }
            long needed = lacking > 0 ? granted + lacking : 0;
            boolean news = needed > 0 && needed != neededAsSaid;
            neededAsSaid = needed;
            if (usedInAll > 0 || news) {
                listener.onUsed(usedInAll, needed, recordsOfAnEvent == 0 && compression == 1);
            }
        }

        /** Only what comes as a whole is decoded as a whole; of the rest a single record may take more than there is. */
        private boolean isHeldUp(long needs) {
            return (recordsOfAnEvent > 0 || compression > 1) && needs > memory;
        }

        /** What has to be complete before anything of it is handed over. */
        private List<SequencedRecord> following() {
            List<SequencedRecord> unit = new ArrayList<>();
            for (SequencedRecord record : stream.records.tailMap(next).values()) {
                unit.add(record);
                if (unit.size() >= Math.max(1, recordsOfAnEvent)) {
                    break;
                }
            }
            return unit;
        }

        private long wireBytes(List<SequencedRecord> unit) {
            long bytes = 0;
            for (SequencedRecord record : unit) {
                bytes += record.meteredSize() + 10;
            }
            return Math.max(1, bytes / compression);
        }

        private static long retainedBytes(List<SequencedRecord> unit) {
            long bytes = 0;
            for (SequencedRecord record : unit) {
                bytes += record.retainedBytes();
            }
            return bytes;
        }

        private void establish() {
            if (stream == null || streams.get(name) != stream) {
                reject(ServerError.of(404, "stream_not_found", "no such stream"));
                return;
            }
            if (start instanceof ReadStart.At at) {
                next = at.seqNum();
                if (next > stream.tail) {
                    reject(new ServerError(416, "", "above", null, null, new StreamPosition(stream.tail, 1), 0));
                    return;
                }
            } else {
                next = stream.tail;
            }
            established = true;
            listener.onEstablished();
        }

        void reject(ServerError error) {
            over = true;
            exchanges.remove(this);
            listener.onRejected(error);
        }

        void cut() {
            over = true;
            exchanges.remove(this);
            listener.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "cut", null));
        }

        void end() {
            over = true;
            exchanges.remove(this);
            listener.onEnded();
        }

        boolean isEstablished() {
            return established;
        }

        Listener listener() {
            return listener;
        }

        void advise() {
            listener.onReconnectAdvised();
        }
    }
}
