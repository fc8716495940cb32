/** The HTTP face: routing of requests and upgrades, headers, the truth end points. */
@NullMarked
package dev.relay.exchange.http;

import org.jspecify.annotations.NullMarked;
