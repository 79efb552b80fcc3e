/** The yardstick inside a Connect worker: a sink that counts records and lets them go. Packed as a plugin of its own. */
@NullMarked
package io.fenceline.benchmarks.noop;

import org.jspecify.annotations.NullMarked;
