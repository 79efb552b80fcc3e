/**
 * An S2 stream as the target of a lane: claim, append session, checkpoint, stop mark. Start at
 * {@link io.fenceline.connect.sink.stream.StreamTarget}; all of it belongs to the task thread, the session loop and the
 * claims only post to {@link io.fenceline.connect.sink.lane.TaskInbox}.
 */
@NullMarked
package io.fenceline.connect.sink.stream;

import org.jspecify.annotations.NullMarked;
