package io.fenceline.connect.source.queue;

import io.fenceline.sqs.HandleOutcome.Entry;

/** What the answer to a delete says about the message. */
enum DeleteVerdict {
    /** It is not in the queue any more. */
    GONE,
    /** A newer handle came meanwhile: deleted once more, with that. */
    AGAIN,
    /** It may come again: whatever was deleted, or not, shows within a visibility timeout. */
    REST,
    /** It is in the queue, and this handle does not delete it any more. */
    AWAIT_HANDLE,
    /** Not done, as far as SQS says. */
    RETRY;

    /**
     * @param newest whether no newer handle has come since the delete began
     * @param proven whether the handle must still have been the newest of all when the delete was done; else a standard queue
     *               says that it is done, and does nothing (API reference, DeleteMessage)
     */
    static DeleteVerdict of(Entry entry, boolean fifo, boolean newest, boolean proven) {
        if (entry instanceof Entry.NotDone) {
            return RETRY;
        }
        if (!newest) {
            return AGAIN;
        }
        if (entry instanceof Entry.Done) {
            return fifo || proven ? GONE : REST;
        }
        // Unknown: an attempt whose answer was lost has deleted it, or there is a newer handle that we do not know.
        return entry instanceof Entry.Lapsed && fifo ? AWAIT_HANDLE : REST;
    }
}
