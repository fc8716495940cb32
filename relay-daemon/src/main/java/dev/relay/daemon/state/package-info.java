/**
 * What agents share beside messages: their states with deltas, the latest values of conflated topics, windows of the last values. Desks of
 * the bus; core thread only.
 */
@NullMarked
package dev.relay.daemon.state;

import org.jspecify.annotations.NullMarked;
