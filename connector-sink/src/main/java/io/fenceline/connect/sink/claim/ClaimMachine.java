package io.fenceline.connect.sink.claim;

import io.fenceline.s2.S2Exception;
import io.fenceline.s2.wire.AppendAck;
import io.fenceline.s2.wire.ReadBatch;

/**
 * Decides which request to a stream comes next: answers and time go in, the next {@link ClaimStep} comes out. Pure; one
 * request is out at a time, and each call but {@link #onExpired} tells what became of the step before.
 *
 * @param <O> what it ends with
 */
interface ClaimMachine<O extends ClaimStep.End> {

    /** The first step. */
    ClaimStep start();

    /** The fence is in force. */
    ClaimStep onFenced(AppendAck ack, long now);

    /** The read brought records; none if nothing readable is left below the tail. */
    ClaimStep onRead(ReadBatch batch, long now);

    /** The stream exists now, made by us or by somebody else. */
    ClaimStep onCreated();

    /** The last request brought no success. */
    ClaimStep onFailure(S2Exception failure, long now);

    /** The time of a {@link ClaimStep.Wait} has passed. */
    ClaimStep onWaited();

    /** Nothing more is sent: a step, or an answer, came too late. */
    O onExpired();
}
