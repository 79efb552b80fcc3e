package io.fenceline.testkit.s2;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A stream and what the server keeps beside its model: who it is, its log, and who waits at its tail. */
final class HostedStream {

    final String basin;
    final String name;
    /** Distinct among all streams that ever were: a stream made again is another one. */
    final long id;

    final Instant createdAt;
    final @Nullable String cipher;
    /** The request that created it, so that its repetition is no conflict; null if it named no token. */
    final @Nullable String creation;

    final StreamModel model;
    /** Null in memory. */
    final @Nullable LogFile log;

    private final Set<Runnable> followers = new LinkedHashSet<>();

    HostedStream(
            String basin,
            String name,
            long id,
            Instant createdAt,
            @Nullable String cipher,
            @Nullable String creation,
            StreamModel model,
            @Nullable LogFile log) {
        this.basin = basin;
        this.name = name;
        this.id = id;
        this.createdAt = createdAt;
        this.cipher = cipher;
        this.creation = creation;
        this.model = model;
        this.log = log;
    }

    void follow(Runnable onMore) {
        followers.add(onMore);
    }

    void unfollow(Runnable onMore) {
        followers.remove(onMore);
    }

    /** There is more to read, or nothing any more. */
    void tellFollowers() {
        List.copyOf(followers).forEach(Runnable::run);
    }
}
