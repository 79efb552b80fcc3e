package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.Messages;
import io.fenceline.s2.wire.S2sFrame;
import io.fenceline.s2.wire.S2sFrameReader;
import io.fenceline.s2.wire.ServerError;
import io.fenceline.s2.wire.WireFormatException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An append session: frames in, acks out, in order; the first refusal ends it. Called with the server's lock held. */
final class AppendCall implements Call {

    private static final String CONTENT_TYPE = "s2s/proto";

    private final EmbeddedServer server;
    private final HostedStream stream;
    private final @Nullable String key;
    private final Reply reply;
    private final Runnable cut;

    private final S2sFrameReader frames = new S2sFrameReader();
    /** Nothing that still comes counts. */
    private boolean deaf;

    AppendCall(EmbeddedServer server, HostedStream stream, @Nullable String key, Reply reply, Runnable cut) {
        this.server = server;
        this.stream = stream;
        this.key = key;
        this.reply = reply;
        this.cut = cut;
        reply.open(CONTENT_TYPE);
    }

    @Override
    public void body(ByteBuffer bytes) {
        try {
            while (!deaf) {
                S2sFrame frame = frames.read(bytes);
                if (frame == null) {
                    return;
                }
                if (frame.terminal()) {
                    throw new WireFormatException("a terminal frame from a client");
                }
                append(Messages.appendInput(frame.payload()));
            }
            bytes.position(bytes.limit());
        } catch (WireFormatException e) {
            bytes.position(bytes.limit());
            terminate(badFrame(e));
        }
    }

    @Override
    public void end() {
        if (deaf) {
            return;
        }
        if (frames.isInsideFrame()) {
            terminate(ServerError.of(400, "bad_frame", "the body ends inside a frame"));
            return;
        }
        deaf = true;
        // behind whatever still waits to become durable
        server.commits().then(reply::end);
    }

    private void append(Messages.AppendInput input) {
        Fault.OnAppend fault = server.faults().strike(Fault.OnAppend.class);
        if (fault instanceof Fault.RejectAppend reject) {
            terminate(reject.error());
            return;
        }
        AppendAck ack;
        try {
            ack = server.append(stream, input, key);
        } catch (Refused e) {
            terminate(e.error());
            return;
        }
        byte[] frame = S2sFrame.encode(ServiceMessages.appendAck(ack), 0);
        if (fault == null) {
            send(frame);
        } else if (fault instanceof Fault.ApplyThenFail fail) {
            terminate(fail.error());
        } else if (fault instanceof Fault.LoseReplies lose) {
            if (lose.appends() == 1) {
                deaf = true;
                server.commits().then(cut);
            }
        } else if (fault instanceof Fault.EndBodyEarly) {
            deaf = true;
            server.commits().then(reply::end);
        } else if (fault instanceof Fault.CutAck) {
            deaf = true;
            send(Arrays.copyOf(frame, frame.length / 2));
            server.commits().then(reply::end);
        } else if (fault instanceof Fault.WrongAck wrong) {
            send(S2sFrame.encode(ServiceMessages.appendAck(wrong.ack()), 0));
        } else if (fault instanceof Fault.Garbage garbage) {
            send(garbage.bytes());
        } else if (fault instanceof Fault.AdviseReconnect) {
            send(S2sFrame.encode(ServiceMessages.appendAck(ack), S2sFrame.RECONNECT_ADVISED));
        } else {
            throw new AssertionError(fault);
        }
    }

    /** The session is poisoned: nothing behind this is looked at. */
    private void terminate(ServerError error) {
        deaf = true;
        send(S2sFrame.encode(ServiceMessages.terminal(error), S2sFrame.TERMINAL));
        server.commits().then(reply::end);
    }

    private void send(byte[] bytes) {
        server.commits().then(() -> reply.write(bytes));
    }

    /** A message that decodes and breaks a limit is not a broken frame. */
    private static ServerError badFrame(WireFormatException e) {
        String message = String.valueOf(e.getMessage());
        return e.getCause() instanceof IllegalArgumentException
                ? ServerError.of(422, "invalid", message)
                : ServerError.of(400, "bad_frame", message);
    }
}
