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
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Any number of append sessions, and the queue of what happens to them: {@link #work} does everything that is posted and due,
 * in order. A task that throws is logged and harms no other. Sessions share what is in flight, see {@link InflightBudget}.
 *
 * <p>The loop has no thread of its own. {@link LoopThread} is one for it, and what most programs want. A program with an event
 * loop, a duty cycle or a simulated clock drives it itself:
 *
 * <pre>{@code
 * SessionLoop loop = new SessionLoop("orders-writer", System::nanoTime, Math::random, selector::wakeup);
 * while (running) {
 *     loop.work();
 *     // ... wait until woken up, but no longer than loop.nanosUntilWork()
 * }
 * loop.close();
 * }</pre>
 *
 * <p>Thread rule: {@link #open}, {@link #execute}, {@link #schedule} and everything of a session may be called from any thread;
 * transport threads and callers only add to the queue. {@link #work}, {@link #nanosUntilWork} and {@link #close} are the
 * driver's: one thread at a time, not from within a task. Tasks, tickets and listeners run in {@link #work}, on the thread
 * that called it, which is "the loop thread" in what follows; they must not block. It may be another thread later on, as
 * long as no two are in it at once.
 */
public final class SessionLoop implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SessionLoop.class);

    private final String name;
    private final LongSupplier nanoTime;
    private final DoubleSupplier random;
    private final Runnable wakeUp;

    private final ReentrantLock lock = new ReentrantLock();
    /** Guarded by {@link #lock}. */
    private ArrayDeque<Runnable> incoming = new ArrayDeque<>();
    /** Written under {@link #lock}: nothing is taken any more. */
    private volatile boolean closed;

    /** The thread that is in {@link #work} just now. */
    private final AtomicReference<@Nullable Thread> inside = new AtomicReference<>();

    // owned by the thread that is inside

    private ArrayDeque<Runnable> working = new ArrayDeque<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private long timersMade;
    private final Set<LoopSession> sessions = new LinkedHashSet<>();
    private final InflightBudget budget;
    private boolean looksForStale;
    private boolean stopping;

    /**
     * @param name     for logs and messages
     * @param nanoTime monotonic clock in nanoseconds, as {@link System#nanoTime}; any thread
     * @param random   values from 0 to below 1, for the jitter of back-offs; loop thread only
     * @param wakeUp   called when something is posted to an empty queue, by whoever posts it, behind that: ends the driver's
     *     wait. Must neither block nor throw. Does nothing for a driver that looks often enough by itself
     */
    public SessionLoop(String name, LongSupplier nanoTime, DoubleSupplier random, Runnable wakeUp) {
        this.name = name;
        this.nanoTime = nanoTime;
        this.random = random;
        this.wakeUp = wakeUp;
        this.budget = new InflightBudget(nanoTime.getAsLong());
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
     * Has a task done by the next {@link #work}; it must not block.
     *
     * @throws IllegalStateException if the loop is closed
     */
    public void execute(Runnable task) {
        if (!offer(task)) {
            throw new IllegalStateException("session loop " + name + " is closed");
        }
    }

    /**
     * Has a task done by the first {@link #work} after a delay.
     *
     * @throws IllegalStateException if the loop is closed
     */
    public Cancellable schedule(Duration delay, Runnable task) {
        Timer timer = new Timer(now() + delay.toNanos(), task);
        execute(() -> arm(timer));
        return () -> timer.cancelled = true;
    }

    /** As {@link #execute}; false if the loop is closed. */
    boolean offer(Runnable task) {
        boolean first;
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            incoming.addLast(task);
            first = incoming.size() == 1;
        } finally {
            lock.unlock();
        }
        if (first) {
            wakeUp.run();
        }
        return true;
    }

    // ---- the driver

    /**
     * Does everything that was posted before, then every timer that is due. What is posted meanwhile waits for the next call.
     *
     * @return whether there was anything to do, so that there may be more already
     * @throws IllegalStateException if it is called by a task, or while another thread is in it
     */
    public boolean work() {
        enter();
        try {
            return lap();
        } finally {
            inside.set(null);
        }
    }

    /**
     * For how long there is nothing to do unless something is posted: 0 if something is, {@link Long#MAX_VALUE} if no timer
     * is set. A driver that waits asks behind each {@link #work}; who posts afterwards calls the {@code wakeUp}, which must
     * not be lost if the wait has not begun yet.
     */
    public long nanosUntilWork() {
        lock.lock();
        try {
            if (!incoming.isEmpty()) {
                return 0;
            }
        } finally {
            lock.unlock();
        }
        Timer first = timers.peek();
        return first == null ? Long.MAX_VALUE : Math.max(0, first.due - now());
    }

    /**
     * Does what was posted, aborts every session that is still open, and takes nothing any more. Called by a task it takes
     * effect at the end of this {@link #work}.
     *
     * @throws IllegalStateException while another thread is in {@link #work}
     */
    @Override
    public void close() {
        if (inside.get() == Thread.currentThread()) {
            stopping = true;
            return;
        }
        enter();
        try {
            stopping = true;
            lap();
        } finally {
            // what made the lap fail may last
            if (!closed) {
                end();
            }
            inside.set(null);
        }
    }

    /** Whether it takes nothing any more. Any thread. */
    public boolean isClosed() {
        return closed;
    }

    private void enter() {
        Thread caller = Thread.currentThread();
        Thread other = inside.compareAndExchange(null, caller);
        if (other != null) {
            throw new IllegalStateException(
                    other == caller
                            ? "session loop " + name + " is driven by a task of its own"
                            : "session loop " + name + " is driven by two threads at once: " + other.getName() + " and "
                                    + caller.getName());
        }
    }

    private boolean lap() {
        takeIncoming();
        boolean any = !working.isEmpty();
        for (Runnable task = working.pollFirst(); task != null; task = working.pollFirst()) {
            contain(task);
        }
        any |= runDueTimers();
        if (stopping && !closed) {
            end();
        }
        return any;
    }

    private void takeIncoming() {
        if (!working.isEmpty()) {
            // a lap that failed has left some, which come first
            return;
        }
        lock.lock();
        try {
            ArrayDeque<Runnable> taken = incoming;
            incoming = working;
            working = taken;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        abortAll();
        lock.lock();
        try {
            closed = true;
            working = incoming;
            incoming = new ArrayDeque<>();
        } finally {
            lock.unlock();
        }
        // what came in meanwhile finds its session over
        for (Runnable task = working.pollFirst(); task != null; task = working.pollFirst()) {
            contain(task);
        }
        abortAll();
        timers.clear();
    }

    private void abortAll() {
        for (LoopSession session : new ArrayList<>(sessions)) {
            contain(session::abortNow);
        }
    }

    private boolean runDueTimers() {
        boolean any = false;
        Timer first = timers.peek();
        while (first != null && first.due - now() <= 0) {
            timers.poll();
            if (!first.cancelled) {
                contain(first.task);
                any = true;
            }
            first = timers.peek();
        }
        return any;
    }

    // ---- the loop thread

    long now() {
        return nanoTime.getAsLong();
    }

    /** Loop thread only. */
    Cancellable scheduleFromLoop(long delayNanos, Runnable task) {
        Timer timer = new Timer(now() + delayNanos, task);
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

    private void arm(Timer timer) {
        timer.order = timersMade++;
        timers.add(timer);
    }

    private void contain(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            LOG.error("A task of session loop {} failed", name, e);
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
