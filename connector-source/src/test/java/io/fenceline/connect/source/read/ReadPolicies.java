package io.fenceline.connect.source.read;

import io.fenceline.retry.RetrySettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Policies of tests: the timing of the default configuration, and what a test is about. */
public final class ReadPolicies {

    private ReadPolicies() {}

    /** For streams named one by one; stops wherever the configuration lets it choose. */
    public static ReadPolicy strict() {
        return of(GapPolicy.FAIL, RecreationPolicy.FAIL, false, null);
    }

    public static ReadPolicy of(
            GapPolicy onGap, RecreationPolicy onRecreated, boolean forgetDeleted, @Nullable Duration timeout) {
        return new ReadPolicy(
                onGap,
                onRecreated,
                forgetDeleted,
                Duration.ofSeconds(10),
                Duration.ofSeconds(20),
                new RetrySettings(Duration.ofMillis(100), Duration.ofSeconds(10), timeout));
    }
}
