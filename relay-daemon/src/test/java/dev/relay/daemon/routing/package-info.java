/** The heart alone: the real bus and the real store, with a clock and connections that the test moves by hand. */
@org.jspecify.annotations.NullMarked
package dev.relay.daemon.routing;
