package io.fenceline.append.loop;

import io.fenceline.s2.http.LogContext;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A daemon thread that drives one {@link SessionLoop}: it waits until something is posted or due, and has it done. Every
 * method may be called from any thread.
 *
 * <p>An interrupt means nothing to it. Should the loop itself fail, not only a task of it, the thread logs that and closes the
 * loop: all sessions are aborted, so that nobody waits for a ticket in vain, and what is posted later is refused. The log
 * context is that of the thread that made it.
 */
public final class LoopThread implements LoopDriver {

    private static final Logger LOG = LoggerFactory.getLogger(LoopThread.class);

    private final Thread thread;
    private final SessionLoop loop;

    /** Starts it. The thread has the loop's name. */
    public LoopThread(String name) {
        this(name, System::nanoTime);
    }

    LoopThread(String name, LongSupplier nanoTime) {
        this.thread = new Thread(LogContext.current().carriedTo(this::run), name);
        this.loop = new SessionLoop(
                name, nanoTime, () -> ThreadLocalRandom.current().nextDouble(), () -> LockSupport.unpark(thread));
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public SessionLoop loop() {
        return loop;
    }

    /**
     * What was posted before is done, every session that is still open is aborted, and the thread ends. Comes back behind
     * that; on the thread itself, in a task, at once.
     */
    @Override
    public void close() {
        loop.offer(loop::close);
        if (Thread.currentThread() == thread) {
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            loop.work();
            while (!loop.isClosed()) {
                pause(loop.nanosUntilWork());
                loop.work();
            }
        } catch (RuntimeException | Error e) {
            LOG.error("Session loop {} failed and ends, its sessions are aborted", thread.getName(), e);
            loop.close();
        }
    }

    /** What is posted between the look at the queue and the wait is not missed: its permit ends the wait at once. */
    private void pause(long nanos) {
        if (nanos <= 0) {
            return;
        }
        LockSupport.parkNanos(this, nanos);
        // left as it is, an interrupt would end every wait from now on
        if (Thread.interrupted()) {
            LOG.debug("{} was interrupted, which means nothing here", thread.getName());
        }
    }
}
