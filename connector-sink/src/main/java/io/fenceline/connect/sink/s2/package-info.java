/** The S2 sink connector: configuration, validation and the task. Start at {@link io.fenceline.connect.sink.s2.S2SinkConnector}. */
@NullMarked
package io.fenceline.connect.sink.s2;

import org.jspecify.annotations.NullMarked;
