/** Who is there: directory, capabilities, joins and leaves. */
@NullMarked
package dev.relay.daemon.presence;

import org.jspecify.annotations.NullMarked;
