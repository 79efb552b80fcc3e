package io.fenceline.connect.config;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigDef.Importance;

/** The {@code retry.*} keys that say how long to wait and when to give up, the same for every service and in both directions. */
public final class RetryTiming {

    public static final KeyGroup KEYS = new KeyGroup("Retries");

    private static final long MAX_MS = 86_400_000;

    public static final Key<Duration> BACKOFF = KEYS.millis("retry.backoff.ms")
            .between(1, MAX_MS)
            .defaultsTo(Duration.ofMillis(100))
            .importance(Importance.LOW)
            .display("First backoff (ms)")
            .doc("Delay after the first failure; it doubles with each further one, with jitter, up to "
                    + "retry.backoff.max.ms.");

    public static final Key<Duration> BACKOFF_MAX = KEYS.millis("retry.backoff.max.ms")
            .between(1, MAX_MS)
            .defaultsTo(Duration.ofSeconds(10))
            .importance(Importance.LOW)
            .display("Longest backoff (ms)")
            .doc("Longest delay between two attempts.");

    public static final Key<Duration> TIMEOUT = KEYS.millis("retry.timeout.ms")
            .between(-1, Integer.MAX_VALUE)
            .defaultsTo(Duration.ofMillis(-1))
            .importance(Importance.MEDIUM)
            .display("Retry timeout (ms)")
            .doc("Time without any progress after which the task fails; pauses the service asks for do not count."
                    + " -1: never; it keeps trying, and metrics and log show it.");

    private RetryTiming() {}

    public static RetrySettings of(TypedConfig config) {
        Duration timeout = config.get(TIMEOUT);
        return new RetrySettings(config.get(BACKOFF), config.get(BACKOFF_MAX), timeout.isNegative() ? null : timeout);
    }

    /** Reports what is wrong across these keys; says nothing of values that are invalid by themselves. */
    public static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        Optional<Long> backoff = RawValues.number(given, BACKOFF);
        Optional<Long> backoffMax = RawValues.number(given, BACKOFF_MAX);
        if (backoff.isPresent() && backoffMax.isPresent() && backoffMax.get() < backoff.get()) {
            problems.add(
                    BACKOFF_MAX,
                    "Invalid value " + backoffMax.get() + " for configuration " + BACKOFF_MAX + ": allowed: " + BACKOFF
                            + " (" + backoff.get() + ") or more");
        }
    }
}
