package io.fenceline.connect.source.queue;

/**
 * How a custody stands at one moment. Immutable.
 *
 * @param held              messages received and not yet done with, in all states
 * @param waiting           of these, those to be handed over
 * @param waitingBytes      of their bodies and attributes, as SQS counts them
 * @param unconfirmed       of these, those whose records Connect has
 * @param deletesDue        of these, those that wait for a delete or its answer
 * @param awaitingHandle    of these, those that must be received again before they can be deleted
 * @param resting           slots whose messages may come again
 * @param oldestUnconfirmed nanoseconds since the oldest of the unconfirmed was handed over, 0 if there is none
 * @param stuckFor          nanoseconds for which no delete has succeeded and nothing more could be held, 0 if that is not so
 */
public record CustodyFigures(
        int held,
        int waiting,
        long waitingBytes,
        int unconfirmed,
        int deletesDue,
        int awaitingHandle,
        int resting,
        long oldestUnconfirmed,
        long stuckFor) {}
