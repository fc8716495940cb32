/** Help for tests of agents: a real daemon on a private socket. */
@NullMarked
package dev.relay.client.testing;

import org.jspecify.annotations.NullMarked;
