package io.fenceline.append.loop;

/** Whoever calls {@link SessionLoop#work}: a {@link LoopThread}, or a program's own thread. */
public interface LoopDriver extends AutoCloseable {

    /** The loop that is driven. Any thread. */
    SessionLoop loop();

    /** Ends the loop, as {@link SessionLoop#close} does, and comes back when it has ended. */
    @Override
    void close();
}
