/** Tests of the order heart: virtual time, seeded shuffles, no I/O, but for the one real-process test. */
@NullMarked
package dev.relay.sidecar.order;

import org.jspecify.annotations.NullMarked;
