/**
 * What every source does, whatever it reads from: hands records over in turn and within a poll's limits, waits, names topics,
 * shares the work out, and watches what becomes of records. Knows no S2; what is read from lies beside it, in packages of
 * its own. Start at {@link io.fenceline.connect.source.PollCycle}.
 */
@NullMarked
package io.fenceline.connect.source;

import org.jspecify.annotations.NullMarked;
