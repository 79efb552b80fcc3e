/**
 * How keys are declared, checked, read and printed, and the groups of keys that connectors share.
 * Start at {@link io.fenceline.connect.config.KeyGroup}; {@link io.fenceline.connect.config.RetryTiming} is a shared group.
 */
@NullMarked
package io.fenceline.connect.config;

import org.jspecify.annotations.NullMarked;
