/**
 * One lane per original topic-partition: from the first record handed over to the offset that may be committed. All of
 * it belongs to the task thread; the session loop and the claims only post to {@link TaskInbox}.
 */
@NullMarked
package io.fenceline.connect.sink.lane;

import org.jspecify.annotations.NullMarked;
