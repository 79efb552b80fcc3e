/** Transforms as users write them, well and badly; they travel to the workers in a plugin folder of their own. */
@org.jspecify.annotations.NullMarked
package io.fenceline.systemtests.transform;
