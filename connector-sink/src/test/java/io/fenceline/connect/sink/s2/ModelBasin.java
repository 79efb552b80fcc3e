package io.fenceline.connect.sink.s2;

import io.fenceline.connect.sink.claim.BasinAccess;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.StreamConfig;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.http.TransportFailure;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * S2 and the network before it, in the test's hands. Requests wait until {@link #deliver} is called; what becomes of each is
 * decided by the {@link Network}. One thread.
 */
final class ModelBasin {

    enum Kind {
        FENCE,
        READ,
        TAIL,
        CREATE,
        CONFIG,
        /** One batch of an append exchange. */
        DATA
    }

    /** What becomes of a request. */
    enum Fate {
        ANSWERED,
        /** It stays on its way until another fate is given. */
        HELD,
        /** It never arrives; the caller learns that the connection broke. */
        LOST,
        /** It takes effect; the caller learns that the connection broke. */
        UNHEARD,
        /** The caller learns that the connection broke; it arrives when {@link #landLate} is called. */
        LATE,
        /** No connection could be made. */
        UNREACHABLE
    }

    interface Network {
        Fate fate(Kind kind, String stream);
    }

    private final Map<String, ModelStream> streams = new TreeMap<>();
    private final Deque<Call<?>> calls = new ArrayDeque<>();
    private final List<ModelExchange> exchanges = new ArrayList<>();
    private final List<Runnable> late = new ArrayList<>();
    private final Map<Kind, Deque<Fate>> script = new HashMap<>();
    private final Map<Kind, Deque<ServerError>> refusals = new HashMap<>();
    private final Map<Kind, Fate> always = new HashMap<>();

    /** Exactly once: no append without conditions exists (INV-7, INV-12). */
    private boolean conditional = true;

    private Network network = (kind, stream) -> Fate.ANSWERED;
    /** Whether what an aborted exchange had sent may still arrive. */
    private boolean abortedArrivesLate;

    private boolean lateToo;
    private UnaryOperator<AppendAck> misreport = UnaryOperator.identity();
    private int landed;

    /** As one task sees it. */
    BasinAccess access() {
        return new Access();
    }

    // ------------------------------------------------------------------ the test's side

    ModelStream stream(String name) {
        return streams.computeIfAbsent(name, ignored -> new ModelStream());
    }

    boolean exists(String name) {
        return streams.containsKey(name);
    }

    void delete(String name) {
        streams.remove(name);
    }

    void setNetwork(Network network) {
        this.network = network;
    }

    /** Fates of the next requests of a kind; then the network decides again. */
    void next(Kind kind, Fate... fates) {
        script.computeIfAbsent(kind, ignored -> new ArrayDeque<>()).addAll(List.of(fates));
    }

    /** Fate of every request of a kind from now on, null for the network's. */
    void always(Kind kind, Fate fate) {
        always.put(kind, fate);
    }

    /** Appends of sessions that have no answer yet. */
    int openAppends() {
        return exchanges.stream().mapToInt(exchange -> exchange.sent.size()).sum();
    }

    /** The next request of a kind is refused. */
    void refuse(Kind kind, ServerError... errors) {
        refusals.computeIfAbsent(kind, ignored -> new ArrayDeque<>()).addAll(List.of(errors));
    }

    /** The next fence that takes effect is acknowledged with what {@code change} makes of its ack. */
    void misreportNextFence(UnaryOperator<AppendAck> change) {
        misreport = change;
    }

    private AppendAck reported(AppendAck ack) {
        UnaryOperator<AppendAck> change = misreport;
        misreport = UnaryOperator.identity();
        return change.apply(ack);
    }

    void allowUnconditionalAppends() {
        conditional = false;
    }

    void letAbortedArriveLate() {
        abortedArrivesLate = true;
    }

    int lateRequests() {
        return late.size();
    }

    /** A late request arrives. */
    void landLate(int index) {
        late.remove(index).run();
    }

    /** Late requests that took effect. */
    int landed() {
        return landed;
    }

    int waiting() {
        int frames = 0;
        for (ModelExchange exchange : exchanges) {
            frames += exchange.sent.size();
        }
        return calls.size() + frames;
    }

    int openExchanges() {
        return (int) exchanges.stream().filter(exchange -> !exchange.over).count();
    }

