/** The wire protocol of Relay: frame layouts, codes and limits that every client and the daemon share. */
@NullMarked
package dev.relay.protocol;

import org.jspecify.annotations.NullMarked;
