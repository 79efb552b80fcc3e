/**
 * Configuration keys shared by the connectors: groups, validators, and the page printed from them.
 * Start at {@link io.fenceline.connect.config.S2ConnectionConfig}.
 */
@NullMarked
package io.fenceline.connect.config;

import org.jspecify.annotations.NullMarked;
