package io.fenceline.connect.source.read;

/** What operators see of a task's readers. */
final class ReadFigures {

    private ReadFigures() {}

    /** Bytes of memory granted to sessions and not handed over yet. */
    static long reservedBytes(StreamReaders readers) {
        return readers.reservedGauge().value().read() instanceof Long bytes ? bytes : -1;
    }
}
