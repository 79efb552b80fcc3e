/** The quickstart: a tour in which a worker is killed and nothing is lost. Started by {@code bin/quickstart}. */
@NullMarked
package io.fenceline.testkit.quickstart;

import org.jspecify.annotations.NullMarked;
