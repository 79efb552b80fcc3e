/**
 * S2 on the wire: values and codecs. Bytes in, values out; no sockets, no threads, no clock.
 * Start at {@link io.fenceline.s2.wire.AppendBatch} for writing.
 */
@NullMarked
package io.fenceline.s2.wire;

import org.jspecify.annotations.NullMarked;
