/**
 * Taking ownership of a stream: the fencing token that doubles as a checkpoint, the claim, and the search for the
 * watermark. Pure: answers and time go in, the next request comes out; {@link ClaimRunner} does the I/O.
 */
@NullMarked
package io.fenceline.connect.sink.claim;

import org.jspecify.annotations.NullMarked;
