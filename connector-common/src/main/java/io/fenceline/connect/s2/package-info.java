/**
 * A Kafka record as it stands on S2: {@link io.fenceline.connect.s2.StreamRecordForm} writes it,
 * {@link io.fenceline.connect.s2.StoredRecord} reads it.
 */
@NullMarked
package io.fenceline.connect.s2;

import org.jspecify.annotations.NullMarked;
