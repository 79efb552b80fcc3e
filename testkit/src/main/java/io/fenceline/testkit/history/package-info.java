/**
 * The history of a run and its checker: what Kafka holds, what the streams hold, both read directly, and a comparison
 * that is linear because a stream is its own total order. Written apart from the product on purpose, so that a shared
 * misunderstanding does not cancel out.
 */
@NullMarked
package io.fenceline.testkit.history;

import org.jspecify.annotations.NullMarked;
