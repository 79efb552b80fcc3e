package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ReadBatch;
import io.fenceline.s2.wire.SequencedRecord;
import io.fenceline.s2.wire.StreamPosition;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A read answered in one piece, after a wait at the tail if it asked for one. Called with the server's lock held. */
final class UnaryRead implements Call {

    private final EmbeddedServer server;
    private final HostedStream stream;
    private final ReadQuery query;
    private final ServedRead cursor;
    private final Reply reply;
    private final Consumer<ReadBatch> answer;
    private final Runnable onMore = this::proceed;

    private final List<SequencedRecord> records = new ArrayList<>();
    private @Nullable StreamPosition tail;
    private boolean waiting;
    private boolean over;
    private @Nullable Future<?> deadline;

    /** @throws Refused if there is nothing to read there */
    UnaryRead(
            EmbeddedServer server,
            HostedStream stream,
            ReadQuery query,
            @Nullable String key,
            Reply reply,
            Consumer<ReadBatch> answer)
            throws Refused {
        this.server = server;
        this.stream = stream;
        this.query = query;
        this.cursor = new ServedRead(stream.model, query, key);
        this.reply = reply;
        this.answer = answer;
    }

    @Override
    public void body(ByteBuffer bytes) {
        bytes.position(bytes.limit());
    }

    @Override
    public void end() {
        proceed();
    }

    private void proceed() {
        try {
            while (!over) {
                ServedRead.Step step = cursor.next();
                if (step instanceof ServedRead.Deliver deliver) {
                    records.addAll(deliver.batch().records());
                    tail = deliver.batch().tail();
                    if (waiting) {
                        finish();
                    }
                } else if (step instanceof ServedRead.CaughtUp && records.isEmpty()) {
                    waiting = true;
                    stream.follow(onMore);
                    Long seconds = query.waitSeconds();
                    deadline = server.after(Duration.ofSeconds(seconds == null ? 0 : seconds), this::finish);
                } else if (step instanceof ServedRead.Wait) {
                    return;
                } else {
                    finish();
                }
            }
        } catch (Refused e) {
            release();
            reply.error(e.error());
        }
    }

    private void finish() {
        if (!over) {
            release();
            answer.accept(new ReadBatch(records, tail));
        }
    }

    @Override
    public void release() {
        over = true;
        stream.unfollow(onMore);
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
