/**
 * Throughput of the whole sink and of its parts, always beside a yardstick measured in the same run. {@code SinkBench}
 * is where {@code bin/bench sink} begins, {@code EncodeBench} measures the encoding of records alone.
 */
@NullMarked
package io.fenceline.benchmarks;

import org.jspecify.annotations.NullMarked;
