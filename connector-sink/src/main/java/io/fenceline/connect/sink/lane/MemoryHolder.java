package io.fenceline.connect.sink.lane;

/** Holds records in memory and can be told to take no more of them for now. Owned by the task thread. */
interface MemoryHolder {

    long heldBytes();

    /** How much of it is of use: what may be in flight, and what is to be ready meanwhile. More would only wait. */
    long usefulBytes();

    boolean isBackPressured();

    void setBackPressure(boolean on);
}
