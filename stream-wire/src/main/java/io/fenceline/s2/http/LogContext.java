package io.fenceline.s2.http;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * What the log says of whoever starts a client or a session loop, for the threads that these start: Kafka Connect names
 * connector and task there, and without it a line cannot be told from that of another task. Immutable; any thread.
 */
public final class LogContext {

    private final @Nullable Map<String, String> context;

    private LogContext(@Nullable Map<String, String> context) {
        this.context = context;
    }

    /** Of the calling thread, as it is now. */
    public static LogContext current() {
        return new LogContext(MDC.getCopyOfContextMap());
    }

    /** The same task, with this context set first; for a thread of its own, which keeps it. */
    public Runnable carriedTo(Runnable task) {
        Map<String, String> carried = context;
        return carried == null
                ? task
                : () -> {
                    MDC.setContextMap(carried);
                    task.run();
                };
    }
}
