package io.fenceline.connect.sink.lane;

import java.util.concurrent.ConcurrentLinkedQueue;

/** What other threads have to tell the task thread. Any thread posts; only the task thread drains, in order. */
public final class TaskInbox {

    private final ConcurrentLinkedQueue<Runnable> messages = new ConcurrentLinkedQueue<>();

    public void post(Runnable message) {
        messages.add(message);
    }

    /** Runs everything posted so far. */
    public void drain() {
        for (Runnable message = messages.poll(); message != null; message = messages.poll()) {
            message.run();
        }
    }
}
