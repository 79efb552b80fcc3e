/**
 * The append session as a pure state machine: event and time in, effects out. No threads, no I/O, no clock.
 * Start at {@link io.fenceline.append.machine.AppendSessionMachine}; the states are told in
 * {@link io.fenceline.append.SessionState}.
 */
@NullMarked
package io.fenceline.append.machine;

import org.jspecify.annotations.NullMarked;
