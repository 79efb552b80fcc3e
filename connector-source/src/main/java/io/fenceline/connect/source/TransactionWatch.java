package io.fenceline.connect.source;

import io.fenceline.connect.config.RawValues;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Says so if a worker does not write in transactions although the connector requires it. A distributed worker refuses such a
 * connector; a standalone one has no exactly-once support and takes no notice of the key. A task can tell: within transactions
 * Connect confirms records on the thread that polls, otherwise on its producer's.
 *
 * <p>Any thread.
 */
public final class TransactionWatch {

    static final String EXACTLY_ONCE_SUPPORT = "exactly.once.support";

    private final Consumer<String> warn;
    private final AtomicBoolean said = new AtomicBoolean();
    private volatile @Nullable Thread poller;

    private TransactionWatch(Consumer<String> warn) {
        this.warn = warn;
    }

    /** Null if the connector does not require transactions. */
    public static @Nullable TransactionWatch of(Map<String, String> properties, Consumer<String> warn) {
        return RawValues.text(properties, EXACTLY_ONCE_SUPPORT, "").equalsIgnoreCase("required")
                ? new TransactionWatch(warn)
                : null;
    }

    /** On the thread that polls. */
    void onPoll() {
        poller = Thread.currentThread();
    }

    /** Kafka has a record; on the thread that confirms it. */
    void onWritten() {
        Thread polls = poller;
        if (polls != null && polls != Thread.currentThread() && said.compareAndSet(false, true)) {
            warn.accept(EXACTLY_ONCE_SUPPORT + "=required, but this worker does not write in transactions (a standalone"
                    + " worker takes no notice of the key): records are written at least once, and those since the last"
                    + " offset commit come again after a crash; run the connector on a distributed worker with"
                    + " exactly.once.source.support=enabled");
        }
    }
}
