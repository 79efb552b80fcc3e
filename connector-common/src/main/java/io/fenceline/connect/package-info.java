/**
 * What all connectors share: record identity, what a record is wherever it is written, terminal errors, configuration groups.
 * Its form on S2 is in {@link io.fenceline.connect.s2}. Start at {@link io.fenceline.connect.RecordId} and {@link io.fenceline.connect.RecordMapper}.
 */
@NullMarked
package io.fenceline.connect;

import org.jspecify.annotations.NullMarked;
