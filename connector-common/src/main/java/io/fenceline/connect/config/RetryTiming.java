package io.fenceline.connect.config;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;

/** The {@code retry.*} keys that say how long to wait and when to give up, the same in both directions. */
public final class RetryTiming {

    public static final String BACKOFF_MS = "retry.backoff.ms";
    private static final String BACKOFF_MS_DOC =
            "Delay after the first failure; it doubles with each further one, with jitter, up to retry.backoff.max.ms.";
    public static final long BACKOFF_MS_DEFAULT = 100;
    private static final String BACKOFF_MS_DISPLAY = "First backoff (ms)";

    public static final String BACKOFF_MAX_MS = "retry.backoff.max.ms";
    private static final String BACKOFF_MAX_MS_DOC = "Longest delay between two attempts.";
    public static final long BACKOFF_MAX_MS_DEFAULT = 10_000;
    private static final String BACKOFF_MAX_MS_DISPLAY = "Longest backoff (ms)";

    public static final String TIMEOUT_MS = "retry.timeout.ms";
    private static final String TIMEOUT_MS_DOC =
            "Time without any progress after which the task fails; pauses S2 asks for do not count. -1: never; it keeps "
                    + "trying, and metrics and log show it.";
    public static final long TIMEOUT_MS_DEFAULT = -1;
    private static final String TIMEOUT_MS_DISPLAY = "Retry timeout (ms)";

    private static final long MAX_MS = 86_400_000;

    private RetryTiming() {}

    public static RetrySettings of(AbstractConfig config) {
        long timeout = config.getLong(TIMEOUT_MS);
        return new RetrySettings(
                Duration.ofMillis(config.getLong(BACKOFF_MS)),
                Duration.ofMillis(config.getLong(BACKOFF_MAX_MS)),
                timeout < 0 ? null : Duration.ofMillis(timeout));
    }

    public static void addTo(KeyGroup group) {
        group.key(BACKOFF_MS, Type.LONG, BACKOFF_MS_DEFAULT, Importance.LOW, BACKOFF_MS_DOC)
                .allowed(Validators.between(1, MAX_MS))
                .add(BACKOFF_MS_DISPLAY);
        group.key(BACKOFF_MAX_MS, Type.LONG, BACKOFF_MAX_MS_DEFAULT, Importance.LOW, BACKOFF_MAX_MS_DOC)
                .allowed(Validators.between(1, MAX_MS))
                .add(BACKOFF_MAX_MS_DISPLAY);
        group.key(TIMEOUT_MS, Type.LONG, TIMEOUT_MS_DEFAULT, Importance.MEDIUM, TIMEOUT_MS_DOC)
                .allowed(Validators.between(-1, Integer.MAX_VALUE))
                .add(TIMEOUT_MS_DISPLAY);
    }

    /** Reports what is wrong across these keys; says nothing of values that are invalid by themselves. */
    public static void checkAcross(Map<String, String> given, ConfigProblems problems) {
        Optional<Long> backoff = RawValues.number(given, BACKOFF_MS, BACKOFF_MS_DEFAULT);
        Optional<Long> backoffMax = RawValues.number(given, BACKOFF_MAX_MS, BACKOFF_MAX_MS_DEFAULT);
        if (backoff.isPresent() && backoffMax.isPresent() && backoffMax.get() < backoff.get()) {
            problems.add(
                    BACKOFF_MAX_MS,
                    "Invalid value " + backoffMax.get() + " for configuration " + BACKOFF_MAX_MS + ": allowed: "
                            + BACKOFF_MS + " (" + backoff.get() + ") or more");
        }
    }
}
