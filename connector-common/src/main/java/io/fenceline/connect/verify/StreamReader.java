package io.fenceline.connect.verify;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.ServerError;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** S2's side of a comparison: one stream from its first record to the tail fixed at the start. Owned by one thread. */
final class StreamReader {

    /** Takes a stream's records in order. */
    interface Sink {

        void onRecord(SequencedRecord record);

        /** Positions before the next record, or before the tail, are gone. */
        void onHole();
    }

    private static final int MAX_RECORDS = 1000;
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_ATTEMPTS = 6;
    private static final long PAUSE_MILLIS = 500;

    private final S2Client client;
    private final String stream;

    StreamReader(S2Client client, String stream) {
        this.client = client;
        this.stream = stream;
    }

    /** The tail, or 0 for a stream that does not exist. Looks in the listing first: asking for the tail can create a stream. */
    long tail() {
        boolean exists = call(() -> client.streamInfo(stream))
                .filter(info -> info.deletedAt() == null)
                .isPresent();
        return exists ? call(() -> client.checkTail(stream)).seqNum() : 0;
    }

    /** Hands over everything below {@code tail}; the next batch is under way while one is being worked on. */
    void readTo(long tail, Sink sink) {
        long next = 0;
        CompletableFuture<ReadBatch> ahead = next < tail ? read(next) : null;
        while (ahead != null) {
            CompletableFuture<ReadBatch> current = ahead;
            long from = next;
            ReadBatch batch = firstThenAgain(current, () -> read(from));
            if (batch.records().isEmpty()) {
                sink.onHole();
                return;
            }
            SequencedRecord last = batch.records().get(batch.records().size() - 1);
            ahead = last.seqNum() + 1 < tail ? read(last.seqNum() + 1) : null;
            for (SequencedRecord record : batch.records()) {
                if (record.seqNum() >= tail) {
                    return;
                }
                if (record.seqNum() != next) {
                    sink.onHole();
                }
                sink.onRecord(record);
                next = record.seqNum() + 1;
            }
        }
    }

    private CompletableFuture<ReadBatch> read(long from) {
        return client.read(stream, from, MAX_RECORDS, MAX_BYTES);
    }

    private static <T> T call(Supplier<CompletableFuture<T>> request) {
        return firstThenAgain(request.get(), request);
    }

    /** Reading again is harmless, so whatever may pass is tried again a few times. */
    private static <T> T firstThenAgain(CompletableFuture<T> first, Supplier<CompletableFuture<T>> again) {
        CompletableFuture<T> attempt = first;
        for (int attempts = 1; ; attempts++) {
            try {
                return attempt.join();
            } catch (CompletionException e) {
                if (attempts == MAX_ATTEMPTS || !(e.getCause() instanceof S2Exception failure) || !mayPass(failure)) {
                    throw e;
                }
                pause();
                attempt = again.get();
            }
        }
    }

    private static boolean mayPass(S2Exception failure) {
        ServerError answer = failure.serverError();
        return answer == null || answer.retryable();
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
