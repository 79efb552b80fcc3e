/** Reading many S2 streams at once within a bound of memory; knows nothing of Kafka topics. */
@NullMarked
package io.fenceline.connect.source.read;

import org.jspecify.annotations.NullMarked;
