package io.fenceline.append.loop;

import io.fenceline.append.StreamAccess;
import io.fenceline.s2.http.AppendExchange;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.StreamPosition;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Acknowledges what it is given, from position 0 on, unless told otherwise. */
class EchoStream implements StreamAccess {
    final AtomicInteger opened = new AtomicInteger();
    final List<AppendExchange.Listener> listeners = new CopyOnWriteArrayList<>();
    volatile boolean silent;
    volatile boolean refuseToOpen;
    volatile boolean refuseToSend;
    long next;

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public AppendExchange openAppend(AppendExchange.Listener listener) {
        opened.incrementAndGet();
        if (refuseToOpen) {
            throw new IllegalStateException("no threads left");
        }
        listeners.add(listener);
        listener.onEstablished();
        return new AppendExchange() {
            @Override
            public void send(AppendBatch batch) {
                if (refuseToSend) {
                    throw new IllegalStateException("no memory left");
                }
                if (!silent) {
                    long start = batch.matchSeqNum().orElse(next);
                    next = start + batch.recordCount();
                    StreamPosition end = new StreamPosition(next, 0);
                    listener.onAck(new AppendAck(new StreamPosition(start, 0), end, end), false);
                }
            }

            @Override
            public void end() {
                listener.onEnded();
            }

            @Override
            public void abort() {}
        };
    }

    @Override
    public CompletableFuture<ReadBatch> read(long seqNum, int count, int bytes) {
        return CompletableFuture.failedFuture(new UnsupportedOperationException());
    }
}
