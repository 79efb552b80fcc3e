package io.fenceline.s2;

import org.jspecify.annotations.Nullable;

/**
 * What we need to know of a stream's configuration, defaults filled in by the service.
 *
 * @param retentionAgeSeconds      age at which records go; null when they stay for ever
 * @param timestampingMode         {@code client-prefer}, {@code client-require} or {@code arrival}
 * @param deleteOnEmptyMinAgeSecs  the stream deletes itself when empty for that long; null when it never does
 */
public record StreamConfig(
        @Nullable Long retentionAgeSeconds,
        String timestampingMode,
        @Nullable Long deleteOnEmptyMinAgeSecs) {}
