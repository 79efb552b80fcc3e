package io.fenceline.s2;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stream in a listing.
 *
 * @param createdAt the only mark by which a stream made again under the same name can be told from its predecessor
 * @param deletedAt when deletion was asked for; null for a living stream
 */
public record StreamInfo(
        String name, Instant createdAt, @Nullable Instant deletedAt) {}
