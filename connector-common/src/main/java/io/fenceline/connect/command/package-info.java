/** What the commands of the archive have in common: their options. Start at {@link io.fenceline.connect.command.CommandLine}. */
@NullMarked
package io.fenceline.connect.command;

import org.jspecify.annotations.NullMarked;
