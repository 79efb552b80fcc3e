package io.fenceline.append.machine;

import io.fenceline.append.SessionEnd;
import io.fenceline.s2.wire.AppendAck;

/** What a session wants done, in this order. The loop does it and tells the machine only what comes of it. */
public sealed interface SessionEffect {

    /** Open an exchange; its events carry this generation. */
    record OpenExchange(long generation) implements SessionEffect {}

    /** Hand a batch to the exchange. It is marked as maybe sent already. */
    record Send(long generation, PendingAppend append) implements SessionEffect {}

    /** End the request body behind what was sent. */
    record EndBody(long generation) implements SessionEffect {}

    /** Cut the exchange if it still stands, and forget it. */
    record Discard(long generation) implements SessionEffect {}

    /** Read that many records from that position on. */
    record ReadPage(long generation, long seqNum, int count) implements SessionEffect {}

    /** Tell the submitter where its batch is. */
    record Complete(PendingAppend append, AppendAck ack) implements SessionEffect {}

    /** Tell the submitter that the session ended, and whether its batch may be in the stream. */
    record Fail(PendingAppend append, SessionEnd end, boolean inDoubt) implements SessionEffect {}

    /** Tell that the state changed. */
    record StateChanged(SessionState from, SessionState to, String reason) implements SessionEffect {}

    /** Tell that an attempt failed and when the next one starts. */
    record Retrying(int attempt, long delayNanos, String failure) implements SessionEffect {}

    /** Tell that batches were handed over again. */
    record Resent(int batches) implements SessionEffect {}

    /** Tell that open batches of a broken exchange are settled. */
    record Reconciled(int landed, int lost) implements SessionEffect {}

    /** Tell that the session is over; nothing follows but refusals of later submits. */
    record Finished(SessionEnd end) implements SessionEffect {}
}
