/** The S2 source connector: configuration, validation and the task. Start at {@link io.fenceline.connect.source.s2.S2SourceConnector}. */
@NullMarked
package io.fenceline.connect.source.s2;

import org.jspecify.annotations.NullMarked;
