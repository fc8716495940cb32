/** What the order gateways of all venues share: the life of the connection, JSON by REST, paged lists, key and clock. */
@NullMarked
package dev.relay.sidecar.venue.order;

import org.jspecify.annotations.NullMarked;
