package io.fenceline.connect.source.queue;

import io.fenceline.retry.Patience;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What we know of one message, from its first receive until its slot is free again. Belongs to the {@link QueueCustody}. */
final class Holding {

    enum State {
        /** To be handed over. */
        WAITING,
        /** Connect has its record, and has not said what became of it. */
        HANDED_OVER,
        /** Its record was dropped, which stops the queue. */
        DROPPED,
        /** Kafka has it, or nobody wants it: waits for its delete. */
        DELETE_DUE,
        DELETING,
        /** Its handle is worth nothing any more, and it is still in the queue: it comes again. */
        AWAITING_HANDLE,
        /** Its delete was answered, and could have been without effect: it may come again. */
        RESTING,
        GONE
    }

    /** So many failures of SQS's own with the same message among the others are no chance. */
    private static final int ENOUGH = 3;

    final String id;
    /** In the order of receiving; tells two apart that are due at one moment. */
    final long number;
    /** FIFO only. */
    @Nullable
    final HeldGroup group;

    State state = State.DELETE_DUE;

    /** Null if no slot will name it: it is known already, or was dropped. */
    @Nullable
    Slot slot;

    /** The body, while it waits. */
    @Nullable
    HeldMessage waiting;

    /** False if it was known when it came, so that it takes no room. */
    boolean counts = true;

    /** Not remembered once it is deleted: Kafka never had it. */
    boolean forgotten;

    /** Failed requests of several that it may be to blame for, up to {@link #ENOUGH}. */
    private int suspicion;

    // ------------------------------------------------------------ the newest handle
    String handle = "";
    private int receiveCount;
    private long order;
    /** Rises with each handle; what is answered about an older one says nothing about this one. */
    int version;
    /** When the receive began that gave it. */
    long handleBegun;
    /** When it came; the twelve hours run from then. */
    long handleSince;
    /** By our clock nobody can have received it again before; never later than by SQS's. */
    long hiddenUntil;
    /** False when SQS said that the handle is worth nothing. */
    boolean extendable;

    // ------------------------------------------------------------ what is due
    /** In {@link VisibilityExtensions}, with its moment. */
    boolean watched;

    boolean extending;
    long extendAt;

    /** Its next delete waits until {@link #deleteAt}: SQS has failed it by itself. */
    boolean pauses;

    long deleteAt;

    @Nullable
    Patience patience;

    long restUntil;
    /** When it was handed over, and in which poll. */
    long handedOverAt;

    long poll;

    Holding(String id, long number, @Nullable HeldGroup group) {
        this.id = id;
        this.number = number;
        this.group = group;
    }

    /**
     * It was received, for the first time or again.
     *
     * @return whether the handle is newer than the one known: by the count of receives, then by the later request, since answers
     *         of concurrent receives may come in any order
     */
    boolean received(String newHandle, int count, ReceiveOrder by, long visibility, long now) {
        if (version > 0 && (count < receiveCount || count == receiveCount && by.number() <= order)) {
            return false;
        }
        version++;
        handle = newHandle;
        receiveCount = count;
        order = by.number();
        handleBegun = by.begun();
        handleSince = now;
        hiddenUntil = by.begun() + visibility;
        extendable = true;
        suspicion = 0;
        return true;
    }

    /** A request with it failed as a whole. @param refused for what it is, and so would be the next */
    void suspected(boolean refused) {
        suspicion = refused ? ENOUGH : Math.min(ENOUGH, suspicion + 1);
    }

    /** SQS takes its handle. */
    void provedSound() {
        suspicion = 0;
    }

    /** It goes in a request of its own, so that others do not fail with it, and SQS's answer is about it. */
    boolean isAlone() {
        return suspicion >= ENOUGH;
    }

    /** Whether it may be one more of that request. */
    boolean goesWith(List<Holding> others) {
        return others.isEmpty() || !isAlone() && !others.get(0).isAlone();
    }
}
