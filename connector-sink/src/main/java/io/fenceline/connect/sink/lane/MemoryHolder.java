package io.fenceline.connect.sink.lane;

/** Holds records in memory and can be told to take no more of them for now. Owned by the task thread. */
interface MemoryHolder {

    long heldBytes();

    boolean isBackPressured();

    void setBackPressure(boolean on);
}