    /** Decides the fate of everything that is on its way; true if anything happened. */
    boolean deliver() {
        boolean any = false;
        List<Call<?>> taken = new ArrayList<>(calls);
        calls.clear();
        List<ModelExchange> open = new ArrayList<>(exchanges);
        for (Call<?> call : taken) {
            any |= call.meetFate();
        }
        for (ModelExchange exchange : open) {
            any |= exchange.deliver();
        }
        return any;
    }

    private Fate fateOf(Kind kind, String stream) {
        Deque<Fate> scripted = script.get(kind);
        if (scripted != null && !scripted.isEmpty()) {
            return scripted.poll();
        }
        Fate standing = always.get(kind);
        return standing != null ? standing : network.fate(kind, stream);
    }

    private void throwRefusal(Kind kind) {
        Deque<ServerError> scripted = refusals.get(kind);
        if (scripted != null && !scripted.isEmpty()) {
            throw new S2Exception(scripted.poll());
        }
    }

    private ModelStream existing(String name) {
        ModelStream stream = streams.get(name);
        if (stream == null) {
            throw new S2Exception(ServerError.of(404, "stream_not_found", "no such stream"));
        }
        return stream;
    }

    private static S2Exception broken(TransportFailure.Kind kind) {
        return new S2Exception(new TransportFailure(kind, "the test cut it", null));
    }

    // ------------------------------------------------------------------ the clients' side

    private final class Call<T> {
        final Kind kind;
        final String stream;
        final Supplier<T> effect;
        final CompletableFuture<T> answer = new CompletableFuture<>();

        Call(Kind kind, String stream, Supplier<T> effect) {
            this.kind = kind;
            this.stream = stream;
            this.effect = effect;
        }

        private T perform() {
            throwRefusal(kind);
            return effect.get();
        }

        private void performQuietly() {
            try {
                perform();
                landed++;
            } catch (S2Exception refused) {
                // nobody hears it
            }
        }

        boolean meetFate() {
            switch (fateOf(kind, stream)) {
                case ANSWERED -> {
                    T result;
                    try {
                        result = perform();
                    } catch (S2Exception refused) {
                        answer.completeExceptionally(refused);
                        return true;
                    }
                    answer.complete(result);
                }
                case HELD -> {
                    calls.addLast(this);
                    return false;
                }
                case LOST -> answer.completeExceptionally(broken(TransportFailure.Kind.BROKEN));
                case UNREACHABLE -> answer.completeExceptionally(broken(TransportFailure.Kind.NOT_CONNECTED));
                case UNHEARD -> {
                    performQuietly();
                    answer.completeExceptionally(broken(TransportFailure.Kind.BROKEN));
                }
                case LATE -> {
                    late.add(this::performQuietly);
                    answer.completeExceptionally(broken(TransportFailure.Kind.BROKEN));
                }
            }
            return true;
        }
    }

    private <T> CompletableFuture<T> call(Kind kind, String stream, Supplier<T> effect) {
        Call<T> call = new Call<>(kind, stream, effect);
        calls.addLast(call);
        return call.answer;
    }

    private final class Access implements BasinAccess {

        @Override
        public CompletableFuture<AppendAck> append(String stream, AppendBatch frozen) {
            if (frozen.fencingToken() == null) {
                throw new AssertionError("a fence without a condition");
            }
            return call(Kind.FENCE, stream, () -> reported(existing(stream).append(frozen)));
        }

        @Override
        public CompletableFuture<ReadBatch> read(String stream, long seqNum, int count, int bytes) {
            return call(Kind.READ, stream, () -> existing(stream).read(seqNum, count, bytes));
        }

        @Override
        public CompletableFuture<StreamPosition> checkTail(String stream) {
            return call(
                    Kind.TAIL, stream, () -> new StreamPosition(existing(stream).tail(), 0));
        }

        @Override
        public CompletableFuture<Boolean> createStream(String stream) {
            return call(Kind.CREATE, stream, () -> {
                boolean missing = !exists(stream);
                ModelBasin.this.stream(stream);
                return missing;
            });
        }

        @Override
        public CompletableFuture<StreamConfig> streamConfig(String stream) {
            return call(Kind.CONFIG, stream, () -> {
                boolean required = existing(stream).timestampsRequired();
                return new StreamConfig(null, required ? "client-require" : "client-prefer", null);
            });
        }

