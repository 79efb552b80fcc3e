/**
 * The yardstick for queues inside a Connect worker: a sink that sends one message a request and waits for its answer. Packed as
 * a plugin of its own, with the jars of the AWS SDK beside it.
 */
@NullMarked
package io.fenceline.benchmarks.onebyone;

import org.jspecify.annotations.NullMarked;
