/**
 * The HTTP/2 transport: one connection per active append session, pooled connections for unary calls.
 * Transport threads only hand over what they read; they decide nothing.
 */
@NullMarked
package io.fenceline.s2.http;

import org.jspecify.annotations.NullMarked;
