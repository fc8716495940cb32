/** Who is connected: names, epochs, handles, silence. The connection seam that the transport implements. */
@NullMarked
package dev.relay.daemon.session;

import org.jspecify.annotations.NullMarked;
