package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ServerError;

/**
 * Something that goes wrong at the scripted server, once. Faults wait in a queue; the first one strikes at the next
 * event it is about, and those behind it wait for it.
 */
public sealed interface Fault {

    /** About a request that arrives: an append session being opened, or a unary call. */
    sealed interface OnRequest extends Fault {}

    /** About a batch that arrives, in a session or in a unary call. */
    sealed interface OnAppend extends Fault {}

    /** No fault: lets that many batches through. */
    record Pass(int appends) implements OnAppend {}

    /** The request is answered with this error, before any batch is looked at. */
    record RejectRequest(ServerError error) implements OnRequest {}

    /** The HTTP/2 stream is reset with REFUSED_STREAM. */
    record RefuseStream() implements OnRequest {}

    /** The request is read and never answered. */
    record Hang() implements OnRequest {}

    /** The connection is reset when that many bytes of the session's body have arrived; batches among them count. */
    record BreakAfterBytes(long bytes) implements OnRequest {}

    /** The batch is not applied and is answered with this error. */
    record RejectAppend(ServerError error) implements OnAppend {}

    /** The batch is applied, and answered with this error. */
    record ApplyThenFail(ServerError error) implements OnAppend {}

    /** That many batches are applied and not answered; then the connection is reset. */
    record LoseReplies(int appends) implements OnAppend {}

    /** The batch is applied and the body ends, in good order, in place of its ack. */
    record EndBodyEarly() implements OnAppend {}

    /** The batch is applied and the body ends in the middle of its ack. */
    record CutAck() implements OnAppend {}

    /** The batch is applied and answered with an ack that is not its own. */
    record WrongAck(AppendAck ack) implements OnAppend {}

    /** The batch is applied and answered with bytes that are not the protocol. */
    record Garbage(byte[] bytes) implements OnAppend {}

    /** The batch is applied and its ack advises to reconnect. */
    record AdviseReconnect() implements OnAppend {}
}