        @Override
        public AppendExchange openAppend(String stream, AppendExchange.Listener listener) {
            ModelExchange exchange = new ModelExchange(stream, listener);
            exchanges.add(exchange);
            return exchange;
        }

        @Override
        public String describeTarget() {
            return "a model basin";
        }

        @Override
        public void close() {}
    }

    private final class ModelExchange implements AppendExchange {
        final String stream;
        final Listener listener;
        final Deque<AppendBatch> sent = new ArrayDeque<>();
        boolean established;
        boolean ended;
        boolean over;

        ModelExchange(String stream, Listener listener) {
            this.stream = stream;
            this.listener = listener;
        }

        @Override
        public void send(AppendBatch batch) {
            if (conditional
                    && (batch.fencingToken() == null || batch.matchSeqNum().isEmpty())) {
                throw new AssertionError("data without conditions");
            }
            if (!over) {
                sent.add(batch);
            }
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void abort() {
            if (!over && abortedArrivesLate) {
                arriveLate();
            }
            finish();
        }

        private void finish() {
            over = true;
            sent.clear();
            exchanges.remove(this);
        }

        /** What was sent arrives later, in order, up to the first refusal. */
        private void arriveLate() {
            if (!sent.isEmpty()) {
                List<AppendBatch> rest = List.copyOf(sent);
                late.add(() -> {
                    for (AppendBatch batch : rest) {
                        try {
                            existing(stream).append(batch);
                            landed++;
                        } catch (S2Exception refused) {
                            return;
                        }
                    }
                });
            }
        }

        boolean deliver() {
            boolean any = false;
            while (true) {
                Runnable callback = over ? null : nextCallback();
                if (callback == null) {
                    return any;
                }
                callback.run();
                any = true;
            }
        }

        private Runnable nextCallback() {
            if (!established && !exists(stream)) {
                finish();
                ServerError missing = ServerError.of(404, "stream_not_found", "no such stream");
                return () -> listener.onRejected(missing);
            }
            AppendBatch batch = sent.peek();
            if (batch == null) {
                if (ended) {
                    finish();
                    return listener::onEnded;
                }
                if (!established) {
                    established = true;
                    return listener::onEstablished;
                }
                return null;
            }
            Fate fate = fateOf(Kind.DATA, stream);
            if (fate != Fate.HELD && fate != Fate.UNREACHABLE && !established) {
                established = true;
                pushBack(fate);
                return listener::onEstablished;
            }
            switch (fate) {
                case HELD -> {
                    return null;
                }
                case LOST, UNREACHABLE -> {
                    finish();
                    return () -> listener.onBroken(new TransportFailure(
                            fate == Fate.LOST ? TransportFailure.Kind.BROKEN : TransportFailure.Kind.NOT_CONNECTED,
                            "the test cut it",
                            null));
                }
                case LATE -> {
                    arriveLate();
                    finish();
                    return this::breakIt;
                }
                case UNHEARD -> {
                    sent.poll();
                    try {
                        throwRefusal(Kind.DATA);
                        existing(stream).append(batch);
                        if (lateToo) {
                            arriveLate();
                        }
                    } catch (S2Exception refused) {
                        // nobody hears it
                    }
                    finish();
                    return this::breakIt;
                }
                case ANSWERED -> {
                    sent.poll();
                    try {
                        throwRefusal(Kind.DATA);
                        AppendAck ack = existing(stream).append(batch);
                        return () -> listener.onAck(ack, false);
                    } catch (S2Exception refused) {
                        finish();
                        ServerError error = refused.serverError();
                        return () -> listener.onRejected(error);
                    }
                }
            }
            throw new AssertionError(fate);
        }

        private void pushBack(Fate fate) {
            script.computeIfAbsent(Kind.DATA, ignored -> new ArrayDeque<>()).addFirst(fate);
        }

        private void breakIt() {
            listener.onBroken(new TransportFailure(TransportFailure.Kind.BROKEN, "the test cut it", null));
        }
    }

    /** After a batch whose answer is lost, the rest of its connection arrives late instead of never. */
    void letTheRestArriveLate() {
        lateToo = true;
    }
}
