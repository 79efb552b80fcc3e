/** Reading streams: what a task does about the records, gaps and ends it meets. */
@NullMarked
package io.fenceline.connect.source.read;

import org.jspecify.annotations.NullMarked;
