/**
 * What a sink task does whatever it writes to: Connect's calls on their way to the lanes, the worker behind them, its dead
 * letter queue, and the keys and advice that all sinks share. Start at {@link io.fenceline.connect.sink.task.WorkerCalls}.
 */
@NullMarked
package io.fenceline.connect.sink.task;

import org.jspecify.annotations.NullMarked;
