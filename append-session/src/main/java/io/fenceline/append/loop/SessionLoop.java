package io.fenceline.append.loop;

import io.fenceline.append.AppendSession;
import io.fenceline.append.AppendSessionConfig;
import io.fenceline.append.AppendSessionListener;
import io.fenceline.append.Cancellable;
import io.fenceline.append.RecordMatcher;
import io.fenceline.append.StreamAccess;
import io.fenceline.append.machine.AppendSessionMachine;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One daemon thread that drives any number of append sessions. Every method may be called from any thread.
 *
 * <p>Everything that happens to a session is a task in one queue, worked off in order; transport threads and callers only
 * add to it. The thread never waits for anything else than the queue and the next timer. A task that throws is logged and
 * harms no other. Sessions share what is in flight, see {@link InflightBudget}.
 */
public final class SessionLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionLoop.class);

    private final LongSupplier clock;
    private final DoubleSupplier random;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    /** Guarded by {@link #lock}. */
    private ArrayDeque<Runnable> incoming = new ArrayDeque<>();
    /** Guarded by {@link #lock}: nothing is taken any more. */
    private boolean closed;

    // owned by the loop thread

    private ArrayDeque<Runnable> working = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long timersMade;
    private final Set<LoopSession> sessions = new LinkedHashSet<>();
    private final InflightBudget budget;
    private boolean looksForStale;
    private boolean stopping;

    public SessionLoop(String name) {
        this(name, System::nanoTime);
    }

    SessionLoop(String name, LongSupplier clock) {
        this(name, clock, () -> ThreadLocalRandom.current().nextDouble());
    }

    /** @param random values from 0 to below 1, for the jitter of back-offs */
    SessionLoop(String name, LongSupplier clock, DoubleSupplier random) {
        this.clock = clock;
        this.budget = new InflightBudget(clock.getAsLong());
        this.random = random;
        this.thread = new Thread(this::run, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Opens a session. Nothing is connected before its first batch. */
    public AppendSession open(
            StreamAccess stream, AppendSessionConfig config, RecordMatcher matcher, AppendSessionListener listener) {
        AppendSessionMachine machine = new AppendSessionMachine(config, matcher, random);
        LoopSession session = new LoopSession(this, stream, machine, config.inflightMaxBytes(), listener);
        execute(() -> sessions.add(session));
        return session;
    }

    /**
     * Runs a task on the loop thread; it must not block.
     *
     * @throws IllegalStateException if the loop is closed
     */
    public void execute(Runnable task) {
        if (!offer(task)) {
            throw new IllegalStateException("session loop " + thread.getName() + " is closed");
        }
    }

    /** Runs a task on the loop thread after a delay. */
    public Cancellable schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(clock.getAsLong() + delay.toNanos(), task);
        execute(() -> arm(timer));
        return () -> timer.cancelled = true;
    }

    /** Aborts every session that is still open, then ends the thread, and waits for that unless it is called on it. */
    @Override
    public void close() {
        offer(() -> stopping = true);
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

    /** As {@link #execute}; false if the loop is closed. */
    boolean offer(Runnable task) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            incoming.addLast(task);
            if (incoming.size() == 1) {
                arrived.signal();
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    long now() {
        return clock.getAsLong();
    }

    /** Loop thread only. */
    Cancellable scheduleFromLoop(long delayNanos, Runnable task) {
        Timer timer = new Timer(clock.getAsLong() + delayNanos, task);
        arm(timer);
        return () -> timer.cancelled = true;
    }

    /** Loop thread only. */
    void forget(LoopSession session) {
        sessions.remove(session);
    }

    /** Loop thread only. */
    InflightBudget budget() {
        return budget;
    }

    /** Loop thread only. Lets sessions start what waits for a turn, now and as soon as what is in flight is stale. */
    void giveTurns() {
        budget.giveTurns(now());
        if (budget.isAwaited() && !looksForStale) {
            looksForStale = true;
            scheduleFromLoop(InflightBudget.STALE.toNanos() / 4, () -> {
                looksForStale = false;
                giveTurns();
            });
        }
    }

    private void run() {
        while (!stopping) {
            takeIncoming();
            for (Runnable task = working.pollFirst(); task != null; task = working.pollFirst()) {
                contain(task);
            }
            runDueTimers();
        }
        for (LoopSession session : new ArrayList<>(sessions)) {
            contain(session::abortNow);
        }
        lock.lock();
        try {
            closed = true;
            working = incoming;
            incoming = new ArrayDeque<>();
        } finally {
            lock.unlock();
        }
        // what came in meanwhile finds its session over
        for (Runnable task : working) {
            contain(task);
        }
        for (LoopSession session : new ArrayList<>(sessions)) {
            contain(session::abortNow);
        }
    }

    /** Waits for tasks or the next timer. */
    private void takeIncoming() {
        lock.lock();
        try {
            long wait = nanosToNextTimer();
            while (incoming.isEmpty() && wait > 0) {
                try {
                    wait = arrived.awaitNanos(wait);
                } catch (InterruptedException e) {
                    LOG.debug("{} was interrupted, which means nothing here", thread.getName());
                }
            }
            ArrayDeque<Runnable> taken = incoming;
            incoming = working;
            working = taken;
        } finally {
            lock.unlock();
        }
    }

    private long nanosToNextTimer() {
        Timer first = timers.peek();
        return first == null ? Long.MAX_VALUE : first.due - clock.getAsLong();
    }

    private void runDueTimers() {
        Timer first = timers.peek();
        while (first != null && first.due - clock.getAsLong() <= 0) {
            timers.poll();
            if (!first.cancelled) {
                contain(first.task);
            }
            first = timers.peek();
        }
    }

    private void arm(Timer timer) {
        timer.order = timersMade++;
        timers.add(timer);
    }

    private void contain(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("A task of session loop {} failed", thread.getName(), e);
        }
    }

    private static final class Timer implements Comparable<Timer> {
        final long due;
        final Runnable task;
        long order;
        volatile boolean cancelled;

        Timer(long due, Runnable task) {
            this.due = due;
            this.task = task;
        }

        @Override
        public int compareTo(Timer other) {
            int byTime = Long.signum(due - other.due);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }
}
