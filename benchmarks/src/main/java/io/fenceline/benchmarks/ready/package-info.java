/** The yardstick of the source inside a Connect worker: ready-made records. Packed as a plugin of its own. */
@NullMarked
package io.fenceline.benchmarks.ready;

import org.jspecify.annotations.NullMarked;
