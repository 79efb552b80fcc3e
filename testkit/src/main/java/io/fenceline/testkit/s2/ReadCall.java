package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A read that goes on: batches as fast as the client takes them, then the tail. Called with the server's lock held, by
 * the connection and by timers.
 */
final class ReadCall implements Call {

    /** How batches and the end look on the wire. */
    interface Form {

        String contentType();

        byte[] batch(ReadBatch batch, long metered);

        byte[] heartbeat(StreamPosition tail);

        byte[] failure(ServerError error);

        /** Behind the last batch of a read that ended in good order. */
        byte[] done();
    }

    private final EmbeddedServer server;
    private final HostedStream stream;
    private final ReadQuery query;
    private final ServedRead cursor;
    private final Form form;
    private final Reply reply;
    private final Runnable onMore;

    private boolean over;
    private @Nullable Future<?> heartbeat;
    private @Nullable Future<?> deadline;

    /** @throws Refused if there is nothing to read there */
    ReadCall(EmbeddedServer server, HostedStream stream, ReadQuery query, @Nullable String key, Form form, Reply reply)
            throws Refused {
        this.server = server;
        this.stream = stream;
        this.query = query;
        this.cursor = new ServedRead(stream.model, query, key);
        this.form = form;
        this.reply = reply;
        this.onMore = reply::sourceReady;
    }

    @Override
    public void body(ByteBuffer bytes) {
        bytes.position(bytes.limit());
    }

    @Override
    public void end() {
        reply.pullFrom(this::more);
        reply.open(form.contentType());
    }

    /** Writes one thing; false if there is nothing now. */
    private boolean more() {
        if (over) {
            return false;
        }
        try {
            ServedRead.Step step = cursor.next();
            if (step instanceof ServedRead.Deliver deliver) {
                reply.write(form.batch(deliver.batch(), deliver.metered()));
                armDeadline();
                armHeartbeat();
                return true;
            } else if (step instanceof ServedRead.CaughtUp caughtUp) {
                if (Long.valueOf(0).equals(query.waitSeconds())) {
                    finish(form.done());
                    return true;
                }
                stream.follow(onMore);
                reply.write(form.heartbeat(caughtUp.tail()));
                if (deadline == null) {
                    armDeadline();
                }
                armHeartbeat();
                return true;
            } else if (step instanceof ServedRead.Done) {
                finish(form.done());
                return true;
            }
            return false;
        } catch (Refused e) {
            finish(form.failure(e.error()));
            return true;
        }
    }

    private void finish(byte[] last) {
        if (over) {
            return;
        }
        if (last.length > 0) {
            reply.write(last);
        }
        reply.end();
        release();
    }

    /** The longest silence the reader asked for, from the last batch on. */
    private void armDeadline() {
        cancel(deadline);
        if (query.waitSeconds() != null) {
            deadline = server.after(Duration.ofSeconds(query.waitSeconds()), () -> {
                // what came in the last moment goes first
                if (cursor.isAtTail()) {
                    finish(form.done());
                }
            });
        }
    }

    private void armHeartbeat() {
        cancel(heartbeat);
        heartbeat = server.after(Duration.ofMillis(ThreadLocalRandom.current().nextInt(5_000, 15_000)), () -> {
            if (!over && cursor.isAtTail()) {
                reply.write(form.heartbeat(stream.model.durableTail()));
                armHeartbeat();
            }
        });
    }

    @Override
    public void release() {
        over = true;
        cancel(heartbeat);
        cancel(deadline);
        stream.unfollow(onMore);
    }

    private static void cancel(@Nullable Future<?> timer) {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
