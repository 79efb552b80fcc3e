/**
 * Figures for operators: in the worker's own registry where it offers one, otherwise as JMX beans, under the same names.
 * Start at {@link io.fenceline.connect.metrics.MetricRegistry#of}.
 */
@NullMarked
package io.fenceline.connect.metrics;

import org.jspecify.annotations.NullMarked;
