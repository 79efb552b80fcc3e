package io.fenceline.testkit.s2;

import java.time.Instant;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A namespace of streams. Guarded by the server's lock. */
final class Basin {

    final String name;
    final Instant createdAt;
    final @Nullable String creation;
    final NavigableMap<String, HostedStream> streams = new TreeMap<>();

    BasinSettings settings;
    /** Set while it is being deleted. */
    @Nullable
    Instant deletedAt;

    Basin(String name, Instant createdAt, @Nullable String creation, BasinSettings settings) {
        this.name = name;
        this.createdAt = createdAt;
        this.creation = creation;
        this.settings = settings;
    }
}
