package io.fenceline.connect.source.queue;

import java.util.BitSet;

/**
 * The slots of one start, the lowest free one first. What earlier starts wrote into the same area blocks nothing: it is four
 * starts old, and {@link KnownIds} remembers it.
 */
final class Slots {

    private final int area;
    private final BitSet taken = new BitSet();
    /** None below it is free. */
    private int lowest;

    /**
     * @param start   number of this start
     * @param isProof whether a later start may take what is written for proof
     */
    Slots(long start, boolean isProof) {
        this.area = isProof ? (int) (start % Slot.AREAS) : Slot.UNREAD_AREA;
    }

    Slot take() {
        int number = taken.nextClearBit(lowest);
        taken.set(number);
        lowest = number + 1;
        return new Slot(area, number);
    }

    void free(Slot slot) {
        taken.clear(slot.number());
        lowest = Math.min(lowest, slot.number());
    }
}
