/**
 * Figures for operators: as JMX beans under names that no worker changes, and in the worker's own registry where it offers one.
 * Start at {@link io.fenceline.connect.metrics.MetricRegistry#of}.
 */
@NullMarked
package io.fenceline.connect.metrics;

import org.jspecify.annotations.NullMarked;
