/**
 * One lane per original topic-partition: from the first record handed over to the offset that may be committed. A lane knows
 * Kafka; where its records go, and how, is its {@link io.fenceline.connect.sink.lane.LaneTarget}'s. All of it belongs to the
 * task thread; other threads only post to {@link io.fenceline.connect.sink.lane.TaskInbox}.
 */
@NullMarked
package io.fenceline.connect.sink.lane;

import org.jspecify.annotations.NullMarked;
