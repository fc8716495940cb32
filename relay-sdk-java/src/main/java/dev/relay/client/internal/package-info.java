/** The Java SDK's insides. The session core here is plain code: no sockets, threads or system clock. */
@NullMarked
package dev.relay.client.internal;

import org.jspecify.annotations.NullMarked;
