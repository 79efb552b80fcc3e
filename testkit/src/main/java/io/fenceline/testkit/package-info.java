/**
 * What tests, the quickstart and the benchmarks stand on: launchers for real servers, a fault proxy, readers of the
 * truth and the history checker. Nothing here is shipped.
 *
 * <p>Launchers start processes of their own and end exactly those, also when the JVM ends.
 */
@NullMarked
package io.fenceline.testkit;

import org.jspecify.annotations.NullMarked;
