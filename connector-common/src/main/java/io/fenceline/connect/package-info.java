/**
 * What all connectors share: record identity, the form of a record on S2, terminal errors, configuration groups.
 * Start at {@link io.fenceline.connect.RecordId} and {@link io.fenceline.connect.RecordMapper}.
 */
@NullMarked
package io.fenceline.connect;

import org.jspecify.annotations.NullMarked;
