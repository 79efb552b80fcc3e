/**
 * When to try again, whatever it is and whoever asks: {@link io.fenceline.retry.Patience}. Knows no service, no protocol, no
 * thread and no clock.
 */
@NullMarked
package io.fenceline.retry;

import org.jspecify.annotations.NullMarked;
