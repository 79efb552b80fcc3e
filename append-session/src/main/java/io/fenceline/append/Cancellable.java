package io.fenceline.append;

/** A timer that can be called off from any thread. */
@FunctionalInterface
public interface Cancellable {

    /** The task does not start any more after this, unless it has started already. */
    void cancel();
}
