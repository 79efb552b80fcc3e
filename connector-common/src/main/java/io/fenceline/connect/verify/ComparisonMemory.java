package io.fenceline.connect.verify;

/**
 * What a comparison may remember.
 *
 * @param records missing records whose content is kept, in case they come late
 * @param bytes   heap those may take, with keys, headers and what the JVM adds
 * @param runs    runs of neighbouring offsets, in each of three sets; some 90 bytes a run
 */
record ComparisonMemory(int records, long bytes, int runs) {

    private static final ComparisonMemory WHOLE = new ComparisonMemory(10_000, 32L << 20, 100_000);

    /** An equal share of some 60 MiB for each of the partitions that are compared at the same time. */
    static ComparisonMemory sharedBy(int partitions) {
        return new ComparisonMemory(
                Math.max(1, WHOLE.records / partitions),
                WHOLE.bytes / partitions,
                Math.max(1, WHOLE.runs / partitions));
    }
}
