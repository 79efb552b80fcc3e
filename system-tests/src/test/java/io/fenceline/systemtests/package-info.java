/** The built archive in real Connect workers against real servers, under faults. */
@NullMarked
package io.fenceline.systemtests;

import org.jspecify.annotations.NullMarked;
