/** How much each agent may send and keep. */
@NullMarked
package dev.relay.daemon.quota;

import org.jspecify.annotations.NullMarked;
