/**
 * An S2 server in plain Java: the service's rules without I/O ({@code StreamModel}, {@code ServedRead}, {@code Account}),
 * what it keeps on disk ({@code LogFile}, {@code Commits}, {@code DataFolder}), and HTTP/1.1 and HTTP/2 in front of them.
 *
 * <p>Everything behind the HTTP classes is guarded by one lock, {@code EmbeddedServer}'s.
 */
@NullMarked
package io.fenceline.testkit.s2;

import org.jspecify.annotations.NullMarked;
