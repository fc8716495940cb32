/** Who may do what: tokens, owners of names, access lists, operators. Plain code over values; files are read by the configuration. */
@NullMarked
package dev.relay.daemon.access;

import org.jspecify.annotations.NullMarked;
