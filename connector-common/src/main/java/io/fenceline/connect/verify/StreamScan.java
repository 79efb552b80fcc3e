package io.fenceline.connect.verify;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.ServerError;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * S2's side of a comparison: one stream from its first record to the tail fixed at the start. Owned by one thread.
 *
 * <p>A request that gets no answer within the client's request timeout, or one that has stopped coming, is made again for fewer
 * records, down to one. A server that stays silent ends the run after {@value #MAX_ATTEMPTS} attempts.
 */
final class StreamScan {

    /** Takes a stream's records in order. */
    interface Sink {

        void onRecord(SequencedRecord record);

        /** {@code positions} positions from {@code first} on are gone; what follows is the next record, or the tail. */
        void onHole(long first, long positions);
    }

    private static final int MAX_RECORDS = 1000;
    private static final int MAX_BYTES = 1 << 20;
    static final int MAX_ATTEMPTS = 6;
    private static final long PAUSE_MILLIS = 500;

    private final S2Client client;
    private final String stream;
    private final Consumer<String> notes;

    /** How many records the next request asks for. */
    private int count = MAX_RECORDS;

    /** @param notes told when a request has to be made again */
    StreamScan(S2Client client, String stream, Consumer<String> notes) {
        this.client = client;
        this.stream = stream;
        this.notes = notes;
    }

    /** The tail, or 0 for a stream that does not exist. Looks in the listing first: asking for the tail can create a stream. */
    long tail() {
        boolean exists = call(() -> client.streamInfo(stream))
                .filter(info -> info.deletedAt() == null)
                .isPresent();
        return exists ? call(() -> client.checkTail(stream)).seqNum() : 0;
    }

    /**
     * Hands over everything below {@code tail}; the next batch is under way while one is being worked on.
     *
     * @throws CompletionException   with the {@link S2Exception} of a request that failed for good
     * @throws IllegalStateException if an answer holds what was not asked for
     */
    void readTo(long tail, Sink sink) {
        long next = 0;
        CompletableFuture<ReadBatch> ahead = next < tail ? read(next) : null;
        while (ahead != null) {
            CompletableFuture<ReadBatch> current = ahead;
            long from = next;
            ReadBatch batch = firstThenAgain(current, () -> read(from));
            count = Math.min(MAX_RECORDS, count * 2);
            if (batch.records().isEmpty()) {
                sink.onHole(next, tail - next);
                return;
            }
            SequencedRecord last = batch.records().get(batch.records().size() - 1);
            ahead = last.seqNum() + 1 < tail ? read(last.seqNum() + 1) : null;
            for (SequencedRecord record : batch.records()) {
                long upTo = Math.min(record.seqNum(), tail);
                if (upTo > next) {
                    sink.onHole(next, upTo - next);
                } else if (record.seqNum() < next) {
                    throw new IllegalStateException("S2 answered with record " + record.seqNum() + " of stream '"
                            + stream + "' where " + next + " or a later one was asked for");
                }
                if (record.seqNum() >= tail) {
                    return;
                }
                sink.onRecord(record);
                next = record.seqNum() + 1;
            }
        }
    }

    private CompletableFuture<ReadBatch> read(long from) {
        return client.read(stream, from, count, MAX_BYTES);
    }

    private <T> T call(Supplier<CompletableFuture<T>> request) {
        return firstThenAgain(request.get(), request);
    }

    /** Reading again is harmless, so whatever may pass is tried again a few times. */
    private <T> T firstThenAgain(CompletableFuture<T> first, Supplier<CompletableFuture<T>> again) {
        CompletableFuture<T> attempt = first;
        for (int attempts = 1; ; ) {
            try {
                return attempt.join();
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof S2Exception failure) || !mayPass(failure)) {
                    throw e;
                }
                if (++attempts > MAX_ATTEMPTS) {
                    throw e;
                }
                if (failure.failure() != null) {
                    // the answer may have been on its way, and too long for the time it has
                    count = Math.max(1, count / 8);
                }
                notes.accept("reading stream '" + stream + "' again: " + failure.getMessage());
                pause();
                attempt = again.get();
            }
        }
    }

    private static boolean mayPass(S2Exception failure) {
        ServerError refusal = failure.serverError();
        return refusal == null || refusal.answer().isRetryable();
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
