/** What an exchange keeps on disk, so that its death loses no account. */
@NullMarked
package dev.relay.exchange.keep;

import org.jspecify.annotations.NullMarked;
