package io.fenceline.connect.source;

import io.fenceline.connect.Version;
import io.fenceline.connect.config.RawValues;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Knows whether a task's records are written in transactions, and says what in a configuration does not go with that. A task can
 * tell: within transactions Connect confirms records on the thread that polls, when the transaction has ended, otherwise on its
 * producer's.
 *
 * <p>Two things are said, each once. A worker that does not write in transactions although the connector requires it: a
 * distributed worker refuses such a connector, a standalone one has no exactly-once support and takes no notice of the key. And
 * transactions of a producer that may end them too early: from version 4.0 Kafka's producer asks whether anything is unsent
 * before it looks whether the transaction is to end ({@code Sender.maybeSendAndPollTransactionalRequest}), so that what is sent
 * in between, Connect's offsets, may be left out of it. A batch that waits for more records is never sent, so that the answer is
 * never no.
 *
 * <p>Any thread.
 */
public final class TransactionWatch {

    static final String EXACTLY_ONCE_SUPPORT = "exactly.once.support";

    static final String LINGER = "producer.override.linger.ms";

    /** What Connect takes from the last record to its offsets on a busy machine is less. */
    private static final long ENOUGH_LINGER_MILLIS = 1000;

    private final boolean required;
    private final boolean endsTooEarly;
    private final Consumer<String> warn;
    private final AtomicBoolean noneSaid = new AtomicBoolean();
    private volatile @Nullable Thread poller;

    // the thread that polls only
    private boolean lingerSaid;
    private boolean ended;

    private TransactionWatch(boolean required, boolean endsTooEarly, Consumer<String> warn) {
        this.required = required;
        this.endsTooEarly = endsTooEarly;
        this.warn = warn;
    }

    /** @param warn gets what an operator has to know; on any thread */
    public static TransactionWatch of(Map<String, String> properties, Consumer<String> warn) {
        return of(properties, Version.ofKafka(), warn);
    }

    /** @param kafka version of the worker's Kafka client */
    static TransactionWatch of(Map<String, String> properties, String kafka, Consumer<String> warn) {
        boolean required = RawValues.text(properties, EXACTLY_ONCE_SUPPORT, "").equalsIgnoreCase("required");
        return new TransactionWatch(required, mayEndTooEarly(kafka) && !lingers(properties), warn);
    }

    private static boolean mayEndTooEarly(String kafka) {
        return !kafka.startsWith("3.") && !kafka.startsWith("2.");
    }

    private static boolean lingers(Map<String, String> properties) {
        try {
            return Long.parseLong(RawValues.text(properties, LINGER, "0").trim()) >= ENOUGH_LINGER_MILLIS;
        } catch (NumberFormatException e) {
            // Connect has refused it, or a provider of configurations fills it in
            return true;
        }
    }

    /** On the thread that polls. */
    void onPoll() {
        poller = Thread.currentThread();
    }

    /** Kafka has a record; on the thread that confirms it. */
    void onWritten() {
        Thread polls = poller;
        if (polls == Thread.currentThread()) {
            ended = true;
            warnOfLinger();
        } else if (polls != null && required && noneSaid.compareAndSet(false, true)) {
            warn.accept(EXACTLY_ONCE_SUPPORT + "=required, but this worker does not write in transactions (a standalone"
                    + " worker takes no notice of the key): records are written at least once, and those since the last"
                    + " offset commit come again after a crash; run the connector on a distributed worker with"
                    + " exactly.once.source.support=enabled");
        }
    }

    /** Whether a transaction with records of the task has ended since this was last asked. On the thread that polls. */
    boolean hasEnded() {
        boolean was = ended;
        ended = false;
        return was;
    }

    private void warnOfLinger() {
        if (endsTooEarly && !lingerSaid) {
            lingerSaid = true;
            warn.accept(LINGER + " is not set, or less than " + ENOUGH_LINGER_MILLIS
                    + ": on a busy machine Kafka's producer may"
                    + " end a transaction before the offsets of its records are in it (seen with Kafka 4.3), and these records are"
                    + " written again when the task is started again; set it to 5000, which costs no time, because the end of a"
                    + " transaction sends what waits. Ignore this if the worker sets producer.linger.ms");
        }
    }
}
