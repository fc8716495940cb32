/** What one recipient sees of one sender: order, window, retry, pressure. */
@NullMarked
package dev.relay.daemon.flow;

import org.jspecify.annotations.NullMarked;
