/** The tool behind {@code bin/verify}: compares a Kafka topic with its streams. Start at {@link io.fenceline.connect.verify.Verify}. */
@NullMarked
package io.fenceline.connect.verify;

import org.jspecify.annotations.NullMarked;
