package io.fenceline.connect.source.read;

import org.jspecify.annotations.Nullable;

/** What operators see of a task's readers. */
final class ReadFigures {

    private ReadFigures() {}

    /** Bytes of memory granted to sessions and not handed over yet. */
    static long reservedBytes(StreamReaders readers) {
        return of(readers, "read-ahead-bytes") instanceof Long bytes ? bytes : -1;
    }

    static @Nullable Object of(StreamReaders readers, String figure) {
        return readers.taskGauges().stream()
                .filter(gauge -> gauge.name().equals(figure))
                .findFirst()
                .orElseThrow()
                .value()
                .read();
    }
}
