/**
 * A client for the S2 API (s2.dev): unary calls and append exchanges. Start at {@link io.fenceline.s2.S2Client}.
 */
@NullMarked
package io.fenceline.s2;

import org.jspecify.annotations.NullMarked;
