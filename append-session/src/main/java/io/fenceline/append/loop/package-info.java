/**
 * What drives append sessions: one loop for any number of them, which does what their machines say, a thread for it, and what
 * they may have in flight together.
 */
@NullMarked
package io.fenceline.append.loop;

import org.jspecify.annotations.NullMarked;
