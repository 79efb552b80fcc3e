package io.fenceline.connect.source.read;

import io.fenceline.s2.ReadStart;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.StreamInfo;
import io.fenceline.s2.StreamPage;
import io.fenceline.s2.http.ReadExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.Header;
import io.fenceline.s2.wire.SequencedRecord;
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
 * send no more than they were granted, and that a test moves on, cuts or silences. One thread.
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
    final List<Exchange> exchanges = new ArrayList<>();
    /** Answers to listings wait here until the test lets them go. */
    final List<Runnable> answers = new ArrayList<>();

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

    void answerAll() {
        List<Runnable> now = List.copyOf(answers);
        answers.clear();
        now.forEach(Runnable::run);
    }

    @Override
    public ReadExchange openRead(String name, ReadStart start, ReadExchange.Listener listener) {
        Exchange exchange = new Exchange(name, streams.get(name), start, listener);
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
    final class Exchange implements ReadExchange {
        final String name;
        final Stream stream;
        private final ReadStart start;
        private final Listener listener;
        private long next;
        private long credit = INITIAL_GRANT;
        /** Bytes of the next record that are through already. */
        private int begun;

        private boolean established;
        boolean over;
        boolean silent;

        Exchange(String name, Stream stream, ReadStart start, Listener listener) {
            this.name = name;
            this.stream = stream;
            this.start = start;
            this.listener = listener;
        }

        @Override
        public void grant(int bytes) {
            credit += bytes;
        }

        @Override
        public void abort() {
            over = true;
            exchanges.remove(this);
        }

        /** Sends what comes next, as far as it was granted: a few records, or a heartbeat. */
        void move(int mostRecords) {
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
            int bytes = 0;
            while (sent.size() < mostRecords) {
                Map.Entry<Long, SequencedRecord> following = stream.records.ceilingEntry(next);
                if (following == null) {
                    break;
                }
                SequencedRecord record = following.getValue();
                int size = record.meteredSize() + 10;
                if (size - begun > credit) {
                    begun += (int) credit;
                    credit = 0;
                    deliver(sent, bytes, true);
                    return;
                }
                credit -= size - begun;
                begun = 0;
                bytes += size;
                sent.add(record);
                next = record.seqNum() + 1;
            }
            if (!sent.isEmpty()) {
                deliver(sent, bytes, false);
            } else if (credit >= HEARTBEAT_BYTES && begun == 0) {
                credit -= HEARTBEAT_BYTES;
                next = stream.tail;
                listener.onHeartbeat(new StreamPosition(stream.tail, 1));
                listener.onUsed(HEARTBEAT_BYTES, false);
            }
        }

        private void deliver(List<SequencedRecord> sent, int bytes, boolean starved) {
            if (!sent.isEmpty()) {
                listener.onRecords(List.copyOf(sent));
            }
            listener.onUsed(bytes, starved);
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
