/**
 * The tool behind {@code bin/position}: shows and sets where the next owner of an S2 stream starts, without Connect's REST. Start at
 * {@link io.fenceline.connect.sink.position.PositionCommand}.
 */
@NullMarked
package io.fenceline.connect.sink.position;

import org.jspecify.annotations.NullMarked;
