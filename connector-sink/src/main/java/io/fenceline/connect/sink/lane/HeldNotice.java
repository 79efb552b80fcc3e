package io.fenceline.connect.sink.lane;

import io.fenceline.connect.TerminalException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A task that goes on without one of its partitions looks healthy in Connect's REST, so the log has to say again and again
 * that it is held and why.
 *
 * <p>Owned by the task thread.
 */
final class HeldNotice {

    static final Duration EVERY = Duration.ofMinutes(1);

    private final String lane;
    private final Consumer<String> warnings;
    private final UnaryOperator<TerminalException> inFull;
    private @Nullable TerminalException reason;
    private long lastSaid;

    /**
     * @param warnings are for the operator
     * @param inFull   asked each time: the reason with what is known by then
     */
    HeldNotice(String lane, Consumer<String> warnings, UnaryOperator<TerminalException> inFull) {
        this.inFull = inFull;
        this.lane = lane;
        this.warnings = warnings;
    }

    void begin(TerminalException why, long now) {
        reason = why;
        say(why, now);
    }

    void remind(long now) {
        TerminalException why = reason;
        if (why != null && now - lastSaid >= EVERY.toNanos()) {
            say(why, now);
        }
    }

    private void say(TerminalException why, long now) {
        lastSaid = now;
        warnings.accept(lane + ": held, " + OnStop.KEY + "=hold; a restart of the task or a rebalance looks again: "
                + inFull.apply(why).getMessage());
    }
}
